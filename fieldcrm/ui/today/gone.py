"""Stores of the rep's plan that are not on this laptop any more: each leads to where that is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.storage.local import Departed
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr

_MOST = 30
_BY_NAME = 2
_NEWS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gone:
    """A store that left; ``planned_on`` is the next day on which a visit of it was planned."""

    row_id: UUID
    name: str
    left_at: datetime
    reason: str
    planned_on: date | None


def lately(session: Session, me: UUID, at: datetime) -> tuple[Gone, ...]:
    """Return stores that left since yesterday, and earlier ones that still stand in the plan."""
    planned = (
        select(VisitPlan.account_id, func.min(VisitPlan.on).label("next"))
        .where(VisitPlan.rep_id == me, VisitPlan.on >= clock.business_day(at))
        .where(VisitPlan.status == PlanStatus.PLANNED, VisitPlan.archived_at.is_(None))
        .group_by(VisitPlan.account_id)
        .subquery()
    )
    rows = session.execute(
        select(Departed, planned.c.next)
        .outerjoin(planned, planned.c.account_id == Departed.row_id)
        .where(Departed.entity == "account")
        .where(or_(planned.c.next.is_not(None), Departed.left_at >= at - _NEWS))
        .order_by(planned.c.next.is_(None), planned.c.next, Departed.left_at.desc())
        .limit(_MOST)
    )
    return tuple(Gone(d.row_id, d.label, d.left_at, d.reason, on) for d, on in rows)


def lines(gone: Sequence[Gone], today: date) -> list[tuple[Gone, str, str]]:
    """Return a store, title and text for each line; many stores are one line that leads to the first."""
    if len(gone) <= _BY_NAME:
        return [(each, *_words(each, today)) for each in gone]
    title = ntr("{n} store has moved away", "{n} stores have moved away", len(gone))
    planned = sum(each.planned_on is not None for each in gone)
    text = ntr("{n} of them was planned", "{n} of them were planned", planned)
    return [(gone[0], title, text if planned else tr("See what became of your work"))]


def _words(gone: Gone, today: date) -> tuple[str, str]:
    name = gone.name or tr("A store")
    deleted = gone.reason == "deleted"
    title = tr("{store}: deleted", store=name) if deleted else tr("{store}: moved away", store=name)
    if gone.planned_on is None:
        return title, tr("See what became of your work")
    if gone.planned_on == today:
        return title, tr("Was planned for today")
    return title, tr("Was planned for {day}", day=formats.plain_day(gone.planned_on, today))
