"""What the sync centre shows: frozen rows with stable codes, no sentences.

A record's way is saved -> queued -> sent -> stored -> seen; ``refused`` stands apart until
somebody mends it, sends it again or lets it go. All of it is read from this device's own
tables, so it is true with the network off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.errors import NotFound
from fieldcrm.model.conflicts import Conflict, ConflictState
from fieldcrm.model.visits import Photo, VisitReview
from fieldcrm.storage.local import (
    UNSENT,
    OutboxEntry,
    OutboxState,
    SyncLog,
    SyncState,
    Upload,
    UploadState,
)
from fieldcrm.sync import apply, outbox, state
from fieldcrm.sync.apply import Applied
from fieldcrm.sync.entities import registry
from fieldcrm.sync.protocol import Op

_UNSENT_PHOTOS = (UploadState.WAITING, UploadState.SENDING)


OF_VISIT = ("check_in", "check_out", "step_answer", "photo")
_THINGS = f"""
    SELECT count(*) FROM (
        SELECT coalesce(CASE
            WHEN entity IN {OF_VISIT} THEN json_extract(payload, '$.doc.visit_id')
            WHEN entity = 'conflict' THEN (SELECT c.row_id FROM conflict c WHERE c.id = outbox.row_id)
        END, row_id) FROM outbox WHERE state IN ('pending', 'inflight')
        UNION
        SELECT visit_id FROM upload JOIN photo ON photo.id = photo_id
        WHERE upload.state IN ('waiting', 'sending')
    )
"""  # noqa: S608 - names of ours


class Step(StrEnum):
    """How far a record has come."""

    SAVED = "saved"
    QUEUED = "queued"
    SENT = "sent"
    STORED = "stored"
    SEEN = "seen"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Badge:
    """What is always visible: what waits, what needs somebody, when the last sync was.

    ``things`` is what people count: a visit with its answers and photos is one, an order is one.
    """

    things: int
    waiting: int
    photos: int
    attention: int
    last_sync_at: datetime | None


@dataclass(frozen=True, slots=True)
class Chain:
    """One record's way so far; a moment is None while that step is still to come."""

    step: Step
    saved_at: datetime | None = None
    sent_at: datetime | None = None
    stored_at: datetime | None = None
    seen_at: datetime | None = None
    photos_waiting: int = 0


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """One record with unsent work; ``ops`` are its intents in order, ``label`` what its owner calls it."""

    entity: str
    row_id: UUID
    label: str
    ops: tuple[str, ...]
    at: datetime
    step: Step
    tries: int
    code: str | None
    photos: int


