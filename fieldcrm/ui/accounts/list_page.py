"""The account list: fluent at 100,000, with one store's facts beside it.

A read gives the order of all rows as numbers and the first page; the rest comes as it is
scrolled to. The first page is shown before the whole order is known, so the list is there
at once. Space previews, Enter opens, N schedules a visit.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.errors import NotFound
from fieldcrm.rules.positions import Position
from fieldcrm.services import accounts, plans
from fieldcrm.storage import account_list, facts
from fieldcrm.storage.account_list import AccountRow, Chip, Counts, Query, Sort
from fieldcrm.ui import formats
from fieldcrm.ui.accounts import columns, dialogs, inspector, words
from fieldcrm.ui.accounts.export_dialog import ExportDialog
from fieldcrm.ui.accounts.inspector import AccountInspector, Shown
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.tables import PAGE, WindowModel
from fieldcrm.ui.tokens import DRAWER_BELOW
from fieldcrm.ui.widgets.buttons import Button, Chips, IconButton
from fieldcrm.ui.widgets.frames import Header, column, row, surface
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.lists import RowTable
from fieldcrm.ui.widgets.overlays import Drawer
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import SearchField

_SORT, _DOWN = "accounts.sort", "accounts.descending"


@dataclass(frozen=True, slots=True)
class Found:
    """One answer: the numbers of all rows, the first page, and where the kept row is now."""

    order: array[int]
    first: tuple[AccountRow, ...]
    place: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds the list: counts, cities, the user's position."""

    counts: Counts
    cities: tuple[str, ...]
    here: Position | None
    current: bool


