"""A rep's week before his manager: submitted, approved, or returned with a word (V2).

Approval is advice, not a lock: the plan may change afterwards, and the board then says by how
many visits. A week that was returned is submitted again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.plans import PlanStatus, PlanWeek, VisitPlan, WeekState


@dataclass(frozen=True, slots=True)
class Week:
    """How a week stands; without ``state`` it was never submitted. ``since`` counts visits added since."""

    state: WeekState | None = None
    note: str = ""
    visits: int = 0
    since: int = 0
    at: datetime | None = None


def week(session: Session, rep_id: UUID, monday: date) -> Week:
    """Return how a rep's week stands."""
    planned, row = _planned(session, rep_id, monday), _row(session, rep_id, monday)
    if row is None:
        return Week(visits=planned)
    at = row.decided_at if row.state != WeekState.SUBMITTED else row.submitted_at
    return Week(row.state, row.note, planned, planned - row.visits, at)


def submit(session: Session, rep_id: UUID, monday: date, at: datetime) -> None:
    """Put the week before the manager; an empty week is refused."""
    planned, row = _planned(session, rep_id, monday), _row(session, rep_id, monday)
    if not planned:
        raise RuleBroken("empty_week")
    if row is None:
        session.add(
            PlanWeek(
                id=new_id(), rep_id=rep_id, monday=monday, state=WeekState.SUBMITTED, visits=planned,
                submitted_at=at,
            )
        )  # fmt: skip
        return
    row.state, row.visits, row.submitted_at, row.note = WeekState.SUBMITTED, planned, at, ""


def decide(
    session: Session, rep_id: UUID, monday: date, *, approved: bool, me: UUID, at: datetime, note: str = ""
) -> None:
    """Approve a submitted week, or return it with a word."""
    row = _row(session, rep_id, monday)
    if row is None:
        raise NotFound("plan_week", rep_id)
    if not approved and not note.strip():
        raise Invalid("required", field="note")
    row.state = WeekState.APPROVED if approved else WeekState.RETURNED
    row.note, row.decided_by, row.decided_at = note.strip(), me, at


def _row(session: Session, rep_id: UUID, monday: date) -> PlanWeek | None:
    query = select(PlanWeek).where(
        PlanWeek.rep_id == rep_id, PlanWeek.monday == monday, PlanWeek.archived_at.is_(None)
    )
    return session.scalars(query.order_by(PlanWeek.submitted_at.desc())).first()


def _planned(session: Session, rep_id: UUID, monday: date) -> int:
    query = select(func.count()).where(
        VisitPlan.rep_id == rep_id,
        VisitPlan.on.between(monday, monday + timedelta(6)),
        VisitPlan.status == PlanStatus.PLANNED,
        VisitPlan.archived_at.is_(None),
    )
    return session.scalar(query) or 0
