"""The largest thing on Today: the store that is next, or what takes its place.

Four faces: a store with its facts and actions, a day that is done, a day without a plan,
and nothing while the first read runs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QStackedLayout, QWidget

from fieldcrm.services import today
from fieldcrm.services.today import Day, Stop, StopState
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.paint import SIGN
from fieldcrm.ui.today import words
from fieldcrm.ui.tokens import FIELD_ACTION, REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label, caption, secondary
from fieldcrm.ui.widgets.marks import Badge

HEIGHT = 264


class _Fact(QWidget):
    """A caption over a value."""

    def __init__(self, weight: int = REGULAR) -> None:
        super().__init__()
        self._caption, self._value = caption(""), Label("", 14, weight)
        self.setLayout(column(self._caption, self._value, gap=2))

    def show_fact(self, name: str, value: str) -> None:
        """Show a value, or nothing at all without one."""
        self._caption.show_text(name)
        self._value.show_text(value)
        self.setVisible(bool(value))


class HeroCard(QFrame):
    """The next store; every action is a signal, the page decides."""

    start = Signal()
    route = Signal()
    call = Signal()
    move_asked = Signal()
    skip = Signal()
    sync = Signal()
    build = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setFixedHeight(HEIGHT)
        self._store = _StoreFace(self)
        self._done = _DoneFace(self.sync.emit)
        self._empty = _EmptyFace(self.build.emit)
        self._stack = QStackedLayout(self)
        for face in (QWidget(), self._store, self._done, self._empty):
            self._stack.addWidget(face)

    def show_stop(self, day: Day, stop: Stop, now: datetime) -> None:
        """Show one store and what can be done there."""
        self._store.show_stop(day, stop, now)
        self._stack.setCurrentIndex(1)

    def show_done(self, day: Day) -> None:
        """Show the day's summary."""
        self._done.show_day(day)
        self._stack.setCurrentIndex(2)

    def show_empty(self) -> None:
        """Show that nothing is planned."""
        self._stack.setCurrentIndex(3)

    @property
    def primary(self) -> Button:
        """Return the main button of what is shown."""
        face = self._stack.currentWidget()
        return face.main if isinstance(face, _DoneFace | _EmptyFace) else self._store.start


class _StoreFace(QWidget):
    def __init__(self, card: HeroCard) -> None:
        super().__init__()
        self._badge, self._plan = Badge(), secondary("")
        self._name = Label("", 28, SEMIBOLD)
        self._where = Label("", 14, REGULAR, "text2")
        self._facts = (_Fact(), _Fact(), _Fact(SEMIBOLD))
        self.start = _action(tr("Start visit"), "play", card.start.emit, "primary", 148)
        self._route = _action(tr("Route"), "navigation-variant-outline", card.route.emit)
        self._call = _action(tr("Call"), "phone-outline", card.call.emit)
        self._move = _action(tr("Move"), "calendar-arrow-right", card.move_asked.emit, "ghost")
        self._skip = _action(tr("Skip"), "skip-next-outline", card.skip.emit, "ghost")
        actions = row(self.start, self._route, self._call, None, self._move, self._skip, gap=12)
        self.setLayout(
            column(
                row(self._badge, None, self._plan),
                12,
                self._name,
                4,
                self._where,
                None,
                row(*self._facts, None, gap=36),
                None,
                actions,
                gap=0,
                margins=(24, 20, 24, 20),
            )
        )

    def show_stop(self, day: Day, stop: Stop, now: datetime) -> None:
        icon, tone = SIGN[words.STATUS[stop.state]]
        self._badge.show_badge(_badge(stop), tone, icon)
        self._badge.show()
        self._plan.show_text(_plan(day, stop, now), "warn" if stop.is_late else "text2")
        self._name.show_text(stop.name)
        facts = stop.facts
        owner = " ".join(word for word in (facts.contact_title, facts.contact) if word)
        place = (stop.address, owner, words.kind(stop.channel, stop.grade))
        self._where.show_text(" · ".join(word for word in place if word))
        self._facts[0].show_fact(tr("Distance"), _distance(stop))
        self._facts[1].show_fact(tr("Last visit"), _last(stop, day))
        self._facts[2].show_fact(tr("To do"), "；".join(map(words.agreed, facts.todos[:2])) or stop.purpose)
        self._show_actions(stop)

    def _show_actions(self, stop: Stop) -> None:
        running = stop.state is StopState.CURRENT
        finished = stop.visit_id is not None and not running
        put_off = stop.state in (StopState.SKIPPED, StopState.MOVED)
        text = tr("Continue visit") if running else tr("Open report") if finished else tr("Start visit")
        self.start.setText(text)
        self.start.show_icon("file-document-outline" if finished else "play")
        self._route.setVisible(stop.position is not None)
        self._call.setVisible(bool(stop.facts.phone))
        for button in (self._move, self._skip):
            button.setVisible(stop.plan_id is not None and not (running or finished or put_off))


