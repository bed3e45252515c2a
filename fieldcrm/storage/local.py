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

from sqlalchemy import BigInteger, Index, Integer, MetaData, Text
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
    proof_id: Mapped[int | None]


class Proof(LocalBase):
    """A signed receipt of the server: what it signed, word for word, and with which key it was checked."""

    __tablename__ = "proof"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    statement: Mapped[str]
    signature: Mapped[str]
    server_key: Mapped[str]


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
    """The latest cursors, and ever fewer older ones, for a server that was restored from a backup.

    ``whole`` says that this device was up to date there.
    """

    __tablename__ = "cursor_history"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    cursor: Mapped[str]
    whole: Mapped[bool] = mapped_column(default=False)


class Arrival(LocalBase):
    """The page (an id of ``cursor_history``) that last told this device of a row."""

    __tablename__ = "arrival"
    __table_args__ = (Index("ix_arrival_page", "page"), {"sqlite_with_rowid": False})

    entity: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    page: Mapped[int]


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
    thumbnail_sent: Mapped[bool] = mapped_column(default=False, server_default="0")
    stored_at: Mapped[datetime | None]


class CachedFile(LocalBase):
    """Photo bytes that the server has too: what may go when room is wanted, the longest unused first.

    What only lies here is never in this list. ``small`` is the thumbnail.
    """

    __tablename__ = "cached_file"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    small: Mapped[bool] = mapped_column(primary_key=True)
    size: Mapped[int]
    used_at: Mapped[datetime] = mapped_column(index=True)


class LeftFile(LocalBase):
    """The hash of a photo whose record left: its bytes go with the next sweep, whatever dies before it."""

    __tablename__ = "left_file"

    sha256: Mapped[str] = mapped_column(primary_key=True)


class AccountFact(LocalBase):
    """What lists sort, filter and show of an account without counting its history each time.

    Kept by ``facts.py``; archived and merged accounts have none. ``name_key`` is the name in
    GB18030, whose order is that of the dictionary; ``weekly`` holds the amounts of twelve
    weeks in ten-thousandths, the latest last; no ``due_on`` means never visited.
    """

    __tablename__ = "account_fact"
    __table_args__ = (
        Index("ix_account_fact_due_on", "due_on"),
        Index("ix_account_fact_name_key", "name_key"),
        Index("ix_account_fact_last_visit_on", "last_visit_on"),
        Index("ix_account_fact_last_order_on", "last_order_on"),
        Index("ix_account_fact_sales_30d", "sales_30d"),
        Index("ix_account_fact_receivable", "receivable"),
        Index("ix_account_fact_latitude_e7", "latitude_e7", "longitude_e7"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    name_key: Mapped[bytes]
    channel: Mapped[str]
    grade: Mapped[str]
    city: Mapped[str]
    latitude_e7: Mapped[int | None]
    longitude_e7: Mapped[int | None]
    receivable: Mapped[Decimal] = mapped_column(default=Decimal())
    overdue_since: Mapped[date | None]
    last_visit_on: Mapped[date | None]
    last_order_on: Mapped[date | None]
    due_on: Mapped[date | None]
    sales_30d: Mapped[Decimal] = mapped_column(default=Decimal())
    weekly: Mapped[list[Any]] = mapped_column(default=list)


class ImportState(StrEnum):
    """How far an import of accounts has come."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    UNDONE = "undone"


class ImportRun(LocalBase):
    """One list that was imported here; ``created``, ``updated`` and ``left_out`` count its lines."""

    __tablename__ = "import_run"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    at: Mapped[datetime]
    state: Mapped[ImportState] = mapped_column(Choice(ImportState), default=ImportState.RUNNING)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)


class ImportChange(LocalBase):
    """What an import did to one row, so that it can be undone as one action, also after sync.

    ``before`` is null for a row that was created, else the fields' old values as JSON;
    ``after`` holds what the import wrote: a field that differs by now was edited since.
    """

    __tablename__ = "import_change"
    __table_args__ = (Index("ix_import_change_run_id", "run_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[UUID]
    line: Mapped[int]
    entity: Mapped[str]
    row_id: Mapped[UUID]
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any]]


class RowSum(LocalBase):
    """The sum of a row's content as sync wrote it; a row that differs changed by itself."""

    __tablename__ = "row_sum"
    __table_args__ = ({"sqlite_with_rowid": False},)

    entity: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    sum: Mapped[int] = mapped_column(BigInteger)


class Reconciled(LocalBase):
    """A row that the server named while a scope is being compared with it whole; the rest goes."""

    __tablename__ = "reconciled"
    __table_args__ = ({"sqlite_with_rowid": False},)

    entity: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)


class Departed(LocalBase):
    """An account that left this device: what remains is its name, when and why.

    ``reason`` is ``moved`` (to somebody else), ``territory`` (taken from this user, with all its
    accounts) or ``deleted``. What became of unsent work on it is in the outbox.
    """

    __tablename__ = "departed"

    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str]
    label: Mapped[str]
    left_at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str]


class DeviceFact(LocalBase):
    """What this device knows of itself: device id, server, user, the key of its photo files."""

    __tablename__ = "device"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(Json)


class KnownWay(LocalBase):
    """A way on real roads as a provider told it; places are "latitude,longitude" in WGS84."""

    __tablename__ = "known_way"
    __table_args__ = {"sqlite_with_rowid": False}

    provider: Mapped[str] = mapped_column(primary_key=True)
    here: Mapped[str] = mapped_column(primary_key=True)
    there: Mapped[str] = mapped_column(primary_key=True)
    seconds: Mapped[int]
    metres: Mapped[int]


class AddressLookup(LocalBase):
    """An address that is to be looked up, and what came of it; ``state`` is waiting, found or nothing."""

    __tablename__ = "address_lookup"

    address: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    latitude_e7: Mapped[int | None]
    longitude_e7: Mapped[int | None]
    label: Mapped[str]
    at: Mapped[datetime]
