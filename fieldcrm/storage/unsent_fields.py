"""Which fields of a row exist only on this device yet; they get a mark where they are shown."""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.storage.local import UNSENT, OutboxEntry, OutboxState

_MARKED = (*UNSENT, OutboxState.REJECTED)


class _Payload(msgspec.Struct):
    set: dict[str, msgspec.Raw] | None = None


def of_row(session: Session, entity: str, row_id: UUID) -> tuple[bool, frozenset[str]]:
    """Return whether the whole row is unsent, and the names of its unsent fields."""
    wanted = select(OutboxEntry.op, OutboxEntry.payload).where(
        OutboxEntry.entity == entity, OutboxEntry.row_id == row_id, OutboxEntry.state.in_(_MARKED)
    )
    names: set[str] = set()
    is_new = False
    for op, payload in session.execute(wanted):
        is_new = is_new or op == "create"
        names.update(msgspec.json.decode(payload, type=_Payload).set or ())
    return is_new, frozenset(names)


def rows(session: Session, entity: str, row_ids: list[UUID]) -> frozenset[UUID]:
    """Return which of these rows have anything unsent."""
    wanted = select(OutboxEntry.row_id).where(
        OutboxEntry.entity == entity, OutboxEntry.row_id.in_(row_ids), OutboxEntry.state.in_(_MARKED)
    )
    return frozenset(session.scalars(wanted))
