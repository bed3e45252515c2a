"""The visits of a day or a week for paper and spreadsheet (V9): the board's figures and every visit.

Also what changed at each store is worked out here for all visits, not for undecided ones alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.model.orders import Order
from fieldcrm.services import reviews, visit_board
from fieldcrm.services.reviews import Report
from fieldcrm.services.store_facts import ORDERED
from fieldcrm.services.team import Member
from fieldcrm.services.visit_board import Whole


@dataclass(frozen=True, slots=True)
class VisitReport:
    """Everything the paper says; ``sold`` is what was ordered in each visit, ``names`` of articles."""

    first: date
    last: date
    whole: Whole
    visits: tuple[Report, ...]
    sold: dict[UUID, Decimal]
    names: dict[str, str]


def read(session: Session, reps: Sequence[Member], first: date, last: date, *, today: date) -> VisitReport:
    """Return the report of these reps from the first day to the last."""
    begin = datetime.combine(first, time(), DEFAULT_ZONE)
    end = datetime.combine(last + timedelta(1), time(), DEFAULT_ZONE)
    found = reviews.inbox(session, [rep.id for rep in reps], since=begin, until=end, compare_all=True)
    visits = sorted(
        found, key=lambda report: (business_day(report.started_at), report.rep, report.started_at)
    )
    return VisitReport(
        first,
        last,
        visit_board.read(session, reps, first, last, today=today),
        tuple(visits),
        _sold(session, [report.visit_id for report in visits]),
        reviews.changed_names(session, visits),
    )


def _sold(session: Session, visit_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    rows = session.execute(
        select(Order.visit_id, func.sum(Order.total_amount))
        .where(Order.visit_id.in_(visit_ids), Order.archived_at.is_(None), Order.status.in_(ORDERED))
        .group_by(Order.visit_id)
    )
    return {visit_id: amount for visit_id, amount in rows if visit_id is not None}
