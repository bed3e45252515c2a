"""Today: the next store largest, the route under it, the map and what needs settling beside it.

The hero shows the stop that is chosen in the route, at first the next one; nothing is
stored before the check-in, so looking at another stop costs nothing. Rows come from this
laptop at once; what is planned, moved or skipped can be undone from its toast.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.rules.positions import Position
from fieldcrm.rules.routing.offers import Offer
from fieldcrm.services import candidates, plans
from fieldcrm.services.attention import Concern, Item
from fieldcrm.services.routes import DayQuestion
from fieldcrm.services.today import Day, Stop, StopState
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.map import choose
from fieldcrm.ui.page import Page
from fieldcrm.ui.plan import changes
from fieldcrm.ui.plan.replan import Replan
from fieldcrm.ui.today import dialogs, reading, route, words
from fieldcrm.ui.today.add_store import AddStore
from fieldcrm.ui.today.gone import Gone
from fieldcrm.ui.today.greeting import Greeting
from fieldcrm.ui.today.hero import HeroCard
from fieldcrm.ui.today.reading import View
from fieldcrm.ui.today.side import AttentionCard, MapCard, MonthCard
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import Header, column, holder, row, scrolling, surface
from fieldcrm.ui.widgets.labels import secondary, section_title

SIDE = 372
DUE_AT_ONCE = 8
_TICK_MS = 30_000
_LOW = 860
_BAR = 12  # the scroll bar stands in the margin, so the cards keep their edge


class TodayPage(Page):
    """A rep's day."""

    watches = frozenset({
        "visit_plan", "visit", "check_out", "order", "todo", "account", "contact", "conflict",
        "quarantine", "visit_review", "outbox", "departed", "quote", "quote_act",
    })  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._view: View | None = None
        self._chosen: UUID | None = None
        self.add_button = Button(tr("Add a store"), icon="plus", on_click=self.add_store)
        self.replan_button = Button(tr("Re-plan the rest"), icon="sign-direction", on_click=self.replan)
        ready = Button(tr("Ready for tomorrow?"), icon="check-circle-outline", on_click=self.show_departure)
        self.header = Header(tr("Today"), "", [ready, self.replan_button, self.add_button])
        self.hero = HeroCard()
        self.model = route.model()
        self.route = route.route_list(self.model, context.settings.row_height(route.ROW))
        self._way = secondary("")
        self.map, self.month, self.attention = MapCard(), MonthCard(), AttentionCard()
        self.map.use_sheet(choose.remembered(context.settings))
        self.outer.addWidget(self.header)
        self.outer.addLayout(self._body(), 1)
        self.greeting = Greeting(self, context)
        self._connect()
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self.refresh_soon)
        self._clock.start()

    def _body(self) -> QHBoxLayout:
        title = row(section_title(tr("Today's route")), None, self._way, margins=(20, 12, 20, 8))
        listed = column(title, self.route, gap=0, margins=(1, 0, 1, 8))
        listed.setStretch(1, 1)
        self._route_card = surface("card", listed)
        left = column(self.hero, self._route_card, gap=16)
        left.setStretch(1, 1)
        left.addStretch(0)
        cards = column(self.map, self.month, self.attention, None, gap=16)
        cards.setStretch(0, 100)
        inside = holder(cards)
        inside.setFixedWidth(SIDE)
        side = scrolling(inside)
        side.setFixedWidth(SIDE + _BAR)
        body = row(gap=24, margins=(24, 24, 24 - _BAR, 24))
        body.addLayout(left, 1)
        body.addWidget(side)
        return body

    def _connect(self) -> None:
        self.hero.start.connect(self.start)
        self.hero.route.connect(self.show_route)
        self.hero.call.connect(self._on_call)
        self.hero.move_asked.connect(self.move_stop)
        self.hero.skip.connect(self.skip_stop)
        self.hero.sync.connect(self.context.shell.sync_now)
        self.hero.build.connect(self._on_build)
        self.route.picked.connect(self._on_picked)
        self.route.opened.connect(lambda _row: self.start())
        self.map.picked.connect(self._on_pin)
        self.map.choose_map.connect(self._on_map)
        self.attention.opened.connect(self._on_concern)
        self.keys.append(("Enter", tr("Start or continue the visit")))  # the route takes it itself
        self.bind("R", self.show_route, tr("Way to the store"))
        self.bind("M", self.move_stop, tr("Move to another day"))
        self.bind("S", self.skip_stop, tr("Skip today"))
        self.bind("A", self.add_store, tr("Add a store"))
        self.bind("P", self.replan, tr("Re-plan the rest of the day"))
        self.bind("T", self.show_departure, tr("Ready for tomorrow?"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for card in (self.month, self.attention):
            card.set_short(self.height() < _LOW)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.route.setFocus()

    def panes(self) -> list[QWidget]:
        return [self.header, self.hero, self.route, self.map]

    def step_back(self) -> bool:
        """Return to the next stop."""
        if self._view is None or self._chosen is None:
            return False
        self._chosen = None
        self._show_chosen()
        return True

    def refresh(self) -> None:
        self.greeting.say()
        me, at = self.context.me, self.context.now()
        self.jobs.read(self, lambda s: reading.view(s, me.id, me.territory_id, at), self._show)

    @property
    def stop(self) -> Stop | None:
        """The stop that the hero shows."""
        if self._view is None:
            return None
        chosen = (stop for stop in self._view.day.stops if _key(stop) == self._chosen)
        return next(chosen, None) or self._view.day.next_stop

    def _show(self, view: View) -> None:
        self._drop_finished(view.day)
        self._view = view
        self.header.show_facts(words.day_facts(view.day))
        self.replan_button.setVisible(any(stop.is_open for stop in view.day.stops))
        self.model.show_rows(route.rows(view.day.stops, view.stages, view.day.on))
        self._way.show_text(_way(view.day))
        self._route_card.setVisible(bool(view.day.stops))
        self.month.show_month(view.month)
        self.attention.show_concerns(view.concerns, view.gone, view.day.on)
        self._show_chosen()

    def _drop_finished(self, fresh: Day) -> None:
        """Let go of a choice that has been dealt with since."""
        was = self.stop
        now = next((stop for stop in fresh.stops if _key(stop) == self._chosen), None)
        if now is None or (was is not None and was.state is not now.state and not now.is_open):
            self._chosen = None

    def _show_chosen(self) -> None:
        view, stop = self._view, self.stop
        if view is None:
            return
        self.map.show_day(view.day, stop)
        if stop is not None:
            self.hero.show_stop(view.day, stop, view.at)
            self.route.blockSignals(True)
            self.route.pick(stop.number - 1)
            self.route.blockSignals(False)
        elif view.day.stops:
            self.hero.show_done(view.day)
        else:
            self.hero.show_empty()
            if self.isVisible() and not self.route.isVisible() and QApplication.focusWidget() is None:
                self.hero.primary.setFocus()

    def _on_picked(self, picked: route.RouteRow | None) -> None:
        if picked is None or self._view is None:
            return
        following = self._view.day.next_stop
        self._chosen = None if picked.stop == following else _key(picked.stop)
        self._show_chosen()

    def _on_pin(self, number: int) -> None:
        self.route.pick(number - 1)

    def show_departure(self) -> None:
        """Show what the next days still lack."""
        self.context.shell.open("departure")

    def start(self) -> None:
        """Go to the chosen stop's visit; a stop without one begins with its check-in."""
        stop = self.stop
        if stop is None:
            return
        if stop.visit_id is not None:
            self.context.shell.open("visit", visit_id=stop.visit_id)
        else:
            self.context.shell.open("check_in", account_id=stop.account_id, plan_id=stop.plan_id)

    def show_route(self) -> None:
        """Show the way to the chosen stop."""
        stop = self.stop
        if stop is None or stop.position is None:
            return
        sheet = choose.remembered(self.context.settings)
        dialogs.show_route(self.context.shell.window(), stop, self._before(stop), sheet)

    def _on_call(self) -> None:
        if self.stop is not None:
            dialogs.show_phone(self.context.shell.window(), self.stop)

    def skip_stop(self) -> None:
        """Ask why the chosen stop is skipped."""
        stop = self.stop
        if stop is None or stop.plan_id is None or not stop.is_open:
            return
        plan_id = stop.plan_id
        dialogs.ask_skip(self.context.shell.window(), stop, lambda reason: self._skip(plan_id, reason))

    def _skip(self, plan_id: UUID, reason: str) -> None:
        def told(_: object) -> None:
            self.context.shell.toast(tr("Skipped for today"), lambda: self._write(plans.unskip, plan_id))

        self.jobs.write(self, lambda s: plans.skip(s, plan_id, reason), told)

    def _write(self, change: Callable[..., object], *how: object) -> None:
        self.jobs.write(self, lambda s: change(s, *how))

    def move_stop(self) -> None:
        """Ask to which day the chosen stop moves."""
        stop, today = self.stop, self.context.today()
        if stop is None or stop.plan_id is None or not stop.is_open:
            return
        plan_id = stop.plan_id
        dialogs.ask_move(
            self.context.shell.window(), stop, today, lambda day, why: self._move(plan_id, day, why)
        )

    def _move(self, plan_id: UUID, day: date, reason: str) -> None:
        today = self.context.today()

        def told(new_plan_id: UUID) -> None:
            words_ = tr("Moved to {day}", day=formats.day(day, today))
            self.context.shell.toast(
                words_, lambda: self._write(plans.unmove, plan_id, new_plan_id, self.context.now())
            )

        self.jobs.write(self, lambda s: plans.move(s, plan_id, day, today=today, reason=reason), told)

    def replan(self) -> None:
        """Offer ways to plan what is left of today."""
        me, today, at = self.context.me.id, self.context.today(), self.context.now()

        def take(asked: DayQuestion, offer: Offer[UUID]) -> None:
            do = changes.replan(asked, offer, rep_id=me, at=self.context.now(), today=today)
            self.jobs.write(self, do, told)

        def told(step: changes.Step) -> None:
            self.context.shell.toast(
                tr("The rest of the day is planned anew"), lambda: self._write(step.undo)
            )

        Replan(self.context, me, today, take, at=at).show_over(self.context.shell.window())

    def add_store(self) -> None:
        """Ask which store to add to today."""
        AddStore(self.context, self._here(), self._add).open(self.context.shell.window())

    def _add(self, account_id: UUID) -> None:
        me, today = self.context.me.id, self.context.today()

        def told(plan_id: UUID) -> None:
            self.context.shell.toast(
                tr("Added to today"), lambda: self._write(plans.remove, plan_id, self.context.now())
            )

        self.jobs.write(self, lambda s: plans.add(s, account_id, today, rep_id=me, today=today), told)

    def _on_build(self) -> None:
        me, today = self.context.me, self.context.today()

        def build(session: Session) -> int:
            due = candidates.due(session, me.id, me.territory_id, today, None, DUE_AT_ONCE)
            for store in due:
                plans.add(session, store.account_id, today, rep_id=me.id, today=today)
                session.flush()
            return len(due)

        self.jobs.write(self, build, self._on_built)

    def _on_built(self, count: int) -> None:
        if not count:
            self.context.shell.toast(tr("No store is due. Add one by name."))
            return
        self.context.shell.toast(ntr("{n} store planned", "{n} stores planned", count))

    def _on_map(self) -> None:
        shell = self.context.shell
        choose.choose(shell.window(), self.context.settings, self.map.use_sheet, shell.show_error)

    def _on_concern(self, item: Item | Gone) -> None:
        if isinstance(item, Gone):
            self.context.shell.open("sync", row_id=item.row_id)
            return
        shell, target = self.context.shell, item.target_id
        match item.concern:
            case Concern.MISSED_CHECK_OUT | Concern.RETURNED:
                shell.open("visit", visit_id=target)
            case Concern.ORDER:
                shell.open("order", order_id=target)
            case Concern.REFUSED if item.account:
                shell.open("order", order_id=item.about)
            case Concern.REFUSED:
                shell.open("sync", row_id=item.about)
            case Concern.QUOTE | Concern.QUOTE_ENDS:
                shell.open("quotes", quote_id=target)
            case Concern.RECEIVABLE:
                shell.open("account", account_id=target)
            case Concern.TODO:
                shell.open("account", account_id=item.account_id)
            case _:
                shell.open("sync")

    def _before(self, stop: Stop) -> Position | None:
        stops = self._view.day.stops if self._view is not None else ()
        away = (StopState.SKIPPED, StopState.MOVED)
        before = [each.position for each in stops if each.number < stop.number and each.state not in away]
        return next((position for position in reversed(before) if position is not None), None)

    def _here(self) -> Position | None:
        """Return the best guess of where the rep is: the last store begun, else the next one."""
        stops = self._view.day.stops if self._view is not None else ()
        been = [stop.position for stop in stops if stop.visit_id is not None and stop.position is not None]
        return been[-1] if been else next((stop.position for stop in stops if stop.position), None)


def _key(stop: Stop) -> UUID | None:
    return stop.plan_id or stop.visit_id


def _way(day: Day) -> str:
    if not day.stops:
        return ""
    parts = [tr("about {distance}", distance=formats.distance(day.km * 1000))] if day.km else []
    if day.finish_at is not None:
        parts.append(tr("done by {time}", time=formats.clock(day.finish_at)))
    return " · ".join(parts)
