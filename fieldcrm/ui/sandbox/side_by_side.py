"""What one or two versions make of a cart: totals, every line with its reasons, promotions and why not.

The same sentences as on the order screen. Where two versions differ the line says by how much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from PySide6.QtWidgets import QGridLayout, QLayout, QVBoxLayout, QWidget

from fieldcrm.rules.pricing import PricedLine
from fieldcrm.services.sandbox import Outcome
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import listed, tr
from fieldcrm.ui.orders import price_words
from fieldcrm.ui.orders import words as order_words
from fieldcrm.ui.sandbox import words
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.fields import Fact
from fieldcrm.ui.widgets.frames import card, column, row, rule
from fieldcrm.ui.widgets.labels import Label, Paragraph, section_title
from fieldcrm.ui.widgets.marks import Badge


class SideBySide(QWidget):
    """One column for each version."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 16, 24, 24)
        self._column.setSpacing(16)

    def show_outcomes(
        self,
        outcomes: Sequence[Outcome],
        names: Sequence[str],
        keys: Sequence[str],
        name: Callable[[str], str],
    ) -> None:
        """Show outcomes under their versions' names; ``keys`` are the articles of the cart's lines."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._column.addWidget(_totals(outcomes, names, name))
        for number, key in enumerate(keys):
            self._column.addWidget(_line(outcomes, str(number), name(key)))
        self._column.addWidget(_promotions(outcomes, name))
        self._column.addStretch(1)


def _totals(outcomes: Sequence[Outcome], names: Sequence[str], name: Callable[[str], str]) -> QWidget:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(8)
    for place, (outcome, said) in enumerate(zip(outcomes, names, strict=True)):
        grid.setColumnStretch(place, 1)
        priced = outcome.quote.priced
        total = Fact(said, formats.money(priced.payable), px=24, weight=SEMIBOLD)
        grid.addWidget(total, 0, place)
        off = sum((line.discount_amount for line in priced.lines), Decimal())
        facts = tr("Goods {goods} · off {off} · tax {tax}", goods=formats.money(priced.goods_net + off),
                   off=formats.money(off), tax=formats.money(priced.tax))  # fmt: skip
        grid.addWidget(Paragraph(facts, 13, tone="text2"), 1, place)
        if (troubles := _troubles(outcome, name)) != "":
            grid.addWidget(Paragraph(troubles, 13, tone="bad"), 2, place)
    head = row(section_title(tr("To be paid")), None, gap=8)
    if len(outcomes) > 1:
        gap = outcomes[1].quote.priced.payable - outcomes[0].quote.priced.payable
        head.addWidget(_difference(gap))
    return card(head, grid, gap=12)


def _troubles(outcome: Outcome, name: Callable[[str], str]) -> str:
    said = []
    if outcome.incomplete:
        names = listed(tr("“{name}”", name=book) for book in outcome.incomplete)
        said.append(tr("{books} is only partly here and does not count.", books=names))
    if outcome.quote.broken is not None:
        said.append(price_words.broken(outcome.quote.broken, name))
    approval = outcome.quote.priced.approval
    if approval is not None:
        said.append(price_words.approval(approval))
    return "\n".join(said)


def _difference(gap: Decimal) -> QWidget:
    if not gap:
        return Label(tr("No difference"), 13, REGULAR, "text3", rigid=True)
    sign = "arrow-up" if gap > 0 else "arrow-down"
    return Badge(f"{'+' if gap > 0 else ''}{formats.money(gap)}", words.tone(gap), sign)


def _line(outcomes: Sequence[Outcome], key: str, name: str) -> QWidget:
    found = [next((x for x in each.quote.priced.lines if x.key == key), None) for each in outcomes]
    head = row(Label(name, 14, SEMIBOLD), None, gap=8)
    if len(found) == 2:
        head.addWidget(_line_difference(found[0], found[1]))
    return card(
        head, _columns([_said(line, each, key) for line, each in zip(found, outcomes, strict=True)]), gap=8
    )


def _line_difference(a: PricedLine | None, b: PricedLine | None) -> QWidget:
    if a is None or b is None:
        return Badge(tr("Differs"), "warn", "alert") if a is not b else QWidget()
    gap = b.net_amount - a.net_amount
    if not gap and a.steps != b.steps:
        return Badge(tr("Other reason"), "neutral", "swap-horizontal")
    return _difference(gap)


def _said(line: PricedLine | None, outcome: Outcome, key: str) -> list[QWidget]:
    if line is None:
        problem = next((each for each in outcome.quote.problems if each.line == key), None)
        said = order_words.problem_text(problem.code if problem is not None else "")
        return [Paragraph(said, 13, tone="bad")]
    sum_ = tr("{quantity} × {price} = {net}", quantity=formats.quantity(line.quantity, line.unit),
              price=formats.money(line.unit_price), net=formats.money(line.net_amount))  # fmt: skip
    if line.discount_amount:
        gross = formats.quantity(line.quantity, line.unit), formats.money(line.unit_price)
        sum_ = tr("{quantity} × {price} − {off} = {net}", quantity=gross[0], price=gross[1],
                  off=formats.money(line.discount_amount), net=formats.money(line.net_amount))  # fmt: skip
    return [
        Paragraph(sum_, 14),
        Paragraph("\n".join(order_words.reasons(line.steps)), 13, tone="text2"),
    ]


def _promotions(outcomes: Sequence[Outcome], name: Callable[[str], str]) -> QWidget:
    given = [price_words.given(each.quote.priced, name) for each in outcomes]
    lost = [price_words.why_not(each.quote.priced.steps) for each in outcomes]
    head = row(section_title(tr("Promotions")), None, gap=8)
    if len(given) == 2 and given[0] != given[1]:
        head.addWidget(Badge(tr("Differs"), "warn", "alert"))
    applied = [[Paragraph("\n".join(said) or tr("None applies."), 13)] for said in given]
    pieces: list[QWidget | QLayout] = [head, _columns(applied)]
    if any(lost):
        pieces += [rule(), Label(tr("Why not?"), 13, SEMIBOLD)]
        pieces.append(
            _columns([[Paragraph("\n".join(said) or formats.NONE, 12, tone="text3")] for said in lost])
        )
    return card(*pieces, gap=8)


def _columns(cells: Sequence[Sequence[QWidget]]) -> QLayout:
    side = row(gap=24)
    for widgets in cells:
        side.addLayout(column(*widgets, None, gap=4), 1)
    return side
