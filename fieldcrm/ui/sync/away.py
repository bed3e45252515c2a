"""Stores that are not on this laptop any more, and what was sent or still waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.storage.local import Departed, OutboxEntry

_MOST = 30


@dataclass(frozen=True, slots=True)
class Work:
    """One thing done on the store: taken, refused, or still to be answered."""

    entity: str
    label: str
    at: datetime
    state: str
    code: str


@dataclass(frozen=True, slots=True)
class Departure:
    """A store that left; ``work`` is what this laptop sent or still has for it, the latest first."""

    row_id: UUID
    name: str
    left_at: datetime
    reason: str
    work: tuple[Work, ...] = ()


def lately(session: Session, like: str = "") -> list[Departure]:
    """Return the stores that left in the last month, the latest first."""
    query = (
        select(Departed).where(Departed.entity == "account").order_by(Departed.left_at.desc()).limit(_MOST)
    )
    if like:
        query = query.where(Departed.label.contains(like, autoescape=True))
    return [
        Departure(each.row_id, each.label, each.left_at, each.reason, _work(session, each.row_id))
        for each in session.scalars(query)
    ]


def _work(session: Session, account_id: UUID) -> tuple[Work, ...]:
    """Return what was done on a store, found by its id in what was sent: the rows themselves are gone."""
    entries = session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.payload.contains(str(account_id)))
        .order_by(OutboxEntry.n.desc())
        .limit(_MOST)
    )
    return tuple(Work(e.entity, e.label, e.at, str(e.state), e.code or "") for e in entries)
