"""The order centre: every order of this laptop, a window at a time, with the chosen one beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.rules.orders import Origin
from fieldcrm.services import order_list
from fieldcrm.services.order_list import OrderRow, Shown
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.orders import acts, reading, words
from fieldcrm.ui.orders.detail import DetailView
from fieldcrm.ui.orders.reading import Followed
from fieldcrm.ui.orders.store_picker import StorePicker
from fieldcrm.ui.page import Page
from fieldcrm.ui.quotes.button import QuotesButton
from fieldcrm.ui.tables import PAGE, Column, WindowModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Chips
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.frames import Header, column, row, surface
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import SearchField

ROW = 52
SIDE = 372
STORE, DAY, ITEMS, STATUS = 1, 2, 3, 5
_NARROW = 1140
_FILTERS = (
    (Shown.ALL, mark("All {n}")),
    (Shown.DRAFT, mark("Drafts {n}")),
    (Shown.WAITING, mark("Waiting {n}")),
    (Shown.NEEDS_ATTENTION, mark("Needs attention {n}")),
    (Shown.ACCEPTED, mark("Accepted {n}")),
    (Shown.TO_DELIVER, mark("To deliver {n}")),
    (Shown.DELIVERED, mark("Delivered {n}")),
    (Shown.CANCELLED, mark("Cancelled {n}")),
)


@dataclass(frozen=True, slots=True)
class ListRow:
    """One order of the list and whether it still waits to be sent."""

    order: OrderRow
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    counts: dict[Shown, int]
    number: int
    first: list[ListRow]
    origins: dict[Origin, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    shown: Shown
    text: str
    origin: Origin | None


class OrdersPage(Page):
    """The list of orders; Enter goes on with a draft, otherwise opens the order."""

    watches = frozenset({"order", "account", "outbox"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._columns = self._make_columns()
        self.model: WindowModel[ListRow] = WindowModel(self._columns, self._ask, key=lambda r: r.order.id)
        self.search = SearchField(tr("Number or store"), "Ctrl F", width=260)
        self.new_button = Button(tr("New order"), "primary", "plus", on_click=self.pick_store)
        quotes = QuotesButton(context)
        own = Button(tr("Customer's page"), on_click=self.pick_customer)
        own.setToolTip(tr("A page on which a customer orders by himself"))
        self.header = Header(tr("Orders"), "", [self.search, own, quotes, self.new_button])
        self.chips = Chips([(key, tr(text, n=0)) for key, text in _FILTERS], current=Shown.ALL, one_row=True)
        self.origins = ChoiceField([(None, tr("All origins"))], name=tr("Origin"))
        self.origins.setFixedWidth(168)
        self.table = RowTable(
            self.model, context.settings.row_height(ROW), name=tr("Orders"),
            cells={0: self._draw_number, STORE: self._draw_store, STATUS: self._draw_status},
        )  # fmt: skip
        self.empty = EmptyState("clipboard-list-outline", "", on_action=self._on_empty)
        self.detail = DetailView(context)
        self._chosen: UUID | None = None
        self._asked = 0  # answers of an earlier question come too late
        self._build()
        self._connect()

    def _make_columns(self) -> tuple[Column[ListRow], ...]:
        today = self.context.today
        right = paint.RIGHT
        return (
            Column(mark("Number"), lambda r: r.order.number, width=152),
            Column(mark("Store"), lambda r: r.order.account, hint=lambda r: r.order.account),
            Column(mark("Day"), lambda r: formats.table_day(r.order.ordered_on, today()), width=84),
            Column(mark("Items"), lambda r: formats.count(r.order.lines), align=right, width=68),
            Column(mark("Total/¥"), lambda r: formats.figure(r.order.total), align=right, width=112),
            Column(mark("Status"), lambda r: _badge(r)[0], width=152),
        )

    def _build(self) -> None:
        nothing = EmptyState(
            "clipboard-list-outline", tr("No order chosen"), tr("Choose one to see how far it is.")
        )
        self._side = QStackedWidget()
        self._side.setFixedWidth(SIDE)
        self._side.addWidget(surface("right", column(nothing)))
        self._side.addWidget(surface("right", column(self.detail, gap=0, margins=(1, 0, 0, 0))))
        listed = surface("card", column(self.table, self.empty, gap=0, margins=(1, 1, 1, 8)))
        narrowing = row(gap=12)
        narrowing.addWidget(self.chips, 1)
        narrowing.addWidget(self.origins, 0, Qt.AlignmentFlag.AlignTop)
        left = column(narrowing, listed, gap=12, margins=(24, 16, 24, 16))
        left.setStretch(1, 1)
        body = row(gap=0)
        body.addLayout(left, 1)
        body.addWidget(self._side)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)

    def _connect(self) -> None:
        shell = self.context.shell
        self.search.settled.connect(lambda _text: self.refresh())
        self.chips.changed.connect(self.refresh)
        self.origins.activated.connect(lambda _n: self.refresh())
        self.table.picked.connect(self._on_picked)
        self.table.opened.connect(lambda listed: shell.open("order", order_id=listed.order.id))
        self.detail.change.connect(lambda key: shell.open("order", order_id=key, amend=True))
        self.detail.again.connect(partial(acts.send_again, self))
        self.detail.after.again.connect(self._on_again)
        self.detail.after.anew.connect(partial(acts.order_anew, self))
        self.detail.cancel.connect(partial(acts.ask_cancel, self))
        self.detail.approve.connect(partial(acts.ask_approve, self))
        self.detail.give_back.connect(partial(acts.ask_return, self))
        self.bind("Ctrl+F", self.search.setFocus, tr("Filter the orders"))
        self.bind("N", self.pick_store, tr("New order"))

    def panes(self) -> list[QWidget]:
        return [self.header, self.table, self._side]

    def show_place(self, **where: object) -> None:
        shown = where.get("shown")
        if isinstance(shown, Shown):
            self.chips.choose(shown)
        chosen = where.get("order_id")
        self._chosen = chosen if isinstance(chosen, UUID) else self._chosen
        self.refresh_soon()

    @property
    def origin(self) -> Origin | None:
        """Which origin the list is narrowed to."""
        chosen = self.origins.value
        return chosen if isinstance(chosen, Origin) else None

    @property
    def shown(self) -> Shown:
        """What the list is narrowed to."""
        return Shown(str(self.chips.current or Shown.ALL))

    def refresh(self) -> None:
        asked = _Asked(self.shown, self.search.text(), self.origin)

        def read(session: Session) -> _Answer:
            number = order_list.how_many(session, asked.shown, asked.text, origin=asked.origin)
            return _Answer(
                order_list.counts(session, origin=asked.origin), number, _page(session, asked, 0, PAGE),
                order_list.by_origin(session),
            )  # fmt: skip

        self._asked += 1
        self.jobs.read(self, read, partial(self._show, self._asked))
        self._read_chosen()

    def _show(self, asked: int, answer: _Answer) -> None:
        if asked != self._asked:
            return
        self.chips.show_chips([(key, tr(text, n=answer.counts[key])) for key, text in _FILTERS])
        self._show_origins(answer.origins)
        waiting = answer.counts[Shown.WAITING]
        attention = answer.counts[Shown.NEEDS_ATTENTION]
        pieces = [ntr("{n} order", "{n} orders", answer.counts[Shown.ALL])]
        if waiting:
            pieces.append(ntr("{n} waiting", "{n} waiting", waiting))
        if attention:
            pieces.append(ntr("{n} needs attention", "{n} need attention", attention))
        self.header.show_facts(" · ".join(pieces))
        self.model.show(answer.number, answer.first)
        self.table.setVisible(bool(answer.number))
        self.empty.setVisible(not answer.number)
        if not answer.number:
            self._say_empty(answer.counts[Shown.ALL])
        else:
            place = next((n for n, r in enumerate(answer.first) if r.order.id == self._chosen), 0)
            self.table.pick(place)
            if not self.search.text():
                self.table.setFocus()

    def _show_origins(self, counts: dict[Origin, int]) -> None:
        """Offer the origins there are; one kind alone needs no choice."""
        named = [(each, f"{words.origin(each)} {counts[each]}") for each in Origin if counts.get(each)]
        chosen = self.origin
        self.origins.show_choices([(None, tr("All origins")), *named], chosen)
        self.origins.setVisible(len(named) > 1 or chosen is not None)

    def _say_empty(self, whole: int) -> None:
        if whole:
            text = tr("Orders are here, but none fits the filter.")
            self.empty.show_state("filter-variant", tr("Hidden by the filter"), text, tr("Clear the filter"))
        else:
            text = tr("Orders are taken during a visit, or from here for any store.")
            self.empty.show_state("clipboard-list-outline", tr("No orders yet"), text, tr("New order"))

    def _on_empty(self) -> None:
        if self.search.text() or self.shown is not Shown.ALL or self.origin is not None:
            self.search.clear()
            self.origins.choose(None)
            self.chips.choose(Shown.ALL)
            self.refresh()
        else:
            self.pick_store()

    def _ask(self, offset: int, limit: int, then: Callable[[Sequence[ListRow]], object]) -> None:
        asked = _Asked(self.shown, self.search.text(), self.origin)
        self.jobs.read(self, lambda s: _page(s, asked, offset, limit), then)

    def _on_picked(self, listed: ListRow | None) -> None:
        if listed is not None:
            self._chosen = listed.order.id
            self._read_chosen()

    def _read_chosen(self) -> None:
        chosen = self._chosen
        me = self.context.me.id
        if chosen is not None:
            self.jobs.read(self, lambda s: reading.follow(s, chosen, me), self._show_chosen, lambda _e: None)

    def _on_again(self, mutation_id: UUID) -> None:
        self.context.shell.open("order", order_id=self._chosen, amend=True, again=mutation_id)

    def _show_chosen(self, followed: Followed) -> None:
        if followed.detail.row.id == self._chosen:
            self.detail.show_order(followed)
            self._side.setCurrentIndex(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column_number in (DAY, ITEMS):
            self.table.setColumnHidden(column_number, event.size().width() < _NARROW)

    def pick_store(self) -> None:
        """Ask for the store and take an order for it."""
        shell = self.context.shell
        picker = StorePicker(self.context, lambda key: shell.open("order", account_id=key))
        picker.open(shell.window())

    def pick_customer(self) -> None:
        """Ask for the customer who gets a page to order by himself."""
        picker = StorePicker(self.context, partial(acts.give_page, self))
        picker.open(self.context.shell.window())

    def _draw_number(self, cell: Cell) -> None:
        order: OrderRow = cell.row.order
        cell.text(order.number, 14, SEMIBOLD if not order.is_provisional else REGULAR)

    def _draw_store(self, cell: Cell) -> None:
        cell.text(cell.said, 14, SEMIBOLD)

    def _draw_status(self, cell: Cell) -> None:
        listed: ListRow = cell.row
        text, state = _badge(listed)
        if state is paint.Status.DONE:
            sign, tone = paint.SIGN[state]
            paint.icon(cell.painter, sign, cell.rect.x(), cell.rect.center().y() - 8, 16, tone)
            cell.rect = cell.rect.adjusted(24, 0, 0, 0)
            cell.text(text, 13, REGULAR, "text2")
        else:
            paint.status_badge(cell.painter, cell.rect.x(), cell.rect.center().y(), text, state)


def _badge(listed: ListRow) -> tuple[str, paint.Status]:
    order = listed.order
    return words.badge(order.status, is_waiting=listed.is_waiting, fulfilment=order.fulfilment)


def _page(session: Session, asked: _Asked, offset: int, limit: int) -> list[ListRow]:
    rows = order_list.page(session, asked.shown, asked.text, origin=asked.origin, offset=offset, limit=limit)
    waiting = reading.waiting(session, [each.id for each in rows])
    return [ListRow(each, each.id in waiting) for each in rows]
