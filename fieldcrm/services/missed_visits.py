"""Check-outs that were forgotten and never stated: closed by rule after some days, and marked so (V6, V7).

The rep has three days to say when he left. Then the visit ends with the last thing done in it on
its day, because nothing later is known; whoever reviews it sees that nobody said so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.model.orders import Order
from fieldcrm.model.visits import Photo, StepAnswer
from fieldcrm.rules.visits import GapCode
from fieldcrm.services import visits
from fieldcrm.services.visits import OpenVisit

CLOSED_AFTER = timedelta(days=3)


def close_overdue(session: Session, me: UUID, now: datetime) -> list[OpenVisit]:
    """Close my visits that nobody has closed for days; returns them."""
    today = business_day(now)
    late = [
        visit
        for visit in visits.open_visits(session, me, today)
        if business_day(visit.started_at) <= today - CLOSED_AFTER
    ]
    for visit in late:
        left_at = _last_sign(session, visit)
        visits.close_missed(session, visit.visit_id, left_at=left_at, now=now, code=GapCode.CLOSED_BY_RULE)
    return late


def _last_sign(session: Session, visit: OpenVisit) -> datetime:
    """Return when the last thing was done in a visit, on its own day."""
    queries = (
        select(StepAnswer.answered_at).where(StepAnswer.visit_id == visit.visit_id),
        select(Photo.taken_at).where(Photo.visit_id == visit.visit_id),
        select(Order.submitted_at).where(Order.visit_id == visit.visit_id, Order.submitted_at.is_not(None)),
    )
    day = business_day(visit.started_at)
    signs = [at for query in queries for at in session.scalars(query) if at and business_day(at) == day]
    return max([visit.started_at, *signs])
