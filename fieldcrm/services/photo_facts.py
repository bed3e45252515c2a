"""What photos say of themselves, held against the visits they were added to (V6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.visits import CheckOut, Photo, Visit
from fieldcrm.rules import exif, positions
from fieldcrm.rules.findings import Finding


def findings(session: Session, visit_ids: Collection[UUID]) -> dict[UUID, tuple[Finding, ...]]:
    """Return by visit what its photos contradict."""
    rows = session.execute(
        select(Photo, Visit.started_at, CheckOut.at, Account)
        .join(Visit, Visit.id == Photo.visit_id)
        .outerjoin(CheckOut, CheckOut.visit_id == Visit.id)
        .outerjoin(Account, Account.id == Visit.account_id)
        .where(Photo.visit_id.in_(visit_ids), Photo.exif.is_not(None))
        .order_by(Photo.taken_at, Photo.id)
    )
    found: defaultdict[UUID, tuple[Finding, ...]] = defaultdict(tuple)
    for photo, started_at, left_at, account in rows:
        store = None
        if account is not None:
            store = positions.stored(account.latitude_e7, account.longitude_e7, account.datum)
        said = photo.exif if isinstance(photo.exif, dict) else {}
        found[photo.visit_id] += tuple(exif.contradictions(said, photo.caption, started_at, left_at, store))
    return {key: each for key, each in found.items() if each}
