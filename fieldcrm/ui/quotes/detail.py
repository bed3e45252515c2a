"""One round as it stands, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QWidget

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services.quote_list import Detail, LineRow
from fieldcrm.ui import formats, margin_words
from fieldcrm.ui.configuring import parts
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.quotes import words
from fieldcrm.ui.quotes.ways import Ways
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Chips
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import Inspector, Piece, column, fill, row, rule
from fieldcrm.ui.widgets.labels import Label, Paragraph, section_title
from fieldcrm.ui.widgets.marks import Badge

WIDTH = 420
NO_WAYS = Ways()
_OFFERED = (
    ("submit", mark("Submit for approval"), Act.SUBMITTED),
    ("approve", mark("Approve the quote"), Act.APPROVED),
    ("order", mark("Make the order"), Act.ORDERED),
    ("link", mark("Page for the customer"), Act.SENT),
    ("confirm", mark("Customer confirmed"), Act.CONFIRMED),
    ("decline", mark("Customer declined"), Act.DECLINED),
    ("refuse", mark("Refuse…"), Act.REFUSED),
    ("sent", mark("Mark as sent"), Act.SENT),
)


class DetailPane(QWidget):
    """The pane beside the list; it is made anew for every round that it shows."""

    act = Signal(object)  # an Act
    round_chosen = Signal(object)  # a quote's id
    next_round = Signal()
    compare = Signal()
    paper = Signal()
    link = Signal()
    order = Signal()
    grant = Signal(object)  # a grant's id
    call = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.shown: Detail | None = None
        self.buttons: dict[str, Button] = {}
        self.rounds = Chips()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.setFixedWidth(WIDTH)

    def show_round(self, detail: Detail | None, ways: Ways = NO_WAYS, *, read_only: bool = False) -> None:
        """Show another round, or none; ``ways`` approve it here, read only it has no actions."""
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.shown, self.buttons = detail, {}
        if detail is not None:
            self._layout.addWidget(self._pane(detail, None if read_only else ways))

    def _pane(self, detail: Detail, ways: Ways | None) -> Inspector:
        body = column(gap=12, margins=(24, 20, 24, 16))
        for piece in (self._head(detail), rule(), self._lines(detail), rule(), self._sums(detail)):
            fill(body, [piece])
        if detail.note:
            body.addWidget(Paragraph(detail.note, 13, tone="text2"))
        if detail.acts:
            body.addWidget(rule())
            body.addWidget(section_title(tr("What happened")))
            for done in detail.acts:
                body.addWidget(Paragraph(words.step(done, self._context.now()), 13, tone="text2"))
        body.addStretch(1)
        return Inspector(body, None if ways is None else self._actions(detail, ways), width=WIDTH)

    def _head(self, detail: Detail) -> QHBoxLayout:
        shown, today = detail.row, self._context.today()
        text, status = words.badge(shown)
        until = tr("Valid until {day}", day=formats.day(shown.valid_until, today))
        self.rounds = Chips([(key, tr("Round {n}", n=n)) for key, n, _, _ in detail.rounds], current=shown.id)
        self.rounds.changed.connect(lambda: self.round_chosen.emit(self.rounds.current))
        pieces: list[Piece] = [
            Label(shown.number, 20, SEMIBOLD), row(Badge(text, status=status), None),
            Label(shown.account, 14, SEMIBOLD), Paragraph(f"{until} · {detail.author}", 13, tone="text2"),
        ]  # fmt: skip
        if shown.review_code is not None:
            said = tr("The office comes to other prices. Make the next round with the prices of today.")
            pieces.append(Paragraph(said, 13, tone="bad"))
        elif shown.approver is not None and shown.state in (State.DRAFT, State.WAITING):
            said = tr(
                "The discount of {n}% needs the consent of {who}.",
                n=formats.decimal(detail.percent), who=words.approver(shown.approver),
            )  # fmt: skip
            pieces.append(Paragraph(said, 13, tone="warn"))
        if detail.refused:
            pieces.append(Paragraph(worded(RuleBroken(detail.refused)).whole, 13, tone="bad"))
        if len(detail.rounds) > 1:
            pieces.append(self.rounds)
        return row(column(*pieces, gap=6))

    def _lines(self, detail: Detail) -> QHBoxLayout:
        return row(column(*(self._line(line, sees=detail.sees_margin) for line in detail.lines), gap=10))

    def _line(self, line: LineRow, *, sees: bool) -> QWidget:
        price = tr("Gift") if line.is_gift else formats.money(line.unit_price)
        facts = f"{formats.quantity(line.quantity, line.unit)} × {price}"
        if sees:
            facts += " · " + margin_words.line(line)
        whole = QWidget()
        inner = column(
            FactRow(line.name, formats.money(line.net), weight=SEMIBOLD),
            Label(facts, 12, tone="text3"),
            *(parts.widget(part) for part in line.parts),
            gap=2,
        )
        whole.setLayout(inner)
        return whole

    def _sums(self, detail: Detail) -> QHBoxLayout:
        rows = [FactRow(tr("Goods"), formats.money(detail.goods))]
        if detail.discount:
            rows.append(FactRow(tr("Discount"), formats.money(-detail.discount), tone="ok"))
        rows += [FactRow(name, formats.money(amount)) for name, amount in detail.fees]
        total = FactRow(tr("Total"), formats.money(detail.row.total), weight=SEMIBOLD)
        if detail.is_tax_included:
            rows += [total, FactRow(tr("Tax included"), formats.money(detail.tax), tone="text2")]
        else:
            rows += [FactRow(tr("Tax"), formats.money(detail.tax)), total]
        sums: list[Piece] = [*rows]
        if detail.sees_margin:
            sums.append(FactRow(*margin_words.whole(detail)))
            if beside := margin_words.beside(detail):
                sums.append(Paragraph(beside, 12, tone="text3"))
        return row(column(*sums, gap=8))

    def _actions(self, detail: Detail, ways: Ways) -> QLayout:
        can, actions = detail.can, column(gap=8, margins=(24, 16, 24, 20))
        for found in ways.grants[:1]:
            said = tr("Approve with the grant of {who}", who=found.by)
            self._offer(actions, "grant", said, partial(self.grant.emit, found.id))
        doing = {"order": self.order.emit, "link": self.link.emit}
        answers = row(gap=8)  # the customer's yes and no stand side by side
        for key, text, act in _OFFERED:
            if act in can:
                where = answers if key in ("confirm", "decline") else actions
                self._offer(where, key, tr(text), doing.get(key, partial(self.act.emit, act)))
                if where is answers and answers.count() == 1:
                    actions.addLayout(answers)
        if ways.approvers:
            self._offer(actions, "call", tr("Approve by phone…"), self.call.emit)
        small = row(gap=8)
        if detail.row.state is not State.ORDERED:
            self._offer(small, "next", tr("Next round"), self.next_round.emit)
        if len(detail.rounds) > 1:
            self._offer(small, "compare", tr("Compare"), self.compare.emit)
        self._offer(small, "paper", "PDF", self.paper.emit)
        actions.addLayout(small)
        return actions

    def _offer(self, where: QLayout, key: str, text: str, act: Callable[[], object]) -> None:
        kind = "primary" if not self.buttons and key not in ("next", "compare", "paper") else "default"
        self.buttons[key] = Button(text, kind, on_click=act)
        where.addWidget(self.buttons[key])
