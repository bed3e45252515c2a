"""All stores on one map, and the route of one day on top of them.

Stores are chosen by click, lasso, or "all in view", and added to the day in one step that
can be undone. Everything the map shows stands in the pane beside it, where keys do what the
pointer does on the map.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.model.plans import PlanOrigin
from fieldcrm.model.users import Role
from fieldcrm.rules.positions import Position
from fieldcrm.services import plan_board
from fieldcrm.services.plan_board import PlannedVisit, StopState
from fieldcrm.storage import account_points
from fieldcrm.storage.account_list import Query
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.map import choose, crowd
from fieldcrm.ui.map.crowd import Crowd
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.map.store_list import StoreList
from fieldcrm.ui.map.stores import StoreMap
from fieldcrm.ui.map.tiles import Sheet
from fieldcrm.ui.page import Page
from fieldcrm.ui.plan import changes
from fieldcrm.ui.plan.board import Cards
from fieldcrm.ui.plan.changes import Step
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.frames import Header, column, holder, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, secondary
from fieldcrm.ui.widgets.states import EmptyState

_DAYS = 14
_STORES, _DAY = "stores", "day"
_GONE = (StopState.DONE, StopState.CURRENT)
_AWAY = (StopState.SKIPPED, StopState.MOVED)


@dataclass(frozen=True, slots=True)
class _Route:
    """The day's stops and where they are."""

    stops: tuple[PlannedVisit, ...]
    positions: dict[UUID, Position]


