"""Tables that only this device has: what waits to be sent, where sync stands, what is half typed.

They sit in the same encrypted file as the shared tables, so that a save and its outbox
entry, or a page of rows and its cursor, are one transaction. They have their own
metadata: the server never creates them and sync never sends them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from fieldcrm.model.base import Amount, Choice, Day, Id, Json, Moment


class LocalBase(DeclarativeBase):
    """The declarative base of the device's own tables."""

    metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s"})
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Id,
        datetime: Moment,
        date: Day,
        Decimal: Amount,
        dict[str, Any]: Json,
        list[Any]: Json,
        str: Text,
    }


class OutboxState(StrEnum):
    """How far one intent has come."""

    PENDING = "pending"
    INFLIGHT = "inflight"
    ACKED = "acked"
    REJECTED = "rejected"


UNSENT = (OutboxState.PENDING, OutboxState.INFLIGHT)


class OutboxEntry(LocalBase):
    """One user intent. ``payload`` is the JSON of ``protocol.Mutation`` without ``n``.

    ``n`` is never used twice (AUTOINCREMENT); acknowledged entries stay for 90 days.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_state_n", "state", "n"),
        Index("ix_outbox_entity_row_id", "entity", "row_id"),
        {"sqlite_autoincrement": True},
    )

    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    mutation_id: Mapped[UUID] = mapped_column(unique=True)
    entity: Mapped[str]
    row_id: Mapped[UUID]
    op: Mapped[str]
    act: Mapped[str | None]
    payload: Mapped[str]
    state: Mapped[OutboxState] = mapped_column(Choice(OutboxState), default=OutboxState.PENDING)
    outcome: Mapped[str | None]
    code: Mapped[str | None]
    message: Mapped[str | None]
    conflicts: Mapped[list[Any]] = mapped_column(default=list)
    needs: Mapped[list[Any]] = mapped_column(default=list)
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    acked_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(default="")


class SyncBase(LocalBase):
    """The server's last copy of a row that has unsent edits; ``body`` is wire JSON."""

    __tablename__ = "sync_base"

    entity: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    body: Mapped[str]


class SyncState(LocalBase):
    """Where sync stands: cursor, epoch, lease, grants, server time offset."""

    __tablename__ = "sync_state"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(Json)


class CursorHistory(LocalBase):
    """The latest cursors, for a server that was restored from a backup."""

    __tablename__ = "cursor_history"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    cursor: Mapped[str]


class SyncLog(LocalBase):
    """What sync did, for the sync centre; ``kind`` is stable, ``data`` holds the facts."""

    __tablename__ = "sync_log"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Draft(LocalBase):
    """Half-typed input of one form or visit step; a crash brings it back."""

    __tablename__ = "draft"

    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    saved_at: Mapped[datetime]


class UploadState(StrEnum):
    """How far one picture's bytes have come."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    STORED = "stored"
    FAILED = "failed"


class Upload(LocalBase):
    """The bytes of one photo on their way to the server; ``url`` resumes, ``offset`` is what arrived."""

    __tablename__ = "upload"
    __table_args__ = (Index("ix_upload_state", "state"),)

    photo_id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    size: Mapped[int]
    offset: Mapped[int] = mapped_column(default=0)
    url: Mapped[str | None]
    state: Mapped[UploadState] = mapped_column(Choice(UploadState), default=UploadState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]


class AccountFact(LocalBase):
    """What lists show of an account without counting its history each time; ``sales_30d`` is an amount."""

    __tablename__ = "account_fact"
    __table_args__ = (Index("ix_account_fact_due_on", "due_on"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_visit_on: Mapped[date | None]
    last_order_on: Mapped[date | None]
    due_on: Mapped[date | None]
    sales_30d: Mapped[Decimal] = mapped_column(default=Decimal())
    weekly: Mapped[list[Any]] = mapped_column(default=list)


class DeviceFact(LocalBase):
    """What this device knows of itself: device id, server, user, the key of its photo files."""

    __tablename__ = "device"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
