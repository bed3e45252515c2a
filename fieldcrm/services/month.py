"""What a rep has done this month: only what this laptop can count, no invented targets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.model.accounts import Account, Grade
from fieldcrm.model.orders import Order
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.visits import CheckOut, Visit
from fieldcrm.services.store_facts import ORDERED


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many stores of a grade were visited this month, of how many."""

    grade: str
    visited: int
    stores: int


@dataclass(frozen=True, slots=True)
class Month:
    """The month so far; ``expected`` visits were planned up to yesterday and today."""

    sales: Decimal
    visits_done: int
    visits_planned: int
    visits_expected: int
    coverage: tuple[Coverage, ...]


def so_far(session: Session, me: UUID, territory_id: UUID | None, on: date) -> Month:
    """Return my month up to a day; coverage counts the stores of my territory."""
    first = on.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return Month(
        sales=_sales(session, me, first, on),
        visits_done=_visits_done(session, me, first, after),
        visits_planned=_planned(session, me, first, after),
        visits_expected=_planned(session, me, first, on + timedelta(days=1)),
        coverage=_coverage(session, me, territory_id, first, after),
    )


def _moment(on: date) -> datetime:
    return datetime.combine(on, time(), DEFAULT_ZONE)


def _sales(session: Session, me: UUID, first: date, on: date) -> Decimal:
    total = session.scalar(
        select(func.sum(Order.total_amount)).where(
            Order.rep_id == me,
            Order.ordered_on >= first,
            Order.ordered_on <= on,
            Order.status.in_(ORDERED),
            Order.archived_at.is_(None),
        )
    )
    return total or Decimal()


def _visits_done(session: Session, me: UUID, first: date, after: date) -> int:
    query = (
        select(func.count())
        .select_from(Visit)
        .join(CheckOut, CheckOut.visit_id == Visit.id)
        .where(Visit.rep_id == me, Visit.started_at >= _moment(first), Visit.started_at < _moment(after))
    )
    return session.scalar(query) or 0


def _planned(session: Session, me: UUID, first: date, after: date) -> int:
    query = (
        select(func.count())
        .select_from(VisitPlan)
        .where(
            VisitPlan.rep_id == me,
            VisitPlan.on >= first,
            VisitPlan.on < after,
            VisitPlan.status == PlanStatus.PLANNED,
            VisitPlan.archived_at.is_(None),
        )
    )
    return session.scalar(query) or 0


def _coverage(
    session: Session, me: UUID, territory_id: UUID | None, first: date, after: date
) -> tuple[Coverage, ...]:
    mine = (
        (Account.territory_id == territory_id) & Account.archived_at.is_(None) & (Account.status == "active")
    )
    visited = select(Visit.account_id).where(
        Visit.rep_id == me, Visit.started_at >= _moment(first), Visit.started_at < _moment(after)
    )
    stores = _by_grade(session, mine)
    been = _by_grade(session, mine & Account.id.in_(visited))
    return tuple(Coverage(str(g), been.get(g, 0), stores[g]) for g in Grade if stores.get(g))


def _by_grade(session: Session, wanted: ColumnElement[bool]) -> dict[Grade, int]:
    rows = session.execute(select(Account.grade, func.count()).where(wanted).group_by(Account.grade))
    return {row.grade: row[1] for row in rows}
