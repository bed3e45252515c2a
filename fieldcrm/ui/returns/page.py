"""Taking goods back at the office: an order is found, what came back is typed, and it is booked on line."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from fieldcrm.errors import FieldCrmError, Offline
from fieldcrm.sync import office_returns
from fieldcrm.sync.office_returns import Found, Quantities, Returnable, Worth
from fieldcrm.ui import errors, formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.returns.desk import Desk
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import Header, column, row, surface
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.overlays import confirm
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import SearchField

SIDE = 420
_PAUSE_MS = 250


class ReturnsPage(Page):
    """Orders found by number or customer; beside them the chosen one's lines, to say what came back."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._asked = self._reckoned = 0  # answers of an earlier question come too late
        self.search = SearchField(tr("Number or customer"), "Ctrl F", width=300)
        self.model: RowsModel[Found] = RowsModel(self._columns(), key=lambda each: each.id)
        self.table = RowTable(
            self.model, context.settings.row_height(52), name=tr("Orders"), cells={0: _draw_order}
        )
        self.empty = EmptyState("cloud-off-outline", "", action=tr("Try again"), on_action=self.refresh)
        self.desk = Desk(context)
        self._stack = QStackedWidget()
        self._wait = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._build()
        self._wait.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _text: self._wait.start())
        self.table.picked.connect(self._open)
        self.desk.counted.connect(self._reckon)
        self.desk.send.clicked.connect(self.ask)
        self.bind("Ctrl+Return", self.ask, tr("Take the goods back"))

    def _columns(self) -> tuple[Column[Found], ...]:
        today, right = self.context.today, paint.RIGHT
        name: Column[Found] = Column(
            mark("Customer"), lambda each: each.account, hint=lambda each: each.account
        )
        day: Column[Found] = Column(
            mark("Day"), lambda each: formats.plain_day(each.ordered_on, today()), width=112
        )
        total: Column[Found] = Column(
            mark("Total/¥"), lambda each: formats.figure(each.total), align=right, width=120
        )
        back: Column[Found] = Column(
            mark("Returned/¥"), lambda each: formats.figure(each.returned) if each.returned else "",
            align=right, width=112,
        )  # fmt: skip
        return name, day, total, back

    def _build(self) -> None:
        said = tr("Goods that came back to the office, without a rep.")
        again = Button(tr("Refresh the list"), icon="refresh", on_click=self.refresh)
        self.outer.addWidget(Header(tr("Take goods back"), said, [self.search, again]))
        self._stack.addWidget(surface("card", column(self.table, gap=0, margins=(1, 1, 1, 8))))
        self._stack.addWidget(surface("card", column(self.empty)))
        pane = surface("right", column(self.desk, gap=0))
        pane.setFixedWidth(SIDE)
        body = row(gap=0)
        body.addLayout(column(self._stack, gap=12, margins=(24, 16, 24, 16)), 1)
        body.addWidget(pane)
        self.outer.addLayout(body, 1)

    def panes(self) -> list[QWidget]:
        return [self.search, self.table, self.desk]

    # -- finding --------------------------------------------------------------------------------

    def refresh(self) -> None:
        self._asked += 1
        laptop, asked, wanted = self.context.laptop, self._asked, self.search.text().strip()
        if laptop is None:
            self._failed(asked, Offline("unreachable"))
            return
        remote = laptop.remote
        self.context.jobs.task(
            self, lambda _stop, _told: office_returns.find(remote, wanted), partial(self._found, asked),
            partial(self._failed, asked),
        )  # fmt: skip

    def _found(self, asked: int, found: tuple[Found, ...]) -> None:
        if asked == self._asked:
            self.show_orders(found)

    def show_orders(self, found: tuple[Found, ...]) -> None:
        """Show these orders."""
        self.model.show_rows(found)
        self._stack.setCurrentIndex(0 if found else 1)
        text = tr("Search by the order's number or the customer's name. Only accepted orders are listed.")
        self.empty.show_state("package-down", tr("No order like this"), text, "")
        chosen = self.table.row() if found else None
        if chosen is None or chosen.id != self.desk.order_id:
            self._open(chosen)

    def _failed(self, asked: int, error: FieldCrmError) -> None:
        if asked != self._asked:
            return
        self.model.show_rows(())
        self._stack.setCurrentIndex(1)
        self.desk.clear()
        if isinstance(error, Offline):
            text = tr("Orders of the whole company are at the office. They are not kept on this laptop.")
            self.empty.show_state("cloud-off-outline", tr("No connection"), text, tr("Try again"))
        else:
            said = errors.worded(error)
            self.empty.show_state("alert", said.title, said.text, tr("Try again"))

    # -- one order ------------------------------------------------------------------------------

    def _open(self, found: Found | None) -> None:
        laptop = self.context.laptop
        self.desk.clear()
        if found is None or laptop is None:
            return
        remote = laptop.remote
        self.context.jobs.task(
            self, lambda _stop, _told: office_returns.returnable(remote, found.id),
            lambda read: self.show_order(found, read), self.context.shell.show_error,
        )  # fmt: skip

    def show_order(self, found: Found, read: Returnable) -> None:
        """Show an order's lines, if it is still the one that is chosen."""
        chosen = self.table.row()
        if chosen is not None and chosen.id == found.id:
            self.desk.show_order(found, read)

    def _reckon(self, wanted: Quantities) -> None:
        self._reckoned += 1
        laptop, asked, order_id = self.context.laptop, self._reckoned, self.desk.order_id
        if not wanted or laptop is None:
            self.desk.show_worth(Worth())
            return
        remote = laptop.remote

        def shown(worth: Worth) -> None:
            if asked == self._reckoned:
                self.desk.show_worth(worth)

        def refused(error: FieldCrmError) -> None:
            if asked == self._reckoned:
                said = errors.worded(error)
                self.desk.refuse(f"{said.title} {said.text}")

        self.context.jobs.task(
            self, lambda _stop, _told: office_returns.worth(remote, order_id, wanted), shown, refused
        )

    # -- booking --------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask once more before the return is booked; without a reason go there."""
        if not self.desk.may_send():
            return
        wanted, why, key, order_id = self.desk.quantities, self.desk.why, self.desk.key, self.desk.order_id
        lines = ntr("{n} line comes back.", "{n} lines come back.", len(wanted))
        gives = tr("{customer} gets {total}.", customer=self.desk.customer,
                   total=formats.money(self.desk.worth.total))  # fmt: skip
        stays = tr("It is booked at once and cannot be taken back here.")
        confirm(
            self.context.shell.window(), tr("Take these goods back?"), "\n".join((lines, gives, stays)),
            tr("Take the goods back"), partial(self._book, order_id, key, wanted, why),
            keep=tr("Look again"), destroys=False,
        )  # fmt: skip

    def _book(self, order_id: str, key: UUID, wanted: Quantities, why: str) -> None:
        laptop, shell = self.context.laptop, self.context.shell
        if laptop is None:
            shell.show_error(Offline("unreachable"))
            return
        remote, customer = laptop.remote, self.desk.customer
        self.desk.send.set_running(True)

        def done(total: object) -> None:
            self.desk.send.set_running(False)
            self.desk.clear()
            shell.toast(tr("Booked: {customer} gets {total}", customer=customer, total=formats.money(total)))  # type: ignore[arg-type]
            self.refresh()

        def refused(error: FieldCrmError) -> None:
            self.desk.send.set_running(False)
            shell.show_error(error)

        self.context.jobs.task(
            self, lambda _stop, _told: office_returns.take(remote, order_id, key, wanted, why), done, refused
        )


def _draw_order(cell: Cell) -> None:
    cell.two_lines(cell.row.account, f"{cell.row.number} · {cell.row.rep}")
