"""Prices that changed while an order is open or lay as a draft: said, shown line by line, never silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtWidgets import QGridLayout, QWidget

from fieldcrm.services.pricing import Quote
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.orders.draft import Draft, Key
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, holder, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign
from fieldcrm.ui.widgets.overlays import Dialog

_LINE, _MOST_HIGH = 32, 360


@dataclass(frozen=True, slots=True)
class Cost:
    """What a line came to; lines of another quantity or own price cannot be compared."""

    quantity: Decimal
    manual: Decimal | None
    unit_price: Decimal
    net: Decimal


Costs = Mapping[Key, Cost]


def costs(draft: Draft, quote: Quote) -> dict[Key, Cost]:
    """Return what the lines of a draft come to now; those without a price are left out."""
    ordered = list(draft.quantities)
    return {
        ordered[int(line.key)]: Cost(
            line.quantity, draft.manual.get(ordered[int(line.key)]), line.unit_price, line.net_amount
        )
        for line in quote.priced.lines
    }


def differing(before: Costs, now: Costs) -> dict[Key, tuple[Cost, Cost]]:
    """Return the lines that cost something else although nothing of them was changed."""
    return {
        key: (was, now[key])
        for key, was in before.items()
        if key in now and was.net != now[key].net
        and (was.quantity, was.manual) == (now[key].quantity, now[key].manual)
    }  # fmt: skip


class MovedBar(QWidget):
    """Says that prices have changed; the difference is one click away, taking them another."""

    def __init__(self, name: Callable[[str], str]) -> None:
        super().__init__()
        self._name = name
        self._before: Costs = {}
        self._now: Costs = {}
        self.differing: dict[Key, tuple[Cost, Cost]] = {}
        self._said = Paragraph("", 13)
        see = Button(tr("See the difference"), "link", height=24, on_click=self.see)
        line = row(Sign("cash-sync", 16, "warn"), gap=8, margins=(12, 8, 12, 8))
        line.addWidget(self._said, 1)
        line.addWidget(see)
        line.addWidget(Button(tr("Use the new prices"), "link", height=24, on_click=self.take))
        self.setLayout(column(surface("warn", line), gap=0))
        self.hide()

    @property
    def is_open(self) -> bool:
        """Whether something changed that nobody has looked at."""
        return bool(self.differing)

    def begin(self, before: Costs) -> None:
        """Start with what the lines of another order came to when they were kept."""
        self._before, self._now, self.differing = before, before, {}
        self.hide()

    def typed(self, now: Costs) -> None:
        """Take notice of what the rep changed himself."""
        self._now = now
        if not self.is_open:
            self._before = now

    def read_anew(self, now: Costs) -> None:
        """Compare with what was on the screen before the prices were read again."""
        self._now, self.differing = now, differing(self._before, now)
        if not self.is_open:
            self._before = now
        else:
            old, new = self._sums
            self._said.show_text(
                ntr(
                    "Prices have changed since you typed this: {new} instead of {old} for {n} line.",
                    "Prices have changed since you typed this: {new} instead of {old} for {n} lines.",
                    len(self.differing), new=formats.money(new), old=formats.money(old),
                )
            )  # fmt: skip
        self.setVisible(self.is_open)

    @property
    def _sums(self) -> tuple[Decimal, Decimal]:
        pairs = self.differing.values()
        old, new = (sum((pair[side].net for pair in pairs), Decimal()) for side in (0, 1))
        return old, new

    def take(self) -> None:
        """Go on with the prices as they are now."""
        self._before, self.differing = self._now, {}
        self.hide()

    def see(self, then: Callable[[], object] | None = None) -> None:
        """Show every line before and now; ``then`` follows once the new prices are taken."""

        def take() -> None:
            self.take()
            if then is not None:
                then()

        dialog = Dialog(
            tr("Prices have changed"), tr("The office has newer ones. Nothing was sent."), width=720
        )
        dialog.add(self._table())
        dialog.button(tr("Back to the order"))
        dialog.button(tr("Use the new prices"), "primary", take)
        dialog.ask(self.window())

    def _table(self) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 12, 0)
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        old, new = self._sums
        rows = [("", tr("Before"), tr("Now"))]
        rows += [(self._name(str(key[0])), _said(key, was), _said(key, now))
                 for key, (was, now) in self.differing.items()]  # fmt: skip
        rows.append((tr("Together"), formats.money(old), formats.money(new)))
        for number, texts in enumerate(rows):
            weight = SEMIBOLD if number in (0, len(rows) - 1) else REGULAR
            for place, text in enumerate(texts):
                label = Label(text, 13, weight, align=paint.RIGHT if place else paint.LEFT)
                grid.addWidget(label, number, place)
        area = scrolling(holder(grid))
        area.setFixedHeight(min(_LINE * len(rows) + 8, _MOST_HIGH))
        return area


def _said(key: Key, cost: Cost) -> str:
    number = formats.quantity(cost.quantity, key[1])
    return f"{number} × {formats.money(cost.unit_price)} = {formats.money(cost.net)}"
