"""Half-typed input, saved while it is typed: a crash or power cut brings it back.

``kind`` names the form, ``key`` the thing it is about. Saving is one small durable
transaction of its own; finishing the form discards the draft in the same transaction as
the save, so neither is ever seen without the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from fieldcrm.storage.local import Draft


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One unfinished input; ``value`` is plain JSON."""

    kind: str
    key: str
    value: Any
    saved_at: datetime


def save(session: Session, kind: str, key: str | UUID, value: Any, at: datetime) -> None:
    """Keep ``value`` as the latest input."""
    fields = {"value": value, "saved_at": at}
    statement = insert(Draft).values(kind=kind, key=str(key), **fields)
    session.execute(statement.on_conflict_do_update(index_elements=["kind", "key"], set_=fields))


def load(session: Session, kind: str, key: str | UUID) -> Any:
    """Return the latest input, or None if there is none."""
    return session.scalar(select(Draft.value).where(Draft.kind == kind, Draft.key == str(key)))


def unfinished(session: Session, kind: str | None = None) -> list[DraftRow]:
    """Return what was not finished, the latest first."""
    wanted = select(Draft.kind, Draft.key, Draft.value, Draft.saved_at).order_by(Draft.saved_at.desc())
    rows = session.execute(wanted if kind is None else wanted.where(Draft.kind == kind))
    return [DraftRow(*row) for row in rows]


def discard(session: Session, kind: str, key: str | UUID) -> None:
    """Forget the input; it was finished or thrown away."""
    session.execute(delete(Draft).where(Draft.kind == kind, Draft.key == str(key)))
