"""A rep's day in one read: the stops in order, what each is about, and what is next (V1, V6).

A stop is a planned visit, or a visit nobody planned. Its state follows from events: a visit
that points at the plan makes it done or current; the rest keeps the plan's own word.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.users import Territory, User
from fieldcrm.model.visits import CheckOut, Visit
from fieldcrm.rules.positions import Position
from fieldcrm.rules.routing.distances import Travel
from fieldcrm.services import store_facts
from fieldcrm.services.visits import OpenVisit, open_visits, store_position

LATE_AFTER = timedelta(minutes=15)
TRAVEL = Travel()


class StopState(StrEnum):
    """Where a stop of today stands."""

    DONE = "done"
    CURRENT = "current"
    NEXT = "next"
    PLANNED = "planned"
    LATE = "late"
    SKIPPED = "skipped"
    MOVED = "moved"


OPEN_STATES = frozenset({StopState.NEXT, StopState.PLANNED, StopState.LATE})


@dataclass(frozen=True, slots=True)
class Stop:
    """One store of the day; the leg is the estimated road from the stop before."""

    number: int
    account_id: UUID
    name: str
    channel: str
    grade: str
    address: str
    state: StopState
    plan_id: UUID | None = None
    visit_id: UUID | None = None
    start_time: str | None = None
    minutes: int = 30
    purpose: str = ""
    reason: str = ""
    moved_to: date | None = None
    locked: bool = False
    is_late: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    position: Position | None = None
    leg_km: float | None = None
    leg_minutes: float | None = None
    facts: store_facts.StoreFacts = store_facts.NOTHING

    @property
    def is_open(self) -> bool:
        """Return whether it is still to be visited today."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Day:
    """Everything the Today page shows of one day."""

    on: date
    territory: str
    stops: tuple[Stop, ...]
    running: OpenVisit | None
    missed: tuple[OpenVisit, ...]
    km: float
    finish_at: datetime | None

    @property
    def next_stop(self) -> Stop | None:
        """Return the stop that is largest on the screen: the running one, else the next."""
        wanted = (StopState.CURRENT, StopState.NEXT)
        return next((stop for state in wanted for stop in self.stops if stop.state is state), None)

    @property
    def done(self) -> int:
        """Return how many visits are finished."""
        return sum(stop.state is StopState.DONE for stop in self.stops)

    @property
    def left(self) -> int:
        """Return how many stores are still to be visited, the running one included."""
        return sum(stop.is_open or stop.state is StopState.CURRENT for stop in self.stops)

    @property
    def late(self) -> int:
        """Return how many stops are past their planned time."""
        return sum(stop.is_late for stop in self.stops)


def day(session: Session, me: UUID, at: datetime) -> Day:
    """Return my business day at this moment."""
    on = business_day(at)
    plans = session.scalars(
        select(VisitPlan)
        .where(
            VisitPlan.rep_id == me,
            VisitPlan.on == on,
            VisitPlan.archived_at.is_(None),
        )
        .order_by(VisitPlan.sequence, VisitPlan.start_time, VisitPlan.id)
    ).all()
    visits = _visits(session, me, on, [plan.id for plan in plans])
    stops = _stops(session, plans, visits, at)
    unclosed = open_visits(session, me, on)
    return Day(
        on=on,
        territory=_territory(session, me),
        stops=tuple(stops),
        running=next((visit for visit in unclosed if business_day(visit.started_at) == on), None),
        missed=tuple(visit for visit in unclosed if business_day(visit.started_at) < on),
        km=sum(stop.leg_km or 0 for stop in stops),
        finish_at=_finish(stops, at),
    )


@dataclass(frozen=True, slots=True)
class _Stay:
    visit: Visit
    ended_at: datetime | None


def _visits(session: Session, me: UUID, on: date, plan_ids: Collection[UUID]) -> list[_Stay]:
    begin = datetime.combine(on, time(), DEFAULT_ZONE)
    today = (Visit.started_at >= begin) & (Visit.started_at < begin + timedelta(days=1))
    query = (
        select(Visit, CheckOut.at)
        .outerjoin(CheckOut, CheckOut.visit_id == Visit.id)
        .where(Visit.rep_id == me, Visit.archived_at.is_(None), today | Visit.plan_id.in_(plan_ids))
        .order_by(Visit.started_at)
    )
    return [_Stay(visit, ended_at) for visit, ended_at in session.execute(query)]


def _stops(session: Session, plans: Sequence[VisitPlan], stays: Sequence[_Stay], at: datetime) -> list[Stop]:
    stays_of = {stay.visit.plan_id: stay for stay in stays if stay.visit.plan_id is not None}
    planned = {plan.id for plan in plans}
    unplanned = [stay for stay in stays if stay.visit.plan_id not in planned]
    ids = [plan.account_id for plan in plans] + [stay.visit.account_id for stay in unplanned]
    accounts = {
        account.id: account for account in session.scalars(select(Account).where(Account.id.in_(ids)))
    }
    facts = store_facts.of_stores(session, ids, business_day(at))
    stops = [
        _stop(accounts[plan.account_id], plan, stays_of.get(plan.id), facts)
        for plan in plans
        if plan.account_id in accounts
    ]
    extra = [
        _stop(accounts[s.visit.account_id], None, s, facts)
        for s in unplanned
        if s.visit.account_id in accounts
    ]
    return _numbered(_merged(stops, extra), at)