class MapPage(Page):
    """The stores of a list on the map, with one day's route."""

    watches = frozenset({"account", "visit_plan", "visit", "check_out"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._query = Query()
        self._on = context.today()
        self._route = _Route((), {})
        self._placed: list[PlannedVisit] = []
        self._turn = 0
        self._build()
        self._bind_keys()

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self.map = StoreMap(tr("Map of the stores"))
        self.map.use_sheet(choose.remembered(self.context.settings))
        self.map.chosen_changed.connect(self._show_choice)
        self.map.moved.connect(self._show_view)
        self.map.reordered.connect(self._on_reordered)
        self.map.mark_clicked.connect(self._on_stop)
        self.map.lasso_changed.connect(self._on_lasso)
        self._lasso = Button(tr("Lasso"), icon="lasso", on_click=lambda: self._turn_lasso())
        self._lasso.setCheckable(True)
        self.header = Header(
            tr("Map"), "",
            (
                Button(tr("All in view"), icon="select-all", on_click=self._choose_view), self._lasso,
                IconButton("fit-to-page-outline", tr("Show all stores"), self.map.show_all),
                IconButton("layers-outline", tr("Choose an offline map"), self._choose_sheet),
            ),
        )  # fmt: skip
        inside = QVBoxLayout()
        inside.setContentsMargins(1, 1, 1, 1)
        self._empty = EmptyState("map-marker-off-outline", "", "", tr("Back to the list"), self._back)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.map)
        self._stack.addWidget(self._empty)
        inside.addWidget(self._stack)
        body = row(surface("card", inside), self._pane(), gap=16, margins=(24, 16, 24, 16))
        body.setStretch(0, 1)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)

    def _pane(self) -> QWidget:
        self._tabs = Segments([(_STORES, tr("Stores")), (_DAY, tr("The day"))], current=_STORES)
        self._tabs.chosen.connect(self._on_tab)
        self._day = ChoiceField([], name=tr("Day"))
        self._day.chosen.connect(self._on_day)
        self.list = StoreList()
        self.list.turned.connect(lambda number: self.map.choose([number]))
        self.list.opened.connect(lambda entry: self._open_store(entry.number))
        self._in_view = secondary("")
        self.cards = Cards(tr("The day's stops"), takes_drops=True)
        self.cards.opened.connect(lambda stop: self._open(stop.account_id))
        self.cards.nudged.connect(self._on_nudged)
        self.cards.dropped.connect(self._on_dropped)
        self._none = Paragraph("", 13, 400, "text2")
        stores = column(self._in_view, self.list, gap=8)
        stores.setStretch(1, 1)
        the_day = holder(column(self.cards, self._none, None, gap=8))
        self._tab = QStackedWidget()
        self._tab.addWidget(holder(stores))
        self._tab.addWidget(scrolling(the_day))
        self._chosen = Label("", 14, SEMIBOLD)
        self._clear = Button(tr("Clear"), "link", height=28, on_click=self.map.clear_choice)
        self.add = Button("", "primary", "calendar-plus", height=44, on_click=self.add_chosen)
        self._hint = Paragraph("", 12, 400, "text3")
        pane = column(
            self._tabs, self._day, self._tab, row(self._chosen, None, self._clear), self.add, self._hint,
            gap=12, margins=(16, 16, 16, 16),
        )  # fmt: skip
        pane.setStretch(2, 1)
        made = surface("card", pane)
        made.setFixedWidth(320)
        return made

    def _bind_keys(self) -> None:
        self.bind("L", self._turn_lasso, tr("Lasso stores"))
        self.bind("V", self._choose_view, tr("Choose all stores in view"))
        self.bind("Ctrl+Return", self.add_chosen, tr("Add the chosen stores to the day"))

    def panes(self) -> list[QWidget]:
        """Return the map and what stands beside it."""
        return [self.map, self.list if self._tab.currentIndex() == 0 else self.cards]

    def show_place(self, **where: object) -> None:
        """Show the stores of a list (``query``), and the route of a day (``on``)."""
        query, on = where.get("query"), where.get("on")
        if isinstance(query, Query):
            self._query = query
        if isinstance(on, date):
            self._on = on
        self.refresh_soon()

    def step_back(self) -> bool:
        """Esc puts the lasso down, then clears the choice."""
        if self.map.lassoing:
            self._turn_lasso()
            return True
        if self.map.chosen:
            self.map.clear_choice()
            return True
        return False

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the stores and the day's route again."""
        self._turn += 1
        self._show_days(self.context.today())
        turn, query, datum = self._turn, self._query, self.map.datum
        rep, on, today = self.context.me.id, self._on, self.context.today()

        def read(session: Session) -> tuple[_Route, Crowd]:
            [day] = plan_board.days(session, rep, on, on, today)
            places = plan_board.positions(session, [stop.account_id for stop in day.stops])
            apart = {str(stop.account_id) for stop in day.stops if stop.state not in _AWAY}
            stores = account_points.read(session, query, today)
            return _Route(day.stops, places), crowd.gather(stores, datum, apart)

        self.jobs.read(self, read, lambda found: self._show(turn, *found))

    def _show_days(self, today: date) -> None:
        if not today <= self._on < today + timedelta(_DAYS):
            self._on = today
        days = [today + timedelta(n) for n in range(_DAYS)]
        self._day.show_choices([(day, formats.day(day, today)) for day in days], self._on)

    def _show(self, turn: int, route: _Route, found: Crowd) -> None:
        if turn == self._turn:
            self._show_route(route)
            self._show_crowd(found)

    def _show_crowd(self, found: Crowd) -> None:
        self.map.show_crowd(found)
        shown = ntr("{n} store", "{n} stores", len(found))
        lost = found.points.unplaced
        without = ntr("{n} without a position", "{n} without a position", lost) if lost else ""
        self.header.show_facts(" · ".join(filter(None, (self.context.me.territory, shown, without))))
        self._stack.setCurrentIndex(0 if len(found) else 1)
        if not len(found):
            self._empty.show_state(
                "map-marker-off-outline", tr("No store of this list has a position"),
                tr("A store gets its position at the first check-in, or on its page."),
                tr("Back to the list"),
            )  # fmt: skip
        self._show_view()

    def _show_route(self, route: _Route) -> None:
        self._route = route
        self.cards.show_rows(route.stops, self.context.today())
        self.cards.setVisible(bool(route.stops))
        self._none.setVisible(not route.stops)
        self._none.show_text(tr("No visit is planned for this day. Choose stores and add them."))
        self._placed = [
            stop for stop in route.stops if stop.account_id in route.positions and stop.state not in _AWAY
        ]
        marks = [
            Mark(route.positions[stop.account_id], _pin(stop), str(place), stop.account)
            for place, stop in enumerate(self._placed, start=1)
        ]
        gone = [route.positions[s.account_id] for s in self._placed if s.state in _GONE]
        ahead = [route.positions[s.account_id] for s in self._placed if s.state not in _GONE]
        self.map.show_marks(marks, gone, [*gone[-1:], *ahead])

    def _show_view(self) -> None:
        shown = self.map.in_view()
        self._in_view.show_text(ntr("{n} store in view", "{n} stores in view", len(shown)))
        self.list.show_stores(self.map.crowd, shown, self.map.chosen)

    def _show_choice(self) -> None:
        number = len(self.map.chosen)
        self._chosen.show_text(
            ntr("{n} store chosen", "{n} stores chosen", number) if number else tr("No store chosen")
        )
        self._clear.setVisible(bool(number))
        self.add.setText(tr("Add to {day}", day=formats.day(self._on, self.context.today())))
        self._hint.show_text(
            tr("Drag around stores") if self.map.lassoing
            else tr("Click stores, or press L for the lasso, V for all in view")
        )  # fmt: skip
        self.list.show_chosen(self.map.chosen)

    # -- acting ---------------------------------------------------------------------------

    def add_chosen(self) -> None:
        """Plan the chosen stores on the day."""
        ids = [UUID(self.map.crowd.points.ids[number]) for number in sorted(self.map.chosen)]
        if not ids:
            self.context.shell.toast(tr("Choose stores on the map or in the list first."))
            return
        me, today = self.context.me, self.context.today()
        origin = PlanOrigin.REP if me.role == Role.REP else PlanOrigin.MANAGER
        do = changes.add_many(ids, self._on, rep_id=me.id, at=self.context.now(), today=today, origin=origin)
        self.jobs.write(self, do, lambda made: self._on_added(len(ids), *made))

    def _on_added(self, asked: int, step: Step, made: int) -> None:
        self.map.clear_choice()
        day = formats.day(self._on, self.context.today())
        said = ntr("{n} store added to {day}", "{n} stores added to {day}", made, day=day)
        if made < asked:
            left = ntr("{n} was planned already", "{n} were planned already", asked - made)
            said = f"{said} · {left}"
        undo = (lambda: self.jobs.write(self, step.undo)) if made else None
        self.context.shell.toast(said, undo=undo)

    def _on_nudged(self, stop: PlannedVisit, step: int) -> None:
        place = [each.plan_id for each in self._route.stops].index(stop.plan_id)
        if 0 <= place + step < len(self._route.stops):
            self._put(stop, place + step)

    def _on_dropped(self, _kind: str, key: UUID, place: int) -> None:
        stop = next((each for each in self._route.stops if each.plan_id == key), None)
        if stop is not None:
            before = [each.plan_id for each in self._route.stops].index(key)
            self._put(stop, place - 1 if place > before else place)

    def _on_reordered(self, dragged: int, over: int) -> None:
        stop, other = self._placed[dragged], self._placed[over]
        self._put(stop, [each.plan_id for each in self._route.stops].index(other.plan_id))

    def _put(self, stop: PlannedVisit, place: int) -> None:
        """Give a stop another place; times of the old order would lie, so they go."""
        if stop.state in _GONE:
            self.context.shell.toast(tr("This visit has begun: it keeps its place."))
            return
        rest = [each for each in self._route.stops if each.plan_id != stop.plan_id]
        order = [*rest[:place], stop, *rest[place:]]
        times = [(each.plan_id, each.start_time if each.locked else None) for each in order]
        do = changes.arrange(self._on, times, rep_id=self.context.me.id, today=self.context.today())
        said = tr("{store} is number {n} now", store=stop.account, n=place + 1)
        self.jobs.write(self, do, lambda step: self._on_arranged(said, step))

    def _on_arranged(self, said: str, step: Step) -> None:
        self.context.shell.toast(said, undo=lambda: self.jobs.write(self, step.undo))

    def _choose_view(self) -> None:
        self.map.choose(self.map.in_view(), on=True)

    def _turn_lasso(self) -> None:
        self.map.set_lasso(not self.map.lassoing)

    def _on_lasso(self, on: bool) -> None:
        self._lasso.setChecked(on)
        self._show_choice()

    def _on_tab(self, key: object) -> None:
        self._tabs.choose(key)
        self._tab.setCurrentIndex(0 if key == _STORES else 1)

    def _on_day(self, on: object) -> None:
        if isinstance(on, date):
            self._on = on
            self._show_choice()
            self.refresh()

    def _on_stop(self, number: int) -> None:
        self._on_tab(_DAY)
        self.cards.current = self._route.stops.index(self._placed[number])
        self.cards.setFocus()

    def _choose_sheet(self) -> None:
        choose.choose(self, self.context.settings, self._use_sheet, self.context.shell.show_error)

    def _use_sheet(self, sheet: Sheet) -> None:
        self.map.use_sheet(sheet)
        self.refresh()

    def _open_store(self, number: int) -> None:
        self._open(UUID(self.map.crowd.points.ids[number]))

    def _open(self, account_id: UUID) -> None:
        self.context.shell.open("account", account_id=account_id)

    def _back(self) -> None:
        self.context.shell.open("accounts")


def _pin(stop: PlannedVisit) -> Pin:
    if stop.state is StopState.DONE:
        return Pin.DONE
    if stop.state is StopState.CURRENT:
        return Pin.NEXT
    return Pin.OVERDUE if stop.state is StopState.OVERDUE else Pin.OPEN