class _DoneFace(QWidget):
    def __init__(self, sync: Callable[[], object]) -> None:
        super().__init__()
        self._title = Label("", 28, SEMIBOLD)
        self._text = Label("", 14, REGULAR, "text2")
        self._facts = (_Fact(SEMIBOLD), _Fact(SEMIBOLD), _Fact(SEMIBOLD))
        self.main = _action(tr("Sync now"), "cloud-sync-outline", sync, "primary", 168)
        badge = Badge(tr("Day done"), "ok", "check-circle")
        self.setLayout(
            column(
                row(badge, None),
                12,
                self._title,
                4,
                self._text,
                None,
                row(*self._facts, None, gap=36),
                None,
                row(self.main, None),
                gap=0,
                margins=(24, 20, 24, 20),
            )
        )

    def show_day(self, day: Day) -> None:
        self._title.show_text(
            ntr("{n} store visited", "All {n} stores visited", day.done)
            if day.done == len(day.stops)
            else ntr("{n} store visited today", "{n} stores visited today", day.done)
        )
        put_off = len(day.stops) - day.done
        self._text.show_text(
            ntr("{n} stop was moved or skipped", "{n} stops were moved or skipped", put_off)
            if put_off
            else tr("Send the day to the office when you are online.")
        )
        stayed = sum(today.stayed_s(stop) for stop in day.stops)
        self._facts[0].show_fact(tr("Orders"), formats.money(today.sales_of(day.stops)))
        self._facts[1].show_fact(tr("Time in stores"), formats.duration(stayed))
        self._facts[2].show_fact(tr("Road, about"), formats.distance(day.km * 1000))


class _EmptyFace(QWidget):
    def __init__(self, build: Callable[[], object]) -> None:
        super().__init__()
        self.main = _action(tr("Plan the stores that are due"), "calendar-plus", build, "primary")
        text = tr("Take the stores that are due, or add one yourself.")
        self.setLayout(
            column(
                row(Badge(tr("No plan"), "neutral", "calendar-blank-outline"), None),
                12,
                Label(tr("Nothing is planned for today"), 28, SEMIBOLD),
                4,
                Label(text, 14, REGULAR, "text2"),
                None,
                row(self.main, None),
                gap=0,
                margins=(24, 20, 24, 20),
            )
        )


def _action(text: str, icon: str, act: Callable[[], object], kind: str = "default", wide: int = 0) -> Button:
    return Button(text, kind, icon, height=FIELD_ACTION, on_click=act, wide=wide)


def _badge(stop: Stop) -> str:
    if stop.state is StopState.NEXT:
        return tr("Next · stop {n}", n=stop.number)
    return f"{tr(words.STATE[stop.state])} · {tr('stop {n}', n=stop.number)}"


def _plan(day: Day, stop: Stop, now: datetime) -> str:
    if stop.state is StopState.CURRENT and stop.started_at is not None:
        return tr("Since {time}", time=formats.clock(stop.started_at))
    if stop.started_at and stop.ended_at:
        return formats.clock_range(stop.started_at, stop.ended_at)
    if stop.state is StopState.MOVED:
        return words.moved(stop, day.on)
    if stop.state is StopState.SKIPPED:
        return stop.reason
    if stop.start_time is None:
        return ""
    return tr("Planned {time}, now {now}", time=stop.start_time, now=formats.clock(now))


def _distance(stop: Stop) -> str:
    if stop.leg_km is None or stop.leg_minutes is None:
        return ""
    far, minutes = formats.distance(stop.leg_km * 1000), formats.duration(60 * round(stop.leg_minutes))
    return tr("{distance} · about {time}", distance=far, time=minutes)


def _last(stop: Stop, day: Day) -> str:
    facts = stop.facts
    if facts.last_visit_on is None:
        return tr("Never visited before")
    when = formats.plain_day(facts.last_visit_on, day.on)
    if facts.last_order is None:
        return when
    return tr("{day}, last order {amount}", day=when, amount=formats.money(facts.last_order))
