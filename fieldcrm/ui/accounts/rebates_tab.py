"""A customer's rebates: what adds up in the period that runs, and every lot with what is left of it."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.rules.pricing.accruals import Next
from fieldcrm.services import rebate_standing
from fieldcrm.services.rebate_standing import Accruing, Goods, LotRow, Standing
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.fields import Fact
from fieldcrm.ui.widgets.frames import card, column, row, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, section_title
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState


class RebatesTab(QWidget):
    """Cards of what adds up over the table of lots."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._account: UUID | None = None
        self._cards = row(gap=16)
        self.model: RowsModel[LotRow] = RowsModel(self._columns())
        self.table = RowTable(
            self.model,
            context.settings.row_height(52),
            name=tr("Rebates"),
            cells={0: _draw_name, 5: self._draw_end},
        )
        self._lots = surface("card", column(self.table, gap=0, margins=(1, 1, 1, 1)))
        self._nothing = EmptyState(
            "cash-refund", tr("No rebates yet"), tr("What orders and periods earn appears here.")
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(self._cards)
        layout.addWidget(self._lots, 1)
        layout.addWidget(self._nothing, 1)

    def _columns(self) -> tuple[Column[LotRow], ...]:
        today = self._context.today()
        right = paint.RIGHT
        return (
            Column(mark("Rebate"), lambda lot: _period(lot)),
            Column(mark("Booked"), lambda lot: formats.table_day(lot.booked_on, today), width=108),
            Column(mark("Earned"), lambda lot: amount(lot.earned, lot.goods), align=right, width=120),
            Column(mark("Used"), lambda lot: amount(lot.used, lot.goods) if lot.used else formats.NONE,
                   align=right, width=120),
            Column(mark("Left"), lambda lot: amount(lot.left, lot.goods), align=right, width=120),
            Column(mark("Ends"), lambda lot: formats.full_day(lot.valid_to) if lot.valid_to else formats.NONE,
                   width=168),
        )  # fmt: skip

    def load(self, account_id: UUID) -> None:
        """Read an account's rebates."""
        self._account = account_id
        today, at = self._context.today(), self._context.now()
        self._context.jobs.read(
            self, lambda s: (account_id, rebate_standing.of_account(s, account_id, today, at)), self._show
        )

    def _show(self, answer: tuple[UUID, Standing]) -> None:
        account_id, found = answer
        if account_id != self._account:
            return
        while (item := self._cards.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for each in found.accruing:
            self._cards.addWidget(_card(each), 1)
        self.model.show_rows(found.lots)
        self._lots.setVisible(bool(found.lots))
        self._nothing.setVisible(not found.lots)

    def _draw_end(self, cell: Cell) -> None:
        lot: LotRow = cell.row
        if lot.left <= 0:
            cell.text(tr("used up"), 13, REGULAR, "text3")
        elif lot.is_over(self._context.today()):
            paint.status_badge(
                cell.painter, cell.rect.x(), cell.rect.center().y(), tr("Expired"), Status.SKIPPED
            )
        else:
            cell.text(cell.said)


def _card(found: Accruing) -> QWidget:
    days = tr(
        "{first} to {last}", first=formats.full_day(found.span.first), last=formats.full_day(found.span.last)
    )
    facts = (
        Fact(tr("Bought so far"), formats.money(found.net), px=20, weight=SEMIBOLD),
        Fact(tr("Earns if it ended now"), amount(found.earned, found.goods), px=20, weight=SEMIBOLD),
    )
    line = row(*facts, None, gap=32)
    head = row(section_title(found.name), None, Label(tr("Adding up"), 12, REGULAR, "text3", rigid=True))
    return card(
        head,
        Paragraph(days, 13, tone="text2"),
        line,
        Paragraph(_more(found.next, found.goods), 13, tone="text2"),
        gap=8,
    )


def _more(wanted: Next | None, goods: Goods | None) -> str:
    if wanted is None:
        return tr("The highest step is reached. It is booked when the period is over.")
    said = formats.money(wanted.amount) if wanted.amount is not None else ""
    if wanted.quantity is not None:
        number = formats.quantity(wanted.quantity, goods.unit) if goods else formats.decimal(wanted.quantity)
        said = tr(", ").join(filter(None, (said, number)))
    if wanted.percent is None:
        return tr("{more} more for the next one. It is booked when the period is over.", more=said)
    percent = f"{formats.decimal(wanted.percent)}%"
    return tr("{more} more for {percent}. It is booked when the period is over.", more=said, percent=percent)


def amount(number: Decimal, goods: Goods | None) -> str:
    """Return money, or how much of an article."""
    return formats.money(number) if goods is None else formats.quantity(number, goods.unit)


def _period(lot: LotRow) -> str:
    said = [lot.goods.name] if lot.goods is not None else []
    if lot.period is not None:
        said.append(formats.day_range(lot.period.first, lot.period.last))
    return " · ".join(said)


def _draw_name(cell: Cell) -> None:
    cell.two_lines(cell.row.name, cell.said)
