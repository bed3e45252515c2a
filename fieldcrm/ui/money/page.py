"""Customers' money at the office: found, seen and booked customer by customer; online only."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from fieldcrm.errors import FieldCrmError, Offline
from fieldcrm.model.users import Role
from fieldcrm.services.money import Section
from fieldcrm.sync import office_money
from fieldcrm.sync.office_money import Booking, Customer, Lot, Policy, Standing, Waiting
from fieldcrm.sync.remote import Remote
from fieldcrm.ui import errors, formats, paint, saving
from fieldcrm.ui.accounts import statement
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.money import trusting
from fieldcrm.ui.money.dialogs import BookDialog
from fieldcrm.ui.money.policy import PolicyDialog
from fieldcrm.ui.money.side import Side
from fieldcrm.ui.page import Page
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Header, column, row, surface
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.overlays import confirm
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import SearchField

SIDE = 480
_PAUSE_MS = 250
_LATELY = timedelta(365)


class MoneyPage(Page):
    """Customers by name or code; beside them the chosen one's purses, rebates, credit and movements."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._asked = 0  # answers of an earlier question come too late
        self._standing: Standing | None = None
        self.search = SearchField(tr("Customer or code"), "Ctrl F", width=260)
        self.model: RowsModel[Customer] = RowsModel(self._columns(), key=lambda each: each.id)
        self.table = RowTable(
            self.model, context.settings.row_height(52), name=tr("Customers"), cells={0: _draw_customer}
        )
        self.empty = EmptyState("cloud-off-outline", "", action=tr("Try again"), on_action=self.refresh)
        self.side = Side(context, self.take_out, self.withdraw)
        self.book_button = Button(tr("Book money"), "primary", on_click=self.book)
        self.trust_button = Button(tr("Credit limit"), on_click=self.trust)
        self.paper_button = Button(tr("Statement"), icon="file-pdf-box", on_click=self.paper)
        self.policy_button = IconButton("cog-outline", tr("How money is used"), self.policy)
        self._stack = QStackedWidget()
        self._wait = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._build()
        self._wait.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _text: self._wait.start())
        self.table.picked.connect(self._open)
        self.bind("N", self.book, tr("Book money"))

    def _columns(self) -> tuple[Column[Customer], ...]:
        name: Column[Customer] = Column(mark("Customer"), lambda each: each.name, hint=lambda each: each.name)
        limit: Column[Customer] = Column(
            mark("Credit limit/¥"),
            lambda each: formats.figure(each.credit_limit),
            align=paint.RIGHT,
            width=128,
        )
        return name, limit

    def _build(self) -> None:
        said = tr("What customers have with us and may owe us.")
        actions = [self.search, self.policy_button, self.paper_button, self.trust_button, self.book_button]
        self.outer.addWidget(Header(tr("Customers' money"), said, actions))
        self._stack.addWidget(surface("card", column(self.table, gap=0, margins=(1, 1, 1, 8))))
        self._stack.addWidget(surface("card", column(self.empty)))
        pane = surface("right", column(self.side, gap=0))
        pane.setFixedWidth(SIDE)
        body = row(gap=0)
        body.addLayout(column(self._stack, gap=12, margins=(24, 16, 24, 16)), 1)
        body.addWidget(pane)
        self.outer.addLayout(body, 1)
        self.book_button.setVisible(self._may_book)
        self.policy_button.setVisible(self._may_book)
        self._show(None)

    @property
    def _may_book(self) -> bool:
        """Whether this person books; the server says so again."""
        return self.context.me.role == Role.FINANCE

    def panes(self) -> list[QWidget]:
        return [self.search, self.table]

    # -- finding --------------------------------------------------------------------------------

    def refresh(self) -> None:
        self._asked += 1
        asked, wanted, remote = self._asked, self.search.text().strip(), self._remote()
        if remote is None:
            self._failed(asked, Offline("unreachable"))
            return
        self.jobs.task(
            self, lambda _stop, _told: office_money.find(remote, wanted), partial(self._found, asked),
            partial(self._failed, asked),
        )  # fmt: skip

    def _remote(self) -> Remote | None:
        return None if self.context.laptop is None else self.context.laptop.remote

    def _found(self, asked: int, found: tuple[Customer, ...]) -> None:
        if asked == self._asked:
            self.show_customers(found)

    def show_customers(self, found: tuple[Customer, ...]) -> None:
        """Show these customers."""
        self.model.show_rows(found)
        self._stack.setCurrentIndex(0 if found else 1)
        self.empty.show_state(
            "storefront-outline", tr("No customer like this"), tr("Search by name, code or address."), ""
        )
        if found and self.table.row() is None:
            self.table.pick(0)  # which opens it
        else:
            self._open(self.table.row() if found else None)

    def _failed(self, asked: int, error: FieldCrmError) -> None:
        if asked != self._asked:
            return
        self.model.show_rows(())
        self._stack.setCurrentIndex(1)
        self._show(None)
        if isinstance(error, Offline):
            text = tr(
                "Customers' money is booked at the office. Nothing of this list is kept on this laptop."
            )
            self.empty.show_state("cloud-off-outline", tr("No connection"), text, tr("Try again"))
        else:
            said = errors.worded(error)
            self.empty.show_state("alert", said.title, said.text, tr("Try again"))

    # -- one customer ---------------------------------------------------------------------------

    def _open(self, customer: Customer | None) -> None:
        remote = self._remote()
        if self.side.customer is None or customer is None or customer.id != self.side.customer.id:
            self._show(None)
        if customer is None or remote is None:
            return
        since = self.context.today() - _LATELY
        self.jobs.task(
            self, lambda _stop, _told: office_money.standing(remote, customer.id, since),
            lambda found: self.show_standing(customer, found), self.context.shell.show_error,
        )  # fmt: skip

    def show_standing(self, customer: Customer, found: Standing) -> None:
        """Show a customer's money, if he is still the one that is chosen."""
        chosen = self.table.row()
        if chosen is not None and chosen.id == customer.id:
            self._show(found, customer)

    def _show(self, found: Standing | None, customer: Customer | None = None) -> None:
        self._standing = found
        for button in (self.book_button, self.trust_button, self.paper_button):
            button.setEnabled(found is not None)
        self.side.show_customer(customer, found)

    # -- booking --------------------------------------------------------------------------------

    def book(self) -> None:
        """Ask what comes in or goes out."""
        if self._may_book:
            self._ask_booking()

    def take_out(self, lot: Lot) -> None:
        """Ask what is taken out of a rebate."""
        self._ask_booking(lot)

    def _ask_booking(self, lot: Lot | None = None) -> None:
        customer = self.side.customer
        if self._standing is None or customer is None:
            return

        def book(entry: Booking) -> None:
            dialog.send(self, lambda remote: office_money.book(remote, customer.id, entry), done)

        def done(waits: bool) -> None:
            laptops = tr("It is booked as soon as laptops have given their parts back.")
            self._done(laptops if waits else tr("Booked"))

        dialog = BookDialog(self._standing, self.context.today(), book, lot)
        dialog.open(self)

    def withdraw(self, waiting: Waiting) -> None:
        """Ask before what waits for laptops is taken back."""
        confirm(
            self.context.shell.window(), tr("Take this back?"),
            tr("Nothing is booked, and laptops are given their parts anew."), tr("Take it back"),
            partial(self._withdraw, waiting), keep=tr("Let it wait"), destroys=False,
        )  # fmt: skip

    def _withdraw(self, waiting: Waiting) -> None:
        remote, customer, shell = self._remote(), self.side.customer, self.context.shell
        if remote is None or customer is None:
            shell.show_error(Offline("unreachable"))
            return
        self.jobs.task(
            self, lambda _stop, _told: office_money.withdraw(remote, customer.id, waiting.id),
            lambda _done: self._done(tr("Taken back; nothing was booked")), shell.show_error,
        )  # fmt: skip

    def policy(self) -> None:
        """Ask how customers' money is to be used."""
        remote, shell = self._remote(), self.context.shell
        if remote is None:
            shell.show_error(Offline("unreachable"))
            return

        def ask(found: Policy) -> None:
            dialog = PolicyDialog(found, lambda wanted: dialog.send(self, partial(decide, wanted), done))
            dialog.open(self)

        def decide(wanted: Policy, remote: Remote) -> None:
            office_money.decide(remote, wanted)

        def done(_nothing: None) -> None:
            shell.toast(tr("Saved; laptops go by it after their next sync"))

        self.jobs.task(self, lambda _stop, _told: office_money.policy(remote), ask, shell.show_error)

    def trust(self) -> None:
        """Ask for another credit limit."""
        if self.side.customer is not None and self._standing is not None:
            trusting.show(self, self.side.customer, self.refresh)

    def _done(self, said: str) -> None:
        self.context.shell.toast(said)
        self.refresh()

    def paper(self) -> None:
        """Ask for which period and where to, and write the customer's statement there."""
        remote, customer, today = self._remote(), self.side.customer, self.context.today()
        if remote is None or customer is None:
            return

        def fetch(period: statement.Period) -> None:
            self.jobs.task(
                self, lambda _stop, _told: office_money.statement(remote, customer.id, *period),
                partial(save, period), self.context.shell.show_error,
            )  # fmt: skip

        def save(period: statement.Period, sections: tuple[Section, ...]) -> None:
            def make(_session: object) -> bytes:
                return statement.paper(customer.name, sections, period, today)

            saving.ask(self.context, tr("Save the statement"), statement.title(customer.name), make)

        statement.PeriodDialog(today, fetch).open(self.context)


def _draw_customer(cell: Cell) -> None:
    cell.two_lines(cell.row.name, cell.row.code)