def _stop(
    account: Account,
    plan: VisitPlan | None,
    stay: _Stay | None,
    facts: dict[UUID, store_facts.StoreFacts],
) -> Stop:
    stop = Stop(
        number=0,
        account_id=account.id,
        name=account.name,
        channel=str(account.channel),
        grade=str(account.grade),
        address=account.address,
        state=_state(plan, stay),
        position=store_position(account),
        minutes=account.service_minutes,
        facts=facts.get(account.id, store_facts.NOTHING),
    )
    if plan is not None:
        stop = replace(
            stop,
            plan_id=plan.id,
            start_time=plan.start_time,
            minutes=plan.minutes,
            purpose=plan.purpose,
            reason=plan.reason,
            moved_to=plan.moved_to,
            locked=plan.locked,
        )
    if stay is not None:
        stop = replace(stop, visit_id=stay.visit.id, started_at=stay.visit.started_at, ended_at=stay.ended_at)
    return stop


def _state(plan: VisitPlan | None, stay: _Stay | None) -> StopState:
    if stay is not None:
        return StopState.CURRENT if stay.ended_at is None else StopState.DONE
    words = {PlanStatus.SKIPPED: StopState.SKIPPED, PlanStatus.MOVED: StopState.MOVED}
    return StopState.PLANNED if plan is None else words.get(plan.status, StopState.PLANNED)


def _merged(planned: list[Stop], extra: Sequence[Stop]) -> list[Stop]:
    """Put unplanned visits where they happened: before the first stop not yet begun."""
    for stop in extra:
        places = (n for n, other in enumerate(planned) if _begins_after(other, stop))
        planned.insert(next(places, len(planned)), stop)
    return planned


def _begins_after(other: Stop, stop: Stop) -> bool:
    if other.started_at is None:
        return other.state is StopState.PLANNED
    return stop.started_at is not None and other.started_at > stop.started_at


def _numbered(stops: Sequence[Stop], at: datetime) -> list[Stop]:
    running = any(stop.state is StopState.CURRENT for stop in stops)
    numbered: list[Stop] = []
    before: Position | None = None
    for n, stop in enumerate(stops, start=1):
        state = stop.state
        if state is StopState.PLANNED and not running:
            state, running = StopState.NEXT, True
        elif state is StopState.PLANNED and _is_late(stop, at):
            state = StopState.LATE
        late = state in OPEN_STATES and _is_late(stop, at)
        here = None if state in {StopState.SKIPPED, StopState.MOVED} else stop.position
        km, minutes = _leg(before, here)
        numbered.append(replace(stop, number=n, state=state, is_late=late, leg_km=km, leg_minutes=minutes))
        before = here or before
    return numbered


def _leg(before: Position | None, here: Position | None) -> tuple[float | None, float | None]:
    if before is None or here is None:
        return None, None
    ends = before.place(), here.place()
    return TRAVEL.km(*ends), TRAVEL.minutes(*ends)


def _is_late(stop: Stop, at: datetime) -> bool:
    return stop.start_time is not None and at > planned_at(stop, business_day(at)) + LATE_AFTER


def planned_at(stop: Stop, on: date) -> datetime:
    """Return the moment a stop is planned for; the day's beginning when it has no time."""
    hour, _, minute = (stop.start_time or "0:0").partition(":")
    return datetime.combine(on, time(int(hour), int(minute)), DEFAULT_ZONE)


def _finish(stops: Sequence[Stop], at: datetime) -> datetime | None:
    """Return when the last stop is likely to end, from now or from its planned time."""
    moment, any_open = at, False
    for stop in stops:
        if stop.state is StopState.CURRENT:
            stay = timedelta(minutes=stop.minutes)
            moment, any_open = max(at, (stop.started_at or at) + stay), True
        elif stop.is_open:
            arrival = moment + timedelta(minutes=stop.leg_minutes or 0)
            if stop.start_time is not None:
                arrival = max(arrival, planned_at(stop, business_day(at)))
            moment, any_open = arrival + timedelta(minutes=stop.minutes), True
    return moment if any_open else None


def _territory(session: Session, me: UUID) -> str:
    name = session.scalar(
        select(Territory.name).join(User, User.territory_id == Territory.id).where(User.id == me)
    )
    return name or ""


def stayed_s(stop: Stop) -> float:
    """Return the seconds a finished visit took."""
    if stop.started_at is None or stop.ended_at is None:
        return 0.0
    return (stop.ended_at - stop.started_at).total_seconds()


def sales_of(stops: Sequence[Stop]) -> Decimal:
    """Return what was ordered on the day's visits."""
    return sum((stop.facts.ordered_today for stop in stops), Decimal())
