"""The tab of an account that says what is wanted of it, and what its months were (A2)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QWidget

from fieldcrm import money
from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.rules.evaluation import Month, Verdict
from fieldcrm.services import strategy
from fieldcrm.services.strategy import Card
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import column, row, scrolling, surface
from fieldcrm.ui.widgets.labels import section_title
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.typing import LineField, TextField

TEXTS = ("aim", "obstacles", "measures")
VERDICT = {
    Verdict.REACHED: (Status.DONE, mark("On target")),
    Verdict.BEHIND: (Status.WARNING, mark("Half reached")),
    Verdict.MISSED: (Status.OVERDUE, mark("Behind")),
    Verdict.NOTHING: (Status.OPEN, mark("Nothing to say it by")),
}


class StrategyTab(QWidget):
    """The card at the left is saved as a whole; the months at the right are counted."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._account: UUID | None = None
        self._shown = Card()
        self.texts = {name: TextField("", height=72) for name in TEXTS}
        self.target = LineField("")
        self.fields = {
            "aim": Field(tr("What we want"), self.texts["aim"]),
            "obstacles": Field(tr("What stands in the way"), self.texts["obstacles"]),
            "measures": Field(tr("What we do about it"), self.texts["measures"]),
            "target_sales": Field(tr("Sales wanted each month"), self.target, tr("In yuan; empty for none")),
        }
        self.save_button = Button(tr("Save the card"), icon="content-save-outline", on_click=self.save)
        form = column(
            section_title(tr("Strategy card")), *self.fields.values(), row(self.save_button, None), None,
            gap=12, margins=(20, 16, 20, 16),
        )  # fmt: skip
        self.months: RowsModel[Month] = RowsModel(_columns(), key=lambda month: month.first)
        self.table = RowTable(self.months, 52, name=tr("Evaluation by month"), cells={6: _draw_verdict})
        months = surface("card", column(
            row(section_title(tr("Evaluation by month")), None, margins=(20, 16, 20, 0)), self.table, gap=8,
            margins=(1, 1, 1, 1),
        ))  # fmt: skip
        left = surface("card", column(scrolling(form), gap=0, margins=(1, 1, 1, 1)))
        left.setFixedWidth(400)
        layout: QHBoxLayout = row(left, months, gap=16)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def load(self, account_id: UUID, *, can_edit: bool) -> None:
        """Read the card of an account; what is half typed in it stays."""
        if account_id != self._account:
            self._account, self._shown = account_id, Card()
            self._fill(Card())
        self.save_button.setVisible(can_edit)
        today = self._context.today()
        self._context.jobs.read(
            self, lambda s: (account_id, strategy.card(s, account_id, today=today)), self._show
        )

    def _show(self, read: tuple[UUID, Card]) -> None:
        account_id, card = read
        if account_id != self._account:
            return
        self.months.show_rows(card.months)
        if self._typed() == self._words(self._shown):
            self._fill(card)
        self._shown = card

    def _fill(self, card: Card) -> None:
        for name, field in self.texts.items():
            field.setPlainText(getattr(card, name))
        self.target.setText(_amount(card.target))
        for labelled in self.fields.values():
            labelled.show_error("")

    def _typed(self) -> tuple[str, ...]:
        return (*(field.text() for field in self.texts.values()), self.target.text())

    def _words(self, card: Card) -> tuple[str, ...]:
        return (*(str(getattr(card, name)) for name in TEXTS), _amount(card.target))

    def save(self) -> None:
        """Keep the card, or say at the field what cannot stay."""
        account_id = self._account
        if account_id is None:
            return
        try:
            target = _read(self.target.text())
        except InvalidOperation:
            self.fields["target_sales"].show_error(tr("Type an amount, such as 3000."))
            self.target.setFocus()
            return
        aim, obstacles, measures = (self.texts[name].text() for name in TEXTS)
        said = Card(aim, obstacles, measures, target, self._shown.until)
        self._context.jobs.write(
            self, lambda s: strategy.save(s, account_id, said), lambda _done: self._on_saved(said),
            self._on_failed,
        )  # fmt: skip

    def _on_saved(self, said: Card) -> None:
        self._shown = said
        for labelled in self.fields.values():
            labelled.show_error("")
        self._context.shell.toast(tr("Saved on this laptop"))

    def _on_failed(self, error: FieldCrmError) -> None:
        if isinstance(error, Invalid) and error.field in self.fields:
            self.fields[error.field].show_error(worded(error).title)
        else:
            self._context.shell.show_error(error)


def _columns() -> tuple[Column[Month], ...]:
    return (
        Column(mark("Month"), lambda month: formats.month(month.first)),
        Column(
            mark("Visits, wanted"),
            lambda month: f"{month.visits} / {month.wanted}",
            align=paint.RIGHT,
            width=112,
        ),
        Column(mark("Orders"), lambda month: formats.count(month.orders), align=paint.RIGHT, width=68),
        Column(mark("Orders a visit"), _strike, align=paint.RIGHT, width=116),
        Column(mark("Sales/¥"), lambda month: formats.figure(month.sales), align=paint.RIGHT, width=104),
        Column(mark("Wanted/¥"), lambda month: formats.figure(month.target), align=paint.RIGHT, width=104),
        Column(mark("Verdict"), lambda month: tr(VERDICT[month.verdict][1]), width=136),
    )


def _strike(month: Month) -> str:
    return formats.NONE if month.strike is None else formats.percent(month.strike)


def _draw_verdict(cell: Cell) -> None:
    status, said = VERDICT[cell.row.verdict]
    paint.status_badge(cell.painter, cell.rect.x(), cell.rect.center().y(), tr(said), status)


def _amount(target: Decimal | None) -> str:
    if target is None:
        return ""
    text = f"{target:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read(text: str) -> Decimal | None:
    kept = money.typed(text)
    if not kept:
        return None
    amount = Decimal(kept)
    if not amount.is_finite():
        raise InvalidOperation
    return amount.quantize(Decimal("0.01"))
