"""The earlier photo that a new one looks like, among all photos this device knows of (V6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldcrm.clock import to_ms
from fieldcrm.model.accounts import Account
from fieldcrm.model.users import User
from fieldcrm.model.visits import Photo
from fieldcrm.rules import likeness
from fieldcrm.rules.findings import Code, Finding, Weight


def earlier(session: Session, visit_id: UUID, looks: Sequence[str]) -> UUID | None:
    """Return the photo of another visit, one's own or a colleague's, that looks the same."""
    if not looks:
        return None
    rows = session.execute(
        select(Photo.likeness, Photo.id).where(Photo.visit_id != visit_id, Photo.likeness.is_not(None))
    )
    near = ((likeness.differing(one, looks), photo_id) for one, photo_id in rows if one)
    found = min(near, default=None)
    return None if found is None or found[0] > likeness.SAME_BITS else found[1]


def findings(
    session: Session, visit_ids: Collection[UUID], measured: Mapping[UUID, UUID] | None = None
) -> dict[UUID, tuple[Finding, ...]]:
    """Return the photos that look like earlier ones, by visit; ``measured`` is what the bytes showed."""
    measured = measured or {}
    alike = session.scalars(
        select(Photo).where(
            Photo.visit_id.in_(visit_ids), or_(Photo.like_id.is_not(None), Photo.id.in_(list(measured)))
        )
    )
    found: dict[UUID, tuple[Finding, ...]] = {}
    for photo in alike:
        like_id = measured.get(photo.id) or photo.like_id
        found[photo.visit_id] = (*found.get(photo.visit_id, ()), _finding(session, photo, like_id))
    return found


def _finding(session: Session, photo: Photo, like_id: UUID | None) -> Finding:
    row = session.execute(
        select(Photo, Account.name, User.name)
        .outerjoin(Account, Account.id == Photo.account_id)
        .outerjoin(User, User.id == Photo.rep_id)
        .where(Photo.id == like_id)
    ).first()
    if row is None:
        return Finding(Code.REUSED_PHOTO, Weight.STRONG, {"caption": photo.caption})
    other, store, rep = row
    weight = Weight.NOTICE if other.account_id == photo.account_id else Weight.STRONG
    facts = {"caption": photo.caption, "other": store or "", "rep": rep or "", "at": to_ms(other.taken_at)}
    return Finding(Code.REUSED_PHOTO, weight, facts)
