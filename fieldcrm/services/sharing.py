"""Showing a visit's report to a colleague, and talking about it with him (V7)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import from_ms, to_ms
from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.shares import SharedReport, VisitShare
from fieldcrm.model.users import Role, User
from fieldcrm.model.visits import Decision, VisitReview
from fieldcrm.services import reviews, visits
from fieldcrm.services.reviews import FullReport, PhotoOf

_FIELD = (Role.REP, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody a report can be shown to."""

    id: UUID
    name: str
    title: str


def colleagues(session: Session, me: UUID) -> list[Colleague]:
    """Return the active field people besides me, by name."""
    people = session.scalars(
        select(User).where(User.id != me, User.active, User.archived_at.is_(None), User.role.in_(_FIELD))
    )
    return sorted((Colleague(each.id, each.name, each.title) for each in people), key=lambda each: each.name)


def share(session: Session, visit_id: UUID, to_id: UUID, *, me: UUID, at: datetime, text: str = "") -> UUID:
    """Show a submitted report to a colleague; the server writes what he gets."""
    visit = visits.load(session, visit_id)
    if not visits.is_closed(session, visit_id):
        raise RuleBroken("visit_not_submitted", visit_id=visit_id)
    if to_id == me:
        raise Invalid("somebody_else", field="to_id")
    row = VisitShare(
        id=new_id(),
        visit_id=visit_id,
        rep_id=visit.rep_id,
        shared_by=me,
        to_id=to_id,
        text=text.strip(),
        at=at,
    )
    session.add(row)
    return row.id


def with_me(session: Session, me: UUID) -> list[SharedReport]:
    """Return the reports that were shown to me, the newest visit first."""
    rows = session.scalars(
        select(SharedReport).where(SharedReport.to_id == me, SharedReport.archived_at.is_(None))
    )
    return sorted(rows, key=lambda row: row.started_at, reverse=True)


def comment(session: Session, shared_id: UUID, text: str, *, me: UUID, at: datetime) -> UUID:
    """Say something about a report that was shown to me; its rep and his manager hear it."""
    row = session.get(SharedReport, shared_id)
    if row is None:
        raise NotFound("shared_report", shared_id)
    if not text.strip():
        raise Invalid("required", field="text")
    said = VisitReview(
        id=new_id(),
        visit_id=row.visit_id,
        rep_id=row.rep_id,
        reviewer_id=me,
        decision=Decision.COMMENT,
        text=text.strip(),
        at=at,
    )
    session.add(said)
    return said.id


def told(session: Session, share: VisitShare) -> dict[str, Any]:
    """Return a report as plain JSON, as its colleague reads it; evidence and money stay with the team."""
    full: FullReport = reviews.report(session, share.visit_id)
    by = session.get(User, share.shared_by)
    return {
        "account": full.report.account,
        "rep": full.report.rep,
        "shared_by": "" if by is None else by.name,
        "text": share.text,
        "left_at": to_ms(full.report.left_at),
        "summary": full.summary,
        "steps": [
            {"title": step.title, "fields": list(step.fields), "answers": step.answers} for step in full.steps
        ],
        "photos": [_told(photo) for photo in full.photos],
        "said": [
            {"by": one.by, "text": one.text, "at": to_ms(one.at)}
            for one in full.said
            if one.decision is Decision.COMMENT
        ],
    }


def _told(photo: PhotoOf) -> dict[str, Any]:
    return {
        "id": str(photo.photo_id), "sha256": photo.sha256, "step": photo.step_key,
        "caption": photo.caption, "taken_at": to_ms(photo.taken_at),
    }  # fmt: skip


def photos_of(report: dict[str, Any]) -> list[PhotoOf]:
    """Return the photos of a report that was shown to me; what is not told as one is left out."""
    found = []
    for told in report.get("photos") or ():
        with suppress(KeyError, TypeError, ValueError):
            found.append(
                PhotoOf(
                    UUID(told["id"]), str(told["sha256"]), str(told["step"]), "", str(told["caption"]),
                    from_ms(int(told["taken_at"])), stored=True,
                )
            )  # fmt: skip
    return found
