"""A team's day as far as it has reached this laptop (V9): who is where, and how far.

Nothing is asked of the office here: while both are online a rep's check-in arrives within a
second. A rep who is offline simply stands still, with the time he was last heard of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.visits import CheckIn, CheckOut, Visit
from fieldcrm.rules.positions import Position, stored
from fieldcrm.services.team import Member

LATE_MINUTES = 30
_NO_SALE = (OrderStatus.CANCELLED, OrderStatus.DRAFT)


class Doing(StrEnum):
    """What a rep is doing now, as far as is known."""

    IN_STORE = "in_store"
    ON_THE_ROAD = "on_the_road"
    FINISHED = "finished"
    NOT_BEGUN = "not_begun"
    NOTHING_PLANNED = "nothing_planned"


@dataclass(frozen=True, slots=True)
class RepDay:
    """One rep's day; ``store`` is where he is, or was last; ``heard`` the latest thing known of him."""

    rep: Member
    doing: Doing
    planned: int = 0
    done: int = 0
    unplanned: int = 0
    dropped: int = 0
    late: int = 0
    store: str = ""
    visit_id: UUID | None = None
    since: datetime | None = None
    heard: datetime | None = None
    position: Position | None = None
    minutes_in_store: int = 0
    orders: int = 0
    amount: Decimal = Decimal()

    @property
    def id(self) -> UUID:
        """Return what identifies the line."""
        return self.rep.id


@dataclass(slots=True)
class _Stay:
    visit: Visit
    account: str
    left_at: datetime | None
    position: Position | None


def team_day(session: Session, reps: Sequence[Member], on: date, now: datetime) -> list[RepDay]:
    """Return each rep's day, those who need a look first: late, then not begun, then the others."""
    ids = [rep.id for rep in reps]
    stays, plans, sold = _stays(session, ids, on), _plans(session, ids, on), _sold(session, ids, on)
    days = [_day(rep, stays[rep.id], plans[rep.id], sold.get(rep.id), on, now) for rep in reps]
    order = (Doing.NOT_BEGUN, Doing.IN_STORE, Doing.ON_THE_ROAD, Doing.FINISHED, Doing.NOTHING_PLANNED)
    return sorted(days, key=lambda day: (not day.late, order.index(day.doing), day.rep.name))


def _day(
    rep: Member,
    stays: Sequence[_Stay],
    plans: Sequence[VisitPlan],
    sold: tuple[int, Decimal] | None,
    on: date,
    now: datetime,
) -> RepDay:
    visited = {stay.visit.plan_id for stay in stays}
    waiting = [plan for plan in plans if plan.status == PlanStatus.PLANNED and plan.id not in visited]
    done = Counter(stay.visit.plan_id in {plan.id for plan in plans} for stay in stays if stay.left_at)
    last = stays[-1] if stays else None
    here = next((stay.position for stay in reversed(stays) if stay.position is not None), None)
    orders, amount = sold or (0, Decimal())
    return RepDay(
        rep,
        _doing(last, waiting, plans),
        planned=sum(plan.status == PlanStatus.PLANNED for plan in plans),
        done=done[True],
        unplanned=done[False],
        dropped=sum(plan.status != PlanStatus.PLANNED for plan in plans),
        late=sum(_is_late(plan, on, now) for plan in waiting),
        store=last.account if last else "",
        visit_id=last.visit.id if last else None,
        since=None if last is None else last.left_at or last.visit.started_at,
        heard=None if last is None else last.left_at or last.visit.started_at,
        position=here,
        minutes_in_store=round(sum(_minutes(stay, now) for stay in stays)),
        orders=orders,
        amount=amount,
    )


def _doing(last: _Stay | None, waiting: Sequence[VisitPlan], plans: Sequence[VisitPlan]) -> Doing:
    if last is not None and last.left_at is None:
        return Doing.IN_STORE
    if not plans and last is None:
        return Doing.NOTHING_PLANNED
    if last is None:
        return Doing.NOT_BEGUN
    return Doing.ON_THE_ROAD if waiting else Doing.FINISHED


def _is_late(plan: VisitPlan, on: date, now: datetime) -> bool:
    if plan.start_time is None:
        return False
    hours, minutes = map(int, plan.start_time.split(":"))
    meant = datetime.combine(on, time(hours, minutes), DEFAULT_ZONE)
    return now - meant > timedelta(minutes=LATE_MINUTES)


def _minutes(stay: _Stay, now: datetime) -> float:
    return max(0.0, ((stay.left_at or now) - stay.visit.started_at).total_seconds() / 60)


def _stays(session: Session, rep_ids: Sequence[UUID], on: date) -> defaultdict[UUID, list[_Stay]]:
    begin = datetime.combine(on, time(), DEFAULT_ZONE)
    rows = session.execute(
        select(Visit, Account.name, CheckOut.at, CheckIn)
        .outerjoin(Account, Account.id == Visit.account_id)
        .outerjoin(CheckOut, CheckOut.visit_id == Visit.id)
        .outerjoin(CheckIn, CheckIn.visit_id == Visit.id)
        .where(
            Visit.rep_id.in_(rep_ids),
            Visit.started_at >= begin,
            Visit.started_at < begin + timedelta(days=1),
            Visit.archived_at.is_(None),
        )
        .order_by(Visit.started_at)
    )
    found: defaultdict[UUID, list[_Stay]] = defaultdict(list)
    for visit, account, left_at, arrived in rows:
        here = None
        if arrived is not None:
            here = stored(arrived.latitude_e7, arrived.longitude_e7, str(arrived.datum))
        found[visit.rep_id].append(_Stay(visit, account or "", left_at, here))
    return found


def _plans(session: Session, rep_ids: Sequence[UUID], on: date) -> defaultdict[UUID, list[VisitPlan]]:
    found: defaultdict[UUID, list[VisitPlan]] = defaultdict(list)
    for plan in session.scalars(
        select(VisitPlan).where(
            VisitPlan.rep_id.in_(rep_ids), VisitPlan.on == on, VisitPlan.archived_at.is_(None)
        )
    ):
        found[plan.rep_id].append(plan)
    return found


def _sold(session: Session, rep_ids: Sequence[UUID], on: date) -> dict[UUID, tuple[int, Decimal]]:
    rows = session.execute(
        select(Order.rep_id, func.count(), func.sum(Order.total_amount))
        .where(
            Order.rep_id.in_(rep_ids),
            Order.ordered_on == on,
            Order.archived_at.is_(None),
            Order.status.not_in(_NO_SALE),
        )
        .group_by(Order.rep_id)
    )
    return {rep_id: (count, amount or Decimal()) for rep_id, count, amount in rows}