@dataclass(frozen=True, slots=True)
class Refused:
    """One mutation the server refused; ``changes`` is what it wanted, field by field."""

    mutation_id: UUID
    entity: str
    row_id: UUID
    label: str
    op: str
    act: str | None
    code: str
    message: str
    at: datetime
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing sync did."""

    at: datetime
    kind: str
    data: dict[str, Any]


def badge(session: Session) -> Badge:
    """Return the numbers of the badge."""
    waiting = session.scalar(
        select(func.count(func.distinct(OutboxEntry.row_id))).where(OutboxEntry.state.in_(UNSENT))
    )
    photos = session.scalar(select(func.count()).where(Upload.state.in_(_UNSENT_PHOTOS)))
    open_conflicts = session.scalar(select(func.count()).where(Conflict.state == ConflictState.OPEN))
    refused_now = session.scalar(select(func.count()).where(_needs_somebody()))
    return Badge(
        things(session), waiting or 0, photos or 0, (open_conflicts or 0) + (refused_now or 0),
        _moment(session.get(SyncState, state.LAST_SYNC)),
    )  # fmt: skip


def things(session: Session) -> int:
    """Return how many things a person did that are not whole at the office."""
    return int(outbox.raw(session).execute(_THINGS).fetchone()[0])


def chain(session: Session, entity: str, row_id: UUID) -> Chain:
    """Return how far one record has come."""
    entries = session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.entity == entity, OutboxEntry.row_id == row_id)
        .order_by(OutboxEntry.n)
    ).all()
    seen = _seen_at(session, entity, row_id)
    step = _step(entries, seen)
    return Chain(
        step,
        saved_at=entries[-1].at if entries else None,
        sent_at=entries[-1].sent_at if entries else None,
        stored_at=entries[-1].acked_at if entries and step in (Step.STORED, Step.SEEN) else None,
        seen_at=seen if step is Step.SEEN else None,
        photos_waiting=_photos_of(session, (row_id,)).get(row_id, 0),
    )


def waiting(session: Session) -> list[WaitingRecord]:
    """Return every record with unsent work, the oldest first."""
    grouped: dict[tuple[str, UUID], list[OutboxEntry]] = {}
    for entry in session.scalars(
        select(OutboxEntry).where(OutboxEntry.state.in_(UNSENT)).order_by(OutboxEntry.n)
    ):
        grouped.setdefault((entry.entity, entry.row_id), []).append(entry)
    photos = _photos_of(session, [row_id for _, row_id in grouped])
    return [
        WaitingRecord(
            entity, row_id, next((e.label for e in entries if e.label), ""),
            tuple(e.act or e.op for e in entries), entries[0].at, _step(entries, None),
            max(e.tries for e in entries), next((e.code for e in entries if e.code), None),
            photos.get(row_id, 0),
        )
        for (entity, row_id), entries in grouped.items()
    ]  # fmt: skip


def refused(session: Session) -> list[Refused]:
    """Return what the server refused and nobody has dealt with, the latest first."""
    entries = session.scalars(select(OutboxEntry).where(_needs_somebody()).order_by(OutboxEntry.n.desc()))
    return [
        Refused(
            entry.mutation_id, entry.entity, entry.row_id, entry.label, entry.op, entry.act,
            entry.code or "", entry.message or "", entry.at, _changes(entry.payload),
        )
        for entry in entries
    ]  # fmt: skip


def log(session: Session, limit: int = 200) -> list[LogLine]:
    """Return what sync did, the latest first."""
    lines = session.scalars(select(SyncLog).order_by(SyncLog.id.desc()).limit(limit))
    return [LogLine(line.at, line.kind, line.data) for line in lines]


def let_go(session: Session, mutation_id: UUID) -> None:
    """Take a refused mutation off the list; a row the server never took goes with it."""
    entry = _refused(session, mutation_id)
    connection = outbox.raw(session)
    if entry.op == Op.CREATE:
        outbox.settle_refused_create(connection, entry.entity, str(entry.row_id))
        apply.discard(connection, registry()[entry.entity], [str(entry.row_id)], Applied())
    entry.outcome = outbox.SETTLED


def send_again(session: Session, mutation_id: UUID) -> None:
    """Put a refused mutation into the queue once more, as a new one with the same content."""
    outbox.requeue(session, str(_refused(session, mutation_id).mutation_id))


def _refused(session: Session, mutation_id: UUID) -> OutboxEntry:
    found = session.scalar(
        select(OutboxEntry).where(OutboxEntry.mutation_id == mutation_id, _needs_somebody())
    )
    if found is None:
        raise NotFound("refused change", mutation_id)
    return found


def _needs_somebody() -> Any:
    return and_(
        OutboxEntry.state == OutboxState.REJECTED,
        or_(OutboxEntry.outcome.is_(None), OutboxEntry.outcome != outbox.SETTLED),
    )


def _step(entries: Sequence[OutboxEntry], seen: datetime | None) -> Step:
    states = {entry.state for entry in entries if entry.outcome != outbox.SETTLED}
    if OutboxState.REJECTED in states:
        return Step.REFUSED
    if OutboxState.PENDING in states:
        return Step.QUEUED
    if OutboxState.INFLIGHT in states:
        return Step.SENT
    return Step.SEEN if seen is not None else Step.STORED


def _seen_at(session: Session, entity: str, row_id: UUID) -> datetime | None:
    if entity != "visit":
        return None
    return session.scalar(select(func.min(VisitReview.at)).where(VisitReview.visit_id == row_id))


def _photos_of(session: Session, row_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many pictures wait, by the visit or the photo they belong to."""
    wanted = set(row_ids)
    found: dict[UUID, int] = {}
    rows = session.execute(
        select(Photo.id, Photo.visit_id)
        .join(Upload, Upload.photo_id == Photo.id)
        .where(Upload.state.in_(_UNSENT_PHOTOS))
    )
    for photo_id, visit_id in rows:
        for key in {photo_id, visit_id} & wanted:
            found[key] = found.get(key, 0) + 1
    return found


def _changes(payload: str) -> dict[str, Any]:
    told = msgspec.json.decode(payload)
    if told.get("set"):
        return {name: change.get("new") for name, change in told["set"].items()}
    return dict(told.get("doc") or {})


def _moment(row: SyncState | None) -> datetime | None:
    return None if row is None else clock.from_ms(int(row.value))
