"""The plan page: week, month or list, stores that wait for a day, coverage of the month (V1, V2).

Every change is saved at once and can be undone with Ctrl+Z as long as the page is open.
A manager chooses whose plan is shown; visits he adds carry his name as their origin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.model.plans import PlanOrigin
from fieldcrm.model.users import Role
from fieldcrm.rules.routing.offers import Offer
from fieldcrm.rules.routing.weeks import Proposed
from fieldcrm.services import joint_visits, plan_board, plan_weeks, team
from fieldcrm.services.plan_board import Coverage, DayPlan, DueAccount, PlannedVisit, StopState
from fieldcrm.services.plan_weeks import Week
from fieldcrm.services.routes import DayQuestion
from fieldcrm.services.team import Member
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.plan import calendar_file, changes
from fieldcrm.ui.plan.approval import WeekCard
from fieldcrm.ui.plan.board import Cards, WeekBoard
from fieldcrm.ui.plan.changes import Step
from fieldcrm.ui.plan.dialogs import ask_reason
from fieldcrm.ui.plan.list_view import WeekList
from fieldcrm.ui.plan.month import MonthGrid
from fieldcrm.ui.plan.proposal import ProposalDialog
from fieldcrm.ui.plan.replan import Replan
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.frames import Header, ListPane, card, column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption, secondary
from fieldcrm.ui.widgets.marks import Meter
from fieldcrm.ui.widgets.typing import SearchField

_UNDO_LIMIT = 50
_SPANS = ("week", "month", "list")
_OPEN = (StopState.PLANNED, StopState.OVERDUE)


@dataclass(frozen=True, slots=True)
class _Read:
    days: list[DayPlan]
    waiting: list[DueAccount]
    coverage: list[Coverage]
    people: list[tuple[UUID, str]]
    week: Week


class PlanPage(Page):
    """A board of days beside the stores that are due."""

    watches = frozenset({"joint_visit", "plan_week", "visit_plan", "visit", "check_out", "account"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._today = context.today()
        self._monday = self._today - timedelta(self._today.weekday())
        self._month = self._today.replace(day=1)
        self._shows_month = False
        self._rep = Member(context.me.id, context.me.name, context.me.title, context.me.territory_id)
        self._undo: list[tuple[str, Step]] = []
        self._waiting: list[DueAccount] = []
        self._members: list[Member] = []
        self._people: list[tuple[UUID, str]] = []
        self._wanted: UUID | None = None
        self._build()
        self._bind_keys()
        if context.me.role != Role.REP:
            self.jobs.read(self, lambda s: team.reps_of(s, context.me.id), self._show_reps)

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self._reps = ChoiceField([], name=tr("Whose plan"))
        self._reps.setVisible(False)
        self._reps.chosen.connect(self._on_rep)
        self._span = Segments(
            [("week", tr("Week")), ("month", tr("Month")), ("list", tr("List"))], current="week", even=False
        )
        self._span.setFixedHeight(40)
        self._span.chosen.connect(self._on_span)
        self._header = Header(
            tr("Plan"), "",
            (
                self._reps, self._span,
                IconButton("chevron-left", tr("Earlier"), lambda: self._go(-1)),
                Button(tr("Today"), on_click=self._go_today),
                IconButton("chevron-right", tr("Later"), lambda: self._go(1)),
                IconButton("check-circle-outline", tr("Ready for tomorrow?"), self.show_departure),
                IconButton("calendar-export", tr("Save as a calendar file"), self._on_calendar),
                IconButton("chart-box-outline", tr("Visit board"), self.show_board),
                IconButton("account-multiple-outline", tr("Accompanied visits"), self.show_company),
                IconButton("content-copy", tr("Repeat next week"), self._on_repeat),
                Button(tr("Order the day"), "primary", "sign-direction", on_click=self._on_order),
            ),
        )  # fmt: skip
        self._board = WeekBoard()
        for place, day in enumerate(self._board.columns):
            self._listen(day.cards, place)
        self._grid = MonthGrid()
        self._grid.opened.connect(self._open_week)
        self.list = WeekList()
        self.list.opened.connect(self._on_opened)
        self.list.asked.connect(self._on_menu)
        self.list.sent.connect(lambda shown, digit: self._put(shown, self._monday + timedelta(digit), 99))
        self._spans = QStackedWidget()
        for span in (self._board, self._grid, self.list):
            self._spans.addWidget(span)
        self._meters = [Meter() for _ in range(3)]
        names = column(
            Label(tr("Covered this month"), 14, SEMIBOLD), caption(tr("planned visits included")), gap=2
        )
        self._covered = card(row(names, 24, *self._meters, gap=24), margins=(20, 12, 20, 12))
        self.week = WeekCard(self.context)
        right = column(self._spans, self.week, self._covered, gap=12, margins=(20, 16, 20, 16))
        right.setStretch(0, 1)
        body = row(self._waiting_pane(), right, gap=0)
        body.setStretch(1, 1)
        self.outer.addWidget(self._header)
        self.outer.addLayout(body, 1)

    def _waiting_pane(self) -> ListPane:
        self._count = secondary("")
        self._filter = SearchField(tr("Filter"), "Ctrl F")
        self._filter.settled.connect(lambda _text: self._show_waiting())
        self._due = Cards(tr("Stores that wait for a day"), takes_drops=False)
        self._listen(self._due, -1)
        self._none = Paragraph("", 13, 400, "text2")
        inside = holder(column(self._due, self._none, None, gap=8, margins=(16, 4, 16, 16)))
        head = column(
            row(Label(tr("To plan"), 15, SEMIBOLD), self._count, None, gap=8),
            self._filter,
            gap=12,
            margins=(16, 16, 16, 8),
        )
        hint = caption(tr("Drag to a day, or press 1–7"))
        propose = Button(tr("Propose by cadence"), icon="calendar-check", on_click=self._on_propose)
        foot = column(propose, hint, gap=8, margins=(16, 8, 16, 12))
        return ListPane(head, scrolling(inside), foot, width=240)

    def show_board(self) -> None:
        """Show what became of the plan."""
        self.context.shell.open("visit_board")

    def show_departure(self) -> None:
        """Show what the next days still lack."""
        self.context.shell.open("departure")

    def _listen(self, cards: Cards, place: int) -> None:
        cards.opened.connect(self._on_opened)
        cards.sent.connect(lambda shown, digit: self._put(shown, self._monday + timedelta(digit), 99))
        cards.nudged.connect(self._on_nudged)
        cards.asked.connect(self._on_menu)
        cards.dropped.connect(
            lambda kind, key, slot: self._on_dropped(kind, key, self._monday + timedelta(place), slot)
        )

    def _bind_keys(self) -> None:
        self.bind("Ctrl+F", self._filter.setFocus, tr("Filter the stores to plan"))
        self.bind("Ctrl+Z", self._take_back, tr("Undo"))
        self.bind("Ctrl+Left", lambda: self._go(-1), tr("Earlier"))
        self.bind("Ctrl+Right", lambda: self._go(1), tr("Later"))
        self.bind("T", self._go_today, tr("Today"))
        self.bind("Ctrl+Return", self._on_order, tr("Order the day"))

    def panes(self) -> list[QWidget]:
        """Return the stores to plan and each day."""
        days = [day.cards for day in self._board.columns if day.isVisible()]
        return [self._due, *days, *([self.list.table] if self.list.isVisible() else [])]

    def show_place(self, **where: object) -> None:
        """Show the week of ``on``, and the plan of ``rep_id``."""
        on, rep_id = where.get("on"), where.get("rep_id")
        if isinstance(rep_id, UUID):
            self._wanted = rep_id
            self._choose_wanted()
        if isinstance(on, date):
            self._open_week(on)

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the days, the stores that are due and the coverage again."""
        self._today = self.context.today()
        rep, today = self._rep, self._today
        first, last = self._range()
        monday = self._monday
        waits_from = max(first, today)
        waits_to = max(last, today + timedelta(6))

        def read(session: Session) -> _Read:
            territories = team.territories_under(session, rep.territory_id)
            return _Read(
                plan_board.days(session, rep.id, first, last, today),
                plan_board.unplanned(session, territories, rep.id, waits_from, waits_to),
                plan_board.coverage(session, territories, rep.id, self._monday),
                joint_visits.guests(session, self.context.me.id, []),
                plan_weeks.week(session, rep.id, monday),
            )

        asked = rep, first, last
        self.jobs.read(self, read, lambda found: self._on_read(asked, found))

    def _on_read(self, asked: tuple[Member, date, date], found: _Read) -> None:
        """Show an answer unless somebody else's plan, or other days, are wanted by now."""
        if asked == (self._rep, *self._range()):
            self._show(found)

    def _range(self) -> tuple[date, date]:
        if not self._shows_month:
            return self._monday, self._monday + timedelta(6)
        first = self._month - timedelta(self._month.weekday())
        following = (self._month + timedelta(31)).replace(day=1) - timedelta(1)
        return first, following + timedelta(6 - following.weekday())

    def _show(self, read: _Read) -> None:
        self._waiting, self._people = read.waiting, read.people
        self.week.show_week(read.week, self._rep, self._monday, mine=self._rep.id == self.context.me.id)
        self.week.setVisible(not self._shows_month)
        if self._shows_month:
            self._grid.show_month(self._month, read.days, self._today)
            self._header.show_facts(formats.month(self._month))
        elif len(read.days) == 7:
            self._board.show_days(read.days, self._today)
            self.list.show_days(read.days, self._today)
            week = self._monday.isocalendar().week
            span = formats.day_range(self._monday, self._monday + timedelta(6))
            self._header.show_facts(tr("Week {n} · {days} · saved on this laptop", n=week, days=span))
        self._show_waiting()
        for meter, grade in zip(self._meters, read.coverage, strict=False):
            share = grade.covered / grade.accounts if grade.accounts else 0
            tick = self._today.day / 30 if self._today.month == self._monday.month else None
            meter.show_meter(
                tr("Grade {grade}", grade=grade.grade), str(grade.covered),
                ntr("{n} store", "{n} stores", grade.accounts), share, min(1.0, tick) if tick else None,
            )  # fmt: skip
        for meter in self._meters[len(read.coverage) :]:
            meter.setVisible(False)

    def _show_waiting(self) -> None:
        wanted = self._filter.text().strip().casefold()
        shown = [due for due in self._waiting if wanted in due.account.casefold()]
        self._count.show_text(ntr("{n} store", "{n} stores", len(shown)))
        self._due.show_rows(shown[:200], self._today)
        self._due.setVisible(bool(shown))
        self._none.setVisible(not shown)
        self._none.show_text(
            tr("No store of this name waits.") if wanted else tr("Every store that is due has its day.")
        )

    def _show_reps(self, reps: list[Member]) -> None:
        self._members = reps
        self._reps.show_choices([(rep, rep.name) for rep in reps], reps[0] if reps else None)
        self._reps.setVisible(bool(reps))
        if reps:
            self._on_rep(reps[0])
        self._choose_wanted()

    def _choose_wanted(self) -> None:
        rep = next((rep for rep in self._members if rep.id == self._wanted), None)
        if rep is not None:
            self._wanted = None
            self._reps.choose(rep)
            self._on_rep(rep)

    # -- moving about ---------------------------------------------------------------------

    def _on_rep(self, rep: object) -> None:
        if isinstance(rep, Member):
            self._rep = rep
            self._undo.clear()
            self.refresh()

    def _on_span(self, span: object) -> None:
        self._shows_month = span == "month"
        self._span.choose(span)
        self._spans.setCurrentIndex(_SPANS.index(str(span)))
        if self._shows_month:
            self._month = (self._monday + timedelta(3)).replace(day=1)
        self.refresh()

    def _go(self, step: int) -> None:
        if self._shows_month:
            self._month = (self._month + timedelta(31 if step > 0 else -1)).replace(day=1)
        else:
            self._monday += timedelta(7 * step)
        self.refresh()

    def _go_today(self) -> None:
        self._monday = self._today - timedelta(self._today.weekday())
        self._month = self._today.replace(day=1)
        self.refresh()

    def _open_week(self, on: date) -> None:
        self._monday = on - timedelta(on.weekday())
        self._span.choose("week")
        self._on_span("week")

    def _on_opened(self, shown: PlannedVisit | DueAccount) -> None:
        self.context.shell.open("account", account_id=shown.account_id)

    # -- changing -------------------------------------------------------------------------

    def _put(self, shown: PlannedVisit | DueAccount, on: date, place: int) -> None:
        rep_id, at, today = self._rep.id, self.context.now(), self._today
        if isinstance(shown, PlannedVisit):
            if shown.state not in _OPEN or (shown.on == on and place == 99):
                return
            do = changes.move(shown.plan_id, shown.on, on, place, rep_id=rep_id, at=at, today=today)
        else:
            do = changes.add(
                shown.account_id, on, place, rep_id=rep_id, at=at, today=today, origin=self._origin()
            )
        self._change(do, tr("{store} is on {day}", store=shown.account, day=formats.day(on, today)))

    def _on_dropped(self, kind: str, key: UUID, on: date, place: int) -> None:
        rows: list[PlannedVisit | DueAccount] = [*self._waiting]
        rows += [stop for day in self._board.columns for stop in day.day.stops]
        wanted = "plan_id" if kind == "plan" else "account_id"
        found = (shown for shown in rows if getattr(shown, wanted, None) == key)
        if (shown := next(found, None)) is not None:
            self._put(shown, on, place)

    def _on_nudged(self, shown: PlannedVisit | DueAccount, step: int) -> None:
        if not isinstance(shown, PlannedVisit):
            return
        day = self._board.columns[(shown.on - self._monday).days].day
        order = [(stop.plan_id, stop.start_time) for stop in day.stops]
        place = [stop.plan_id for stop in day.stops].index(shown.plan_id)
        if not 0 <= place + step < len(order):
            return
        order.insert(place + step, order.pop(place))
        do = changes.arrange(shown.on, order, rep_id=self._rep.id, today=self._today)
        self._change(do, "")

    def _on_menu(self, shown: PlannedVisit | DueAccount, where: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction(tr("Open account"), lambda: self._on_opened(shown))
        days = menu.addMenu(tr("Put on"))
        for digit in range(7):
            on = self._monday + timedelta(digit)
            if on >= self._today and getattr(shown, "on", None) != on:
                days.addAction(formats.day(on, self._today), partial(self._put, shown, on, 99))
        if isinstance(shown, PlannedVisit) and shown.state in _OPEN:
            menu.addAction(tr("Skip…"), lambda: self._ask_skip(shown))
            menu.addAction(tr("Take out of the plan"), lambda: self._remove(shown))
            if not shown.partner and shown.on >= self._today:
                self._offer_company(menu, shown)
        menu.popup(where)

    def _offer_company(self, menu: QMenu, stop: PlannedVisit) -> None:
        """Let somebody come along: oneself on a rep's plan, anybody else on one's own."""
        me = self.context.me
        if self._rep.id != me.id:
            menu.addAction(tr("Join this visit"), lambda: self._invite(stop, me.id, me.name))
            return
        along = menu.addMenu(tr("Invite along"))
        for key, name in self._people:
            along.addAction(name, partial(self._invite, stop, key, name))
        along.setEnabled(bool(self._people))

    def _invite(self, stop: PlannedVisit, guest: UUID, name: str) -> None:
        do = changes.invite(
            stop.plan_id, guest, me=self.context.me.id, at=self.context.now(), today=self._today
        )
        joined = guest == self.context.me.id
        said = (
            tr("You join {rep} at {store}", rep=self._rep.name, store=stop.account)
            if joined
            else tr("{person} is invited to {store}", person=name, store=stop.account)
        )
        self._change(do, said)

    def show_company(self) -> None:
        """Show the accompanied visits."""
        self.context.shell.open("joint")

    def _ask_skip(self, stop: PlannedVisit) -> None:
        ask_reason(self, stop.account, lambda reason: self._skip(stop, reason))

    def _skip(self, stop: PlannedVisit, reason: str) -> None:
        self._change(changes.skip(stop.plan_id, reason), tr("Skipped {store}", store=stop.account))

    def _remove(self, stop: PlannedVisit) -> None:
        do = changes.remove(
            stop.plan_id,
            stop.account_id,
            stop.on,
            rep_id=self._rep.id,
            at=self.context.now(),
            today=self._today,
        )
        self._change(do, tr("{store} is out of the plan", store=stop.account))

    def _on_planned_due(self, made: tuple[Step, int]) -> None:
        step, number = made
        if number:
            self._remember(ntr("{n} store has its day now", "{n} stores have their day now", number), step)
        else:
            self.context.shell.toast(tr("Every store that is due has its day, or the days are full."))

    def _on_propose(self) -> None:
        first = max(self._monday, self._today)
        ProposalDialog(self.context, self._rep, first, self._take_weeks).show_over(self)

    def _take_weeks(self, days: Sequence[Proposed[UUID]]) -> None:
        do = changes.take_weeks(days, rep_id=self._rep.id, at=self.context.now(), today=self._today)
        self.jobs.write(self, do, self._on_planned_due)

    def _on_repeat(self) -> None:
        do = changes.repeat(self._monday, rep_id=self._rep.id, at=self.context.now(), today=self._today)
        self.jobs.write(self, do, self._on_repeated)

    def _on_repeated(self, made: tuple[Step, int]) -> None:
        step, number = made
        said = ntr("{n} visit planned for next week", "{n} visits planned for next week", number)
        self._remember(said, step)

    def _on_calendar(self) -> None:
        calendar_file.ask_and_save(self.context, self._rep.id, self._rep.name)

    def _on_order(self) -> None:
        on = self._focused_day()
        now = self.context.now() if on == self._today else None
        Replan(self.context, self._rep.id, on, self._take_offer, at=now).show_over(self)

    def _take_offer(self, asked: DayQuestion, offer: Offer[UUID]) -> None:
        do = changes.replan(asked, offer, rep_id=self._rep.id, at=self.context.now(), today=self._today)
        self._change(do, tr("{day} is planned anew", day=formats.day(asked.on, self._today)))

    def _focused_day(self) -> date:
        focused = next((day.day.on for day in self._board.columns if day.cards.hasFocus()), None)
        if self.list.table.hasFocus() and self.list.table.row() is not None:
            focused = self.list.table.row().on
        if focused is not None and focused >= self._today:
            return focused
        return max(self._today, self._monday)

    def _origin(self) -> PlanOrigin:
        return PlanOrigin.REP if self.context.me.role == Role.REP else PlanOrigin.MANAGER

    def _change(self, do: Callable[[Session], Step], said: str) -> None:
        self.jobs.write(self, do, lambda step: self._remember(said, step))

    def _remember(self, said: str, step: Step) -> None:
        self._undo.append((said, step))
        del self._undo[:-_UNDO_LIMIT]
        if said:
            self.context.shell.toast(said, undo=self._take_back)

    def _take_back(self) -> None:
        if self._undo:
            _, step = self._undo.pop()
            self.jobs.write(self, step.undo)
