"""Who holds how much of everything that can be exceeded, and calling it back; online only."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from PySide6.QtWidgets import QStackedWidget, QWidget

from fieldcrm.errors import FieldCrmError, Offline
from fieldcrm.rules.slices import Limit
from fieldcrm.sync import limits
from fieldcrm.sync.limits import Held, Holder, Stock
from fieldcrm.ui import errors, formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.limits import words
from fieldcrm.ui.limits.stock import StockDialog
from fieldcrm.ui.page import Page
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Header, column, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption, section_title
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.overlays import confirm
from fieldcrm.ui.widgets.states import EmptyState

SIDE = 372


class LimitsPage(Page):
    """The limits, those first that laptops hold too much of; beside the list who holds what."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._asked = 0
        self.model: RowsModel[Held] = RowsModel(self._columns(), key=lambda each: (each.kind, each.key))
        self.table = RowTable(
            self.model,
            context.settings.row_height(52),
            name=tr("Limits"),
            cells={0: _draw_name, 3: _draw_over},
        )
        self.empty = EmptyState("cloud-off-outline", "", action=tr("Try again"), on_action=self.refresh)
        self.recall = Button(tr("Call back"), "primary", on_click=self.ask)
        self.stock = Button(tr("Change the stock"), on_click=self.change_stock)
        self._stack, self._side = QStackedWidget(), column(gap=0)
        self._holders = QWidget()
        self._build()
        self.table.picked.connect(self._show_holders)
        self.bind("R", self.ask, tr("Call back what laptops hold"))

    def _columns(self) -> tuple[Column[Held], ...]:
        right = paint.RIGHT
        name: Column[Held] = Column(mark("Limit"), lambda each: each.name, hint=lambda each: each.name)
        there: Column[Held] = Column(
            mark("There"), lambda each: words.amount(each, each.there), align=right, width=120
        )
        out: Column[Held] = Column(
            mark("On laptops"), lambda each: words.amount(each, each.out), align=right, width=120
        )
        over: Column[Held] = Column(
            mark("Too much"), lambda each: words.amount(each, each.over) if each.over else formats.NONE,
            align=right, width=132,
        )  # fmt: skip
        return name, there, out, over

    def _build(self) -> None:
        lead = IconButton("arrow-left", tr("Back"), self.context.shell.back, quiet=True)
        said = tr("What laptops may still sell without a network.")
        again = Button(tr("Refresh the list"), icon="refresh", on_click=self.refresh)
        self.outer.addWidget(Header(tr("Parts on laptops"), said, [again, self.stock, self.recall], lead))
        self._stack.addWidget(surface("card", column(self.table, gap=0, margins=(1, 1, 1, 8))))
        self._stack.addWidget(surface("card", column(self.empty)))
        left = column(self._stack, gap=12, margins=(24, 16, 24, 16))
        pane = surface("right", self._side)
        pane.setFixedWidth(SIDE)
        self._side.addWidget(self._holders)
        body = row(gap=0)
        body.addLayout(left, 1)
        body.addWidget(pane)
        self.outer.addLayout(body, 1)

    def panes(self) -> list[QWidget]:
        return [self.table]

    def refresh(self) -> None:
        self._asked += 1
        laptop, asked = self.context.laptop, self._asked
        if laptop is None:
            self._failed(Offline("unreachable"))
            return

        def show(found: tuple[Held, ...]) -> None:
            if asked == self._asked:
                self.show_limits(found)

        remote = laptop.remote
        self.context.jobs.task(self, lambda _stop, _told: limits.listed(remote), show, self._failed)

    def show_limits(self, found: tuple[Held, ...]) -> None:
        """Show these limits."""
        self.model.show_rows(found)
        self._stack.setCurrentIndex(0 if found else 1)
        text = tr("When a laptop is given a part of a budget, a balance or scarce stock, it stands here.")
        self.empty.show_state("laptop", tr("No laptop holds anything"), text, tr("Refresh the list"))
        if found and self.table.row() is None:
            self.table.pick(0)
        self._show_holders(self.table.row() if found else None)
        if found:
            self.table.setFocus()

    def _failed(self, error: FieldCrmError) -> None:
        self.model.show_rows(())
        self._stack.setCurrentIndex(1)
        self._show_holders(None)
        if isinstance(error, Offline):
            text = tr("The office knows what laptops hold. Nothing of this list is kept on this laptop.")
            self.empty.show_state("cloud-off-outline", tr("No connection"), text, tr("Try again"))
        else:
            said = errors.worded(error)
            self.empty.show_state("alert", said.title, said.text, tr("Try again"))

    def _show_holders(self, held: Held | None) -> None:
        self.recall.setEnabled(held is not None and any(not each.called_back for each in held.holders))
        self.stock.setEnabled(held is not None and held.kind == Limit.STOCK)
        if held is None:
            shown: QWidget = EmptyState(
                "laptop", tr("No limit chosen"), tr("Choose one to see which laptops hold it.")
            )
        else:
            now, back = self.context.now(), words.returning(held.asked_back, held.came_back)
            pieces = [_holder(held, each, words.holder(each, now)) for each in held.holders]
            head = column(Paragraph(held.name, 20, SEMIBOLD), caption(words.kind(held)), gap=4)
            body = column(
                head, Paragraph(words.standing(held), 13, tone="warn" if held.over else "text2"),
                *([Paragraph(back, 13, SEMIBOLD)] if back else ()), section_title(tr("Held by")), *pieces,
                None, gap=12, margins=(20, 20, 20, 20),
            )  # fmt: skip
            shown = scrolling(body)
        self._side.replaceWidget(self._holders, shown)
        self._holders.hide()
        self._holders.deleteLater()
        self._holders = shown

    def ask(self) -> None:
        """Ask before all parts of the chosen limit are called back."""
        held: Held | None = self.table.row()
        if held is None or not self.recall.isEnabled():
            return
        text = tr(
            "Each laptop gives back what it has not spent, with its next sync. One without a network may "
            "go on until its part ends, and what it sells is accepted. For half an hour nobody is given a "
            "new part."
        )
        confirm(
            self.context.shell.window(), tr("Call back “{name}”?", name=held.name), text, tr("Call back"),
            partial(self._recall, held), keep=tr("Leave it"), destroys=False,
        )  # fmt: skip

    def _recall(self, held: Held) -> None:
        laptop, shell = self.context.laptop, self.context.shell
        if laptop is None:
            shell.show_error(Offline("unreachable"))
            return

        def done(number: int) -> None:
            shell.toast(ntr("{n} part is called back", "{n} parts are called back", number))
            self.refresh()

        remote = laptop.remote
        self.context.jobs.task(self, lambda _stop, _told: limits.recall(remote, held), done, shell.show_error)

    def change_stock(self) -> None:
        """Ask how much of the chosen scarce article there is."""
        held: Held | None = self.table.row()
        laptop, shell = self.context.laptop, self.context.shell
        if held is None or held.kind != Limit.STOCK or laptop is None:
            return
        remote = laptop.remote

        def ask(found: Stock) -> None:
            dialog = StockDialog(held.name, found, lambda quantity: self._keep(dialog, held, quantity))
            dialog.open(self)

        self.jobs.task(self, lambda _stop, _told: limits.stock(remote, held.key), ask, shell.show_error)

    def _keep(self, dialog: StockDialog, held: Held, quantity: Decimal) -> None:
        def done(found: Stock) -> None:
            back = ntr("{n} part is called back", "{n} parts are called back", found.called_back)
            self.context.shell.toast(back if found.called_back else tr("Saved"))
            self.refresh()

        dialog.send(self, lambda remote: limits.keep(remote, held.key, quantity), done)


def _holder(held: Held, each: Holder, said: str) -> QWidget:
    top = row(Label(each.person, 14), None, Label(words.amount(held, each.left), 14, SEMIBOLD), gap=8)
    name = each.device or tr("A laptop without a name")
    return surface("sunken", column(top, caption(name), caption(said), gap=2, margins=(12, 8, 12, 8)))


def _draw_name(cell: Cell) -> None:
    back = words.returning(cell.row.asked_back, cell.row.came_back)
    cell.two_lines(cell.row.name, " · ".join(part for part in (words.kind(cell.row), back) if part))


def _draw_over(cell: Cell) -> None:
    if cell.row.over:
        cell.text(cell.said, 14, SEMIBOLD, "warn")
    else:
        cell.text(cell.said, tone="text3")
