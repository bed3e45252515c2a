"""What sync could not settle by itself; made by the server, shown to people.

A conflict keeps the value that lost, with both authors and times (I9); choosing the other
value is an ordinary edit plus ``state``. A quarantined mutation keeps its whole payload.
Where two people's edits met in one row without a clash, each of their fields is kept with the
value before, so that either can be put back.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Choice, Json, Kind, Synced, server_owned

MERGES_SHOWN = 90


class ConflictState(StrEnum):
    """Whether somebody has looked, and which value stayed."""

    OPEN = "open"
    KEPT = "kept"
    SWAPPED = "swapped"


class Conflict(Synced, Base):
    """One field that two people changed; only ``state`` can be patched."""

    __tablename__ = "conflict"
    __kind__ = Kind.MASTER
    __scope__ = (("terr", "territory_id"), ("rep", "lost_by"))
    __table_args__ = (Index("ix_conflict_entity_row_id", "entity", "row_id"),)

    entity: Mapped[str] = mapped_column(info=server_owned())
    row_id: Mapped[UUID] = mapped_column(info=server_owned())
    field: Mapped[str] = mapped_column(info=server_owned())
    base: Mapped[Any | None] = mapped_column(Json, info=server_owned())
    winner: Mapped[Any | None] = mapped_column(Json, info=server_owned())
    loser: Mapped[Any | None] = mapped_column(Json, info=server_owned())
    won_by: Mapped[UUID | None] = mapped_column(info=server_owned())
    won_at: Mapped[datetime | None] = mapped_column(info=server_owned())
    lost_by: Mapped[UUID] = mapped_column(info=server_owned())
    lost_at: Mapped[datetime] = mapped_column(info=server_owned())
    mutation_id: Mapped[UUID] = mapped_column(info=server_owned())
    territory_id: Mapped[UUID | None] = mapped_column(index=True, info=server_owned())
    reason: Mapped[str] = mapped_column(default="both_edited", info=server_owned())
    state: Mapped[ConflictState] = mapped_column(Choice(ConflictState), default=ConflictState.OPEN)


class MergedField(Synced, Base):
    """One field of a row that two people changed without a clash: who wrote what instead of what.

    ``mutation_id`` is the edit that came later and knew nothing of the other; it has a row for
    each of its own fields too. The scope is the record's.
    """

    __tablename__ = "merged_field"
    __kind__ = Kind.EVENT
    __scope__ = (("terr", "territory_id"), ("rep", "rep_id"))
    __window__ = ("changed_at", MERGES_SHOWN)
    __table_args__ = (Index("ix_merged_field_entity_row_id", "entity", "row_id"),)

    entity: Mapped[str]
    row_id: Mapped[UUID]
    field: Mapped[str]
    before: Mapped[Any | None] = mapped_column(Json)
    after: Mapped[Any | None] = mapped_column(Json)
    changed_by: Mapped[UUID]
    changed_at: Mapped[datetime]
    mutation_id: Mapped[UUID]
    territory_id: Mapped[UUID | None] = mapped_column(index=True)
    rep_id: Mapped[UUID | None]


class Quarantine(Synced, Base):
    """A mutation the server refused, word for word, with a stable code; only ``settled`` can be patched."""

    __tablename__ = "quarantine"
    __kind__ = Kind.MASTER
    __scope__ = (("rep", "rep_id"),)

    mutation_id: Mapped[UUID] = mapped_column(info=server_owned())
    device_id: Mapped[UUID] = mapped_column(info=server_owned())
    rep_id: Mapped[UUID] = mapped_column(index=True, info=server_owned())
    entity: Mapped[str] = mapped_column(info=server_owned())
    row_id: Mapped[UUID] = mapped_column(info=server_owned())
    payload: Mapped[dict[str, Any]] = mapped_column(Json, info=server_owned())
    code: Mapped[str] = mapped_column(info=server_owned())
    reason: Mapped[str] = mapped_column(default="", info=server_owned())
    at: Mapped[datetime] = mapped_column(info=server_owned())
    settled: Mapped[bool] = mapped_column(default=False)
