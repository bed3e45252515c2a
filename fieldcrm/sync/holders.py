"""Whose laptops have a record as it is at the office: asked online, remembered for later."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.storage.local import SyncState
from fieldcrm.sync.remote import Remote

_KEPT, _MOST = "holders", 50


class Holder(msgspec.Struct, frozen=True):
    """One device: since when it was told of the version, and since when it proved to have it."""

    name: str
    role: str
    told_at: int
    held_at: int | None = None

    @property
    def since(self) -> datetime:
        """When the version got there, as far as is known."""
        return clock.from_ms(self.held_at or self.told_at)


class Known(msgspec.Struct, frozen=True):
    """An answer, and when it was given."""

    at: int
    version: int
    holders: list[Holder]


class _Answer(msgspec.Struct):
    version: int
    holders: list[Holder]


def ask(remote: Remote, entity: str, row_id: UUID) -> Known:
    """Ask the server now."""
    reply = remote.call("GET", f"/sync/v1/seen/{entity}/{row_id}")
    told = msgspec.json.decode(reply.body, type=_Answer)
    return Known(clock.to_ms(clock.now()), told.version, told.holders)


def remember(session: Session, row_id: UUID, known: Known) -> None:
    """Keep an answer, and let the oldest go."""
    row = session.get(SyncState, _KEPT)
    kept: dict[str, Any] = dict(row.value) if row is not None else {}
    kept[str(row_id)] = msgspec.to_builtins(known)
    latest = sorted(kept.items(), key=lambda each: int(each[1]["at"]))[-_MOST:]
    session.merge(SyncState(key=_KEPT, value=dict(latest)))


def last_known(session: Session, row_id: UUID) -> Known | None:
    """Return the latest answer about a record, or None."""
    row = session.get(SyncState, _KEPT)
    found = row.value.get(str(row_id)) if row is not None else None
    return msgspec.convert(found, Known) if found is not None else None
