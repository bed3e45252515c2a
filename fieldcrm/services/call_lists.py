"""Call lists: a filter of the account list under a name (V8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.calls import CallList

MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Saved:
    """A list by its name; ``filters`` as the account list reads them."""

    id: UUID
    name: str
    filters: Mapping[str, str]


def save(session: Session, name: str, filters: Mapping[str, str], *, me: UUID) -> UUID:
    """Keep a filter under a name; the same name again means the new filter."""
    name = name.strip()[:MAX_NAME]
    if not name:
        raise Invalid("required", field="name")
    wanted = select(CallList).where(
        CallList.rep_id == me, CallList.name == name, CallList.archived_at.is_(None)
    )
    known = session.scalars(wanted).first()
    if known is None:
        known = CallList(id=new_id(), rep_id=me, name=name)
        session.add(known)
    known.filters = dict(filters)
    return known.id


def remove(session: Session, list_id: UUID, at: datetime | None) -> None:
    """Put a list away, or bring it back with ``at=None``."""
    found = session.get(CallList, list_id)
    if found is None:
        raise NotFound("call_list", list_id)
    found.archived_at = at


def of_user(session: Session, me: UUID) -> list[Saved]:
    """Return one's own lists by name."""
    wanted = select(CallList).where(CallList.rep_id == me, CallList.archived_at.is_(None))
    found = session.scalars(wanted.order_by(CallList.name))
    return [Saved(each.id, each.name, each.filters) for each in found]
