"""Changing a report after it was submitted, with a reason (V7).

An amendment is one event that says why, and the answers and photos that name it; what stood
before stays and can be compared. An approved report is settled: nothing of it changes any
more. All of an amendment is written in one transaction, or nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.visits import CheckOut, Photo, StepAnswer, Visit, VisitAmendment
from fieldcrm.services import visits
from fieldcrm.services.visits import Picture


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that an amendment changed; ``asked`` is the field as its template has it."""

    step: str
    asked: Mapping[str, Any]
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Amended:
    """One amendment as it is read: why, when, and what it changed."""

    at: datetime
    reason: str
    changes: tuple[Change, ...]
    photos: int = 0
    summary_before: str | None = None
    summary_after: str | None = None


def may_amend(session: Session, visit_id: UUID) -> bool:
    """Return whether a report is submitted and not settled."""
    return visits.is_closed(session, visit_id) and visits.approved(session, visit_id) is None


def amend(
    session: Session,
    visit_id: UUID,
    *,
    reason: str,
    answers: Mapping[str, Mapping[str, Any]],
    pictures: Sequence[Picture] = (),
    summary: str | None = None,
    me: UUID,
    at: datetime,
) -> dict[UUID, Picture]:
    """Change a submitted report of one's own; returns the photos that were added by id."""
    visit = _amendable(session, visit_id, me)
    if not reason.strip():
        raise Invalid("required", field="reason")
    said = summary_of(session, visit_id)
    words = None if summary is None or summary.strip() == said else summary.strip()
    standing = visits.latest_answers(session, visit_id)
    changed = {step: given for step, given in answers.items() if dict(given) != standing.get(step, {})}
    if not changed and not pictures and words is None:
        raise Invalid("nothing_changed", field="reason")
    amendment = VisitAmendment(id=new_id(), **visits.of(visit), at=at, reason=reason.strip(), summary=words)
    session.add(amendment)
    session.flush()
    for step, given in changed.items():
        visits.answer(session, visit_id, step, given, at, amendment_id=amendment.id)
    return {visits.add_photo(session, visit_id, each, amending=True): each for each in pictures}


def summary_of(session: Session, visit_id: UUID) -> str:
    """Return what the rep wrote, as last amended."""
    said = session.scalar(select(CheckOut.summary).where(CheckOut.visit_id == visit_id))
    for amendment in _amendments(session, [visit_id]):
        said = said if amendment.summary is None else amendment.summary
    return said or ""


def amended(
    session: Session, visit_id: UUID, steps: Iterable[Mapping[str, Any]], summary: str
) -> tuple[Amended, ...]:
    """Return a report's amendments, oldest first; ``summary`` is what it was submitted with."""
    asked = {step["key"]: step for step in steps}
    answers = session.scalars(select(StepAnswer).where(StepAnswer.visit_id == visit_id)).all()
    by_id = {row.id: row for row in answers}
    photos = session.scalars(select(Photo.taken_at).where(Photo.visit_id == visit_id)).all()
    of: defaultdict[UUID | None, list[StepAnswer]] = defaultdict(list)
    for row in sorted(answers, key=lambda row: (row.answered_at, row.id)):
        of[row.amendment_id].append(row)
    made: list[Amended] = []
    for amendment in _amendments(session, [visit_id]):
        changes = [change for row in of[amendment.id] for change in _changes(row, by_id, asked)]
        after = amendment.summary
        added = sum(taken_at == amendment.at for taken_at in photos)
        before = summary if after is not None else None
        made.append(Amended(amendment.at, amendment.reason, tuple(changes), added, before, after))
        summary = summary if after is None else after
    return tuple(made)


def amended_among(session: Session, visit_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these reports were amended."""
    return {row.visit_id for row in _amendments(session, visit_ids)}


def _amendments(session: Session, visit_ids: Sequence[UUID]) -> list[VisitAmendment]:
    query = select(VisitAmendment).where(VisitAmendment.visit_id.in_(visit_ids))
    return list(session.scalars(query.order_by(VisitAmendment.at, VisitAmendment.id)))


def _changes(
    row: StepAnswer, by_id: Mapping[UUID, StepAnswer], steps: Mapping[str, Mapping[str, Any]]
) -> list[Change]:
    replaced = by_id.get(row.replaces_id) if row.replaces_id else None
    before = {} if replaced is None else replaced.answers
    step = steps.get(row.step_key, {})
    fields = {field["key"]: field for field in step.get("fields", ())}
    keys = [*fields, *sorted({*before, *row.answers} - set(fields))]
    return [
        Change(
            step.get("title", row.step_key),
            fields.get(key, {"label": key}),
            before.get(key),
            row.answers.get(key),
        )
        for key in keys
        if before.get(key) != row.answers.get(key)
    ]


def _amendable(session: Session, visit_id: UUID, me: UUID) -> Visit:
    visit = visits.load(session, visit_id)
    if visit.rep_id != me:
        raise Invalid("not_the_author", field="reason")
    if not visits.is_closed(session, visit_id):
        raise RuleBroken("visit_not_submitted", visit_id=visit_id)
    if visits.approved(session, visit_id) is not None:
        raise RuleBroken("visit_settled", visit_id=visit_id)
    return visit
