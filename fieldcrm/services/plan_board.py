"""The plan as it is read: days with their stops, what is due, coverage (V1, V2).

Whether a planned visit is done follows from the visits, never from a column: a visit that
points at the plan makes it current, its check-out makes it done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.model.accounts import Account
from fieldcrm.model.joint_visits import JointState, JointVisit
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.visits import CheckOut, Visit
from fieldcrm.rules.cadence import Cadences, Standing
from fieldcrm.rules.positions import Position, stored
from fieldcrm.services import cadence


class StopState(StrEnum):
    """How a planned visit stands on a given day."""

    DONE = "done"
    CURRENT = "current"
    PLANNED = "planned"
    OVERDUE = "overdue"
    SKIPPED = "skipped"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One card of a day."""

    plan_id: UUID
    account_id: UUID
    account: str
    channel: str
    grade: str
    on: date
    start_time: str | None
    minutes: int
    state: StopState
    reason: str
    moved_to: date | None
    locked: bool
    version: int
    partner: str = ""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A day's cards in order."""

    on: date
    stops: tuple[PlannedVisit, ...]

    @property
    def minutes(self) -> int:
        """Return the minutes in stores that are planned or done."""
        counted = (StopState.SKIPPED, StopState.MOVED)
        return sum(stop.minutes for stop in self.stops if stop.state not in counted)


@dataclass(frozen=True, slots=True)
class DueAccount:
    """A store that should be visited soon and is in no plan."""

    account_id: UUID
    account: str
    channel: str
    grade: str
    due_on: date
    last_visit_on: date | None
    minutes: int
    standing: Standing = Standing.DUE


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many accounts of a grade were visited, or are planned, in a month."""

    grade: str
    covered: int
    accounts: int


def days(session: Session, rep_id: UUID, first: date, last: date, today: date) -> list[DayPlan]:
    """Return every day from ``first`` to ``last`` with its stops, empty days too."""
    plans = session.execute(
        select(VisitPlan, Account)
        .join(Account, Account.id == VisitPlan.account_id)
        .where(
            VisitPlan.rep_id == rep_id,
            VisitPlan.on.between(first, last),
            VisitPlan.archived_at.is_(None),
        )
        .order_by(VisitPlan.on, VisitPlan.sequence, VisitPlan.start_time)
    ).all()
    done, current = visited(session, [plan.id for plan, _ in plans])
    along = partners(session, rep_id, first, last)
    by_day: defaultdict[date, list[PlannedVisit]] = defaultdict(list)
    for plan, account in plans:
        partner = along.get((account.id, plan.on), "")
        by_day[plan.on].append(_card(plan, account, done, current, today, partner))
    span = (last - first).days + 1
    return [DayPlan(day, tuple(by_day[day])) for day in (first + timedelta(n) for n in range(span))]


def unplanned(
    session: Session, territory_ids: Iterable[UUID], rep_id: UUID, first: date, last: date
) -> list[DueAccount]:
    """Return accounts that fall due by ``last`` and have no plan from ``first`` on; the latest first."""
    last_visit = (
        select(Visit.account_id, func.max(Visit.started_at).label("at")).group_by(Visit.account_id).subquery()
    )
    planned = select(VisitPlan.account_id).where(
        VisitPlan.rep_id == rep_id,
        VisitPlan.on.between(first, last),
        VisitPlan.status == PlanStatus.PLANNED,
        VisitPlan.archived_at.is_(None),
    )
    rows = session.execute(
        select(Account, last_visit.c.at)
        .outerjoin(last_visit, last_visit.c.account_id == Account.id)
        .where(
            Account.territory_id.in_(list(territory_ids)),
            Account.archived_at.is_(None),
            Account.status == "active",
            Account.id.not_in(planned),
        )
    )
    held = cadence.load(session)
    found = [_due(account, held, None if at is None else business_day(at), first) for account, at in rows]
    return sorted((due for due in found if due.due_on <= last), key=lambda d: (d.due_on, d.grade, d.account))


def coverage(session: Session, territory_ids: Iterable[UUID], rep_id: UUID, month: date) -> list[Coverage]:
    """Return per grade how many accounts are visited or planned in the month of ``month``."""
    first = month.replace(day=1)
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    planned = select(VisitPlan.account_id).where(
        VisitPlan.rep_id == rep_id,
        VisitPlan.on.between(first, last),
        VisitPlan.status == PlanStatus.PLANNED,
        VisitPlan.archived_at.is_(None),
    )
    rows = session.execute(
        select(Account.grade, func.count(), func.count().filter(Account.id.in_(planned)))
        .where(Account.territory_id.in_(list(territory_ids)), Account.archived_at.is_(None))
        .group_by(Account.grade)
        .order_by(Account.grade)
    )
    return [Coverage(str(grade), covered, accounts) for grade, accounts, covered in rows]


def positions(session: Session, account_ids: Iterable[UUID]) -> dict[UUID, Position]:
    """Return where stores are, those without a position left out."""
    rows = session.execute(
        select(Account.id, Account.latitude_e7, Account.longitude_e7, Account.datum).where(
            Account.id.in_(list(account_ids))
        )
    )
    places = {key: stored(latitude, longitude, str(datum)) for key, latitude, longitude, datum in rows}
    return {key: place for key, place in places.items() if place is not None}


def partners(session: Session, rep_id: UUID, first: date, last: date) -> dict[tuple[UUID, date], str]:
    """Return who comes along, by store and day (V3)."""
    with_me = or_(JointVisit.host_id == rep_id, JointVisit.guest_id == rep_id)
    rows = session.scalars(
        select(JointVisit).where(
            with_me,
            JointVisit.on.between(first, last),
            JointVisit.archived_at.is_(None),
            JointVisit.state != JointState.DECLINED,
        )
    )
    return {
        (row.account_id, row.on): row.guest_name if row.host_id == rep_id else row.host_name for row in rows
    }


def visited(session: Session, plan_ids: list[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Return which plans have a finished visit, and which an open one."""
    closed = select(CheckOut.visit_id)
    rows = session.execute(
        select(Visit.plan_id, Visit.id.in_(closed)).where(Visit.plan_id.in_(plan_ids))
    ).all()
    done = {plan_id for plan_id, is_done in rows if is_done and plan_id}
    return done, {plan_id for plan_id, _ in rows if plan_id} - done


def _card(
    plan: VisitPlan, account: Account, done: set[UUID], current: set[UUID], today: date, partner: str
) -> PlannedVisit:
    return PlannedVisit(
        plan.id,
        account.id,
        account.name,
        str(account.channel),
        str(account.grade),
        plan.on,
        plan.start_time,
        plan.minutes,
        _state(plan, done, current, today),
        plan.reason,
        plan.moved_to,
        plan.locked,
        plan.version,
        partner,
    )


def _state(plan: VisitPlan, done: set[UUID], current: set[UUID], today: date) -> StopState:
    if plan.id in done:
        return StopState.DONE
    if plan.id in current:
        return StopState.CURRENT
    if plan.status == PlanStatus.SKIPPED:
        return StopState.SKIPPED
    if plan.status == PlanStatus.MOVED:
        return StopState.MOVED
    return StopState.OVERDUE if plan.on < today else StopState.PLANNED


def _due(account: Account, held: Cadences, last_visit: date | None, today: date) -> DueAccount:
    found = held.outlook(cadence.store_of(account), last_visit, today)
    return DueAccount(
        account.id,
        account.name,
        str(account.channel),
        str(account.grade),
        found.due_on,
        last_visit,
        account.service_minutes,
        found.standing,
    )