class AccountsPage(Page):
    """Every store on this laptop."""

    watches = frozenset({
        "account", "contact", "visit", "check_out", "order", "visit_plan", "conflict", "todo", "outbox",
    })  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.query = _remembered(context)
        self._order: array[int] = array("q")
        self._around = Around(Counts(), (), None, True)
        self._kept: UUID | None = None
        self._shown: Shown | None = None
        self._read_once = False
        self.model: WindowModel[AccountRow] = WindowModel(columns.columns(context.today), self._ask)
        self._build()
        self.setFocusProxy(self.table)
        self._bind_keys()

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self.search = SearchField(tr("Name, initials, phone"), "Ctrl F", width=260)
        self.search.settled.connect(lambda text: self.show_query(replace(self.query, text=text.strip())))
        more = IconButton("dots-horizontal", tr("Call lists, import and export"))
        menu = QMenu(more)
        menu.addAction(tr("Call these stores"), self._call_list)
        menu.addAction(tr("Positions to check"), lambda: self.context.shell.open("positions"))
        menu.addAction(tr("Import a list…"), lambda: self.context.shell.open("account_import"))
        menu.addAction(tr("Export…"), self._export)
        more.clicked.connect(lambda: menu.exec(more.mapToGlobal(more.rect().bottomLeft())))
        on_map = IconButton("map-outline", tr("Show these stores on the map"), self._show_map)
        add = Button(tr("New account"), "primary", "plus", on_click=self._add)
        self.header = Header(tr("Accounts"), "", [self.search, on_map, more, add])
        self.chips = Chips(words.chips(Counts()), current=self.query.chip)
        self.chips.changed.connect(self._on_chip)
        self._filter = Button(tr("Filter"), "ghost", "filter-variant", height=32, on_click=self._ask_filter)
        self._sort = Button("", "ghost", "sort-variant", height=32)
        self._sort.clicked.connect(self._offer_sorts)
        self.table = RowTable(
            self.model, self.context.settings.row_height(52), name=tr("Accounts"),
            cells=columns.cells(self.context.today), sortable=True,
        )  # fmt: skip
        self.table.opened.connect(lambda shown: self._open(shown))
        self.table.picked.connect(self._on_picked)
        self.table.horizontalHeader().sectionClicked.connect(self._on_header)
        self._empty = EmptyState("storefront-outline", "", "", tr("Clear"), self._on_empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        self._facts, self._keys_line = (
            secondary(""),
            secondary(tr("Enter opens · Space previews · N schedules")),
        )
        self.inspector = AccountInspector(self.context.today())
        self.inspector.schedule.connect(self._schedule)
        self.inspector.call.connect(self._call)
        self.inspector.opened.connect(lambda: self._open(self.table.row()))
        self._drawer: Drawer | None = None
        self.outer.addWidget(self.header)
        self.outer.addLayout(self._body(), 1)
        self._show_sort()

    def _body(self) -> QHBoxLayout:
        tools = row(self.chips, self._filter, self._sort, gap=4)
        tools.setStretch(0, 1)
        tools.setAlignment(self._filter, Qt.AlignmentFlag.AlignTop)
        tools.setAlignment(self._sort, Qt.AlignmentFlag.AlignTop)
        inside = QVBoxLayout()
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self._stack)
        table = surface("card", inside)
        left = column(tools, table, row(self._facts, None, self._keys_line), gap=16, margins=(24, 16, 24, 16))
        left.setStretch(1, 1)
        self._body_row = row(left, gap=0)
        self._body_row.setStretch(0, 1)
        self._body_row.addWidget(self.inspector)
        return self._body_row

    def _bind_keys(self) -> None:
        self.bind("Ctrl+F", self.search.setFocus, tr("Search the accounts"))
        self.bind("Space", self._preview, tr("Preview the store"))
        self.bind("N", self._schedule, tr("Schedule a visit"))
        self.bind("P", self._call, tr("Call the store"))
        self.bind("M", self._show_map, tr("Show these stores on the map"))
        self.bind("Ctrl+N", self._add, tr("New account"))

    def panes(self) -> list[QWidget]:
        """Return the search, the table and the inspector."""
        return [self.search, self.table, self.inspector]

    def show_place(self, **where: object) -> None:
        """Show a ready-made filter (``chip``), or choose one store (``account_id``)."""
        chip, account_id = where.get("chip"), where.get("account_id")
        if isinstance(account_id, UUID):
            self._kept = account_id
            self.refresh_soon()
        if isinstance(chip, str):
            self.chips.choose(Chip(chip))
            self.show_query(replace(self.query.cleared(), chip=Chip(chip)))

    def step_back(self) -> bool:
        """Esc closes the drawer, then clears the filters."""
        if self._drawer is not None and self._drawer.isVisible():
            self._drawer.hide()
            return True
        if self.query.filtered:
            self._clear()
            return True
        return False

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list and what surrounds it again."""
        self._read_list()
        self._read_around()

    def show_query(self, query: Query) -> None:
        """Show another list."""
        if query == self.query and self._read_once:
            return
        self.query = query
        self.context.settings.set(_SORT, str(query.sort))
        self.context.settings.set(_DOWN, query.descending)
        self._show_sort()
        self._read_list()

    def _read_list(self) -> None:
        query, today, kept = self.query, self.context.today(), self._kept
        self.jobs.read(self, lambda s: _first(s, query, today, kept), partial(self._on_first, query))

    def _on_first(self, query: Query, found: Found) -> None:
        if query != self.query:
            return
        same = self._read_once and found.whole and len(found.order) == len(self._order)
        if found.whole or not self._read_once:
            self._take(found, reload=same and found.order == self._order)
        if not found.whole:
            today, kept = self.context.today(), self._kept
            self.jobs.read(self, lambda s: _whole(s, query, today, kept), partial(self._on_whole, query))

    def _on_whole(self, query: Query, found: Found) -> None:
        if query == self.query:
            self._take(found, reload=self._read_once and found.order == self._order)

    def _take(self, found: Found, *, reload: bool) -> None:
        self._order, self._read_once = found.order, True
        if reload:
            self.model.reload(len(found.order))
        else:
            self.model.show(len(found.order), found.first)
            self.table.pick(max(found.place, 0))
        self._show_state()

    def _ask(self, offset: int, limit: int, then: Callable[[Sequence[AccountRow]], object]) -> None:
        keys, today = self._order[offset : offset + limit], self.context.today()
        self.jobs.read(self, lambda s: account_list.rows(s, keys, today), then)

    def _read_around(self) -> None:
        today, me = self.context.today(), self.context.me.id
        self.jobs.read(self, lambda s: _around(s, me, today), self._on_around)

    def _on_around(self, around: Around) -> None:
        self._around = around
        if not around.current:
            today = self.context.today()
            self.jobs.write(self, lambda s: facts.catch_up(s, today), lambda _done: self.refresh())
        self.chips.show_chips(words.chips(around.counts))
        self.chips.choose(self.query.chip)
        if self.query.near != around.here:
            self.query = replace(self.query, near=around.here)
        self.header.show_facts(
            " · ".join(
                part
                for part in (
                    self.context.me.territory,
                    ntr("{n} store", "{n} stores", around.counts.all),
                )
                if part
            )
        )
        self._show_state()

    # -- showing --------------------------------------------------------------------------

    def _show_state(self) -> None:
        number, everything = len(self._order), self._around.counts.all
        shown = tr(
            "Showing {n} of {all}", n=formats.count(number), all=formats.count(max(number, everything))
        )
        self._facts.show_text(shown)
        chosen = sum(map(bool, (self.query.channel, self.query.grade, self.query.city)))
        self._filter.setText(f"{tr('Filter')} · {chosen}" if chosen else tr("Filter"))
        self._stack.setCurrentIndex(0 if number or not self._read_once else 1)
        if not number:
            self.inspector.show_account(None, self.context.today())
            self._explain_nothing()

    def _explain_nothing(self) -> None:
        if self.query.filtered and self._around.counts.all:
            self._empty.show_state(
                "filter-off-outline", tr("Hidden by the filter"), "", tr("Clear the filter")
            )
        elif self.context.connection.last_sync is None:
            self._empty.show_state(
                "cloud-download-outline", tr("Not downloaded yet"),
                tr("Your stores come with the first sync."), tr("Sync now"),
            )  # fmt: skip
        else:
            self._empty.show_state(
                "storefront-outline", tr("No stores yet"),
                tr("Add a store, or import a list."), tr("New account"),
            )  # fmt: skip

    def _on_empty(self) -> None:
        if self.query.filtered and self._around.counts.all:
            self._clear()
        elif self.context.connection.last_sync is None:
            self.context.shell.sync_now()
        else:
            self._add()

    def _clear(self) -> None:
        self.search.clear()
        self.chips.choose(Chip.ALL)
        self.show_query(self.query.cleared())

    def _show_sort(self) -> None:
        self._sort.setText(tr(words.SORTS[self.query.sort]))
        section = next((s for s, sort in columns.SORT_OF.items() if sort is self.query.sort), -1)
        order = Qt.SortOrder.DescendingOrder if self.query.descending else Qt.SortOrder.AscendingOrder
        self.table.show_order(section, order)

    def _on_picked(self, shown: AccountRow | None) -> None:
        if shown is None:
            return
        self._kept = shown.id
        me, today, account_id = self.context.me.id, self.context.today(), shown.id
        self.jobs.read(self, lambda s: _account(s, account_id, me, today), self._show_account)

    def _show_account(self, shown: Shown | None) -> None:
        if shown is not None and shown.page.id == self._kept:
            self._shown = shown
            self.inspector.show_account(shown, self.context.today())

    # -- acting ---------------------------------------------------------------------------

    def _on_chip(self) -> None:
        self.show_query(replace(self.query, chip=Chip(str(self.chips.current)), near=self._around.here))

    def _on_header(self, section: int) -> None:
        if section in columns.SORT_OF:
            sort = columns.SORT_OF[section]
            turned = not self.query.descending if sort is self.query.sort else sort is not Sort.NAME
            self.show_query(replace(self.query, sort=sort, descending=turned))

    def _offer_sorts(self) -> None:
        menu = QMenu(self)
        for sort in Sort:
            down = sort in (Sort.SALES, Sort.RECEIVABLE, Sort.LAST_ORDER)
            wanted = replace(self.query, sort=sort, descending=down)
            menu.addAction(tr(words.SORTS[sort]), partial(self.show_query, wanted))
        menu.exec(self._sort.mapToGlobal(self._sort.rect().bottomLeft()))

    def _ask_filter(self) -> None:
        host = self.context.shell.window()
        dialogs.ask_filter(host, self.query, self._around.cities, self.show_query)

    def _open(self, shown: AccountRow | None) -> None:
        if shown is not None:
            self.context.shell.open("account", account_id=shown.id)

    def _add(self) -> None:
        self.context.shell.open("account_edit")

    def _preview(self) -> None:
        if self._drawer is not None:
            self._drawer.toggle()
        elif self.table.row() is None:
            self.table.pick(0)

    def _schedule(self) -> None:
        shown = self.table.row()
        if shown is None:
            return
        window, today = self.context.shell.window(), self.context.today()
        dialogs.ask_day(window, shown.name, today, lambda on: self._plan(shown, on))

    def _plan(self, shown: AccountRow, on: date) -> None:
        me, today = self.context.me.id, self.context.today()

        def planned(plan_id: UUID) -> None:
            said = tr("{store}: visit on {day}", store=shown.name, day=formats.day(on, today))
            self.context.shell.toast(said, undo=lambda: self._unplan(plan_id))

        self.jobs.write(self, lambda s: plans.add(s, shown.id, on, rep_id=me, today=today), planned)

    def _unplan(self, plan_id: UUID) -> None:
        at = self.context.now()
        self.jobs.write(self, lambda s: plans.remove(s, plan_id, at))

    def _call(self) -> None:
        if self._shown is None:
            return
        page = self._shown.page
        person = page.contacts[0] if page.contacts else None
        phone = person.phone if person and person.phone else page.phone
        if phone:
            who = person.name if person else ""
            dialogs.show_phone(self.context.shell.window(), who, page.name, phone)

    def _call_list(self) -> None:
        self.context.shell.open("calls", query=self.query)

    def _show_map(self) -> None:
        self.context.shell.open("map", query=self.query)

    def _export(self) -> None:
        ExportDialog(self.context, self._order, self._around.counts.all).open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.window().width() < DRAWER_BELOW
        if narrow and self._drawer is None:
            self._body_row.removeWidget(self.inspector)
            self._drawer = Drawer(self, self.inspector, self.inspector.width())
        elif not narrow and self._drawer is not None:
            drawer, self._drawer = self._drawer, None
            self._body_row.addWidget(self.inspector)
            self.inspector.show()
            drawer.deleteLater()


def _remembered(context: Context) -> Query:
    settings = context.settings
    try:
        sort = Sort(str(settings.get(_SORT, Sort.SALES)))
    except ValueError:
        sort = Sort.SALES
    return Query(sort=sort, descending=bool(settings.get(_DOWN, True)))


def _first(session: Session, query: Query, today: date, kept: UUID | None) -> Found:
    """Return the first page; it is the whole when it is not full."""
    keys = array("q", account_list.first(session, query, today, PAGE))
    whole = len(keys) < PAGE
    return Found(keys, account_list.rows(session, keys, today), _place(session, keys, kept), whole)


def _whole(session: Session, query: Query, today: date, kept: UUID | None) -> Found:
    keys = account_list.order(session, query, today)
    first = account_list.rows(session, keys[:PAGE], today)
    return Found(keys, first, _place(session, keys, kept), True)


def _place(session: Session, keys: array[int], kept: UUID | None) -> int:
    key = account_list.key_of(session, kept) if kept else None
    try:
        return keys.index(key) if key is not None else -1
    except ValueError:
        return -1


def _around(session: Session, me: UUID, today: date) -> Around:
    begin = datetime.combine(today, time(), DEFAULT_ZONE)
    here = accounts.whereabouts(session, me, begin)
    counts = account_list.counts(session, today, here)
    return Around(counts, account_list.cities(session), here, facts.is_current(session, today))


def _account(session: Session, account_id: UUID, me: UUID, today: date) -> Shown | None:
    try:
        return inspector.read(session, account_id, me, today)
    except NotFound:
        return None
