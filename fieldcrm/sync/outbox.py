"""Every user save writes down what it means, in the same transaction (I1).

``attach`` watches the writing sessions: a touched aggregate is read before and after the
flush, and the difference becomes entries of the outbox. Neighbouring unsent entries of
one aggregate become one; an entry that has left (``inflight``) never changes again, so an
edit made meanwhile is an entry of its own (F12). The server's copy of a row is kept in
``sync_base`` from its first unsent edit on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from fieldcrm import clock, ids
from fieldcrm.errors import RuleBroken
from fieldcrm.faults import planted, reach
from fieldcrm.model.base import Kind, Part, Synced
from fieldcrm.storage import changes
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import OutboxState
from fieldcrm.sync import chain, documents, intents, protocol, times
from fieldcrm.sync.documents import Document
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.intents import Intent
from fieldcrm.sync.protocol import Mutation, Op
from fieldcrm.sync.times import Reading

_BEFORE = "documents before the flush"
SETTLED = "settled"
_PHOTO = "photo"

Touched = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the outbox."""

    n: int
    mutation_id: str
    entity: str
    row_id: str
    state: OutboxState
    tries: int
    mutation: Mutation

    @property
    def intent(self) -> Intent:
        """Return what it means."""
        return Intent(self.mutation.op, self.mutation.act, self.mutation.set or {}, self.mutation.doc)


class Recorder:
    """Turns flushed changes into outbox entries; clocks and ``new_id`` come from outside."""

    def __init__(
        self, now: Callable[[], datetime], new_id: Callable[[], UUID], mono_ms: Callable[[], int], boot: str
    ) -> None:
        self._now = now
        self._new_id = new_id
        self._mono_ms = mono_ms
        self._boot = boot

    def before_flush(self, session: Session, _context: UOWTransaction, _instances: Any) -> None:
        """Read what is about to change."""
        session.info[_BEFORE] = _read(raw(session), _touched(session))

    def after_flush(self, session: Session, _context: UOWTransaction) -> None:
        """Write down what changed."""
        connection = raw(session)
        chain.seal(session, connection, self._new_id)
        before = session.info.pop(_BEFORE)
        wanted = _touched(session)
        after = _read(connection, wanted)
        for name, row_ids in sorted(wanted.items(), key=lambda item: registry()[item[0]].rank):
            for row_id in sorted(row_ids):
                key = (name, row_id)
                self._record(connection, registry()[name], row_id, before.get(key), after.get(key))

    def _record(
        self,
        connection: Connection,
        entity: Entity,
        row_id: str,
        before: Document | None,
        after: Document | None,
    ) -> None:
        waiting = unsent(connection, entity.name, row_id)
        if after is None and _forgotten(connection, waiting):
            return
        if (
            before is not None
            and after is not None
            and self._again(connection, entity, row_id, after, waiting)
        ):
            return
        told = intents.of_save(entity, before.body if before else None, after.body if after else None)
        if entity.kind is Kind.EVENT and told and before is not None and not _making(waiting):
            raise RuntimeError(f"{entity.name} is never changed once it is sent")
        if told and before is not None:
            _check_known(entity, before)
        if told and before is not None and not any(e.mutation.op is Op.CREATE for e in waiting):
            keep_base(connection, entity.name, row_id, before)
        for intent in told:
            self._add(connection, entity, row_id, intent, before.version if before else 0, after)

    def _again(
        self, connection: Connection, entity: Entity, row_id: str, after: Document, waiting: list[Entry]
    ) -> bool:
        """Create anew a row whose creation was refused: the user has mended it."""
        if after.version or waiting or not settle_refused_create(connection, entity.name, row_id):
            return False
        for intent in intents.of_save(entity, None, after.body):
            self._add(connection, entity, row_id, intent, 0, after)
        return True

    def _add(
        self,
        connection: Connection,
        entity: Entity,
        row_id: str,
        intent: Intent,
        base: int,
        after: Document | None,
    ) -> None:
        last = next(iter(unsent(connection, entity.name, row_id)[-1:]), None)
        if last is not None and (last.state is OutboxState.PENDING or planted("coalesce_inflight")):
            both = intents.coalesced(last.intent, intent)
            if both is not None:
                self._replace(connection, last, both)
                return
        if intents.ARCHIVED in intent.changes:
            raise RuleBroken("archived", entity=entity.name)
        read = Reading(clock.to_ms(self._now()), self._mono_ms(), self._boot)
        at = read.wall_ms
        mutation = Mutation(
            id=str(self._new_id()), n=0, agg=(entity.name, row_id), op=intent.op, at=at, base=base,
            act=intent.act, set=intent.changes or None, doc=intent.doc, schema=protocol.SCHEMA,
            off=times.offset(connection, read), mono=read.mono_ms, boot=read.boot,
        )  # fmt: skip
        connection.execute(
            "INSERT INTO outbox (mutation_id, entity, row_id, op, act, payload, state, conflicts, needs, at,"
            " tries, label) VALUES (?, ?, ?, ?, ?, ?, 'pending', '[]', '[]', ?, 0, ?)",
            (
                mutation.id, entity.name, row_id, intent.op, intent.act, payload(mutation), at,
                _label(after.body if after else {}),
            ),
        )  # fmt: skip
        if entity.name == _PHOTO and intent.op is Op.CREATE and intent.doc is not None:
            connection.execute(
                "INSERT OR IGNORE INTO upload (photo_id, sha256, size, offset, state, tries, at)"
                " VALUES (?, ?, ?, 0, 'waiting', 0, ?)",
                (row_id, intent.doc["sha256"], intent.doc["size"], at),
            )
        reach("client.outbox.recorded")

    def _replace(self, connection: Connection, entry: Entry, intent: Intent) -> None:
        if intent.op is Op.PATCH and not intent.changes:
            connection.execute("DELETE FROM outbox WHERE n = ?", (entry.n,))
            return
        mutation = msgspec.structs.replace(entry.mutation, set=intent.changes or None, doc=intent.doc)
        connection.execute("UPDATE outbox SET payload = ? WHERE n = ?", (payload(mutation), entry.n))


def attach(
    database: Database,
    now: Callable[[], datetime] = clock.now,
    new_id: Callable[[], UUID] = ids.new_id,
    *,
    mono_ms: Callable[[], int] = clock.monotonic_ms,
    boot: str = times.RUN,
) -> None:
    """Record the saves of ``database`` from now on."""
    recorder = Recorder(now, new_id, mono_ms, boot)
    event.listen(database.sessions, "before_flush", recorder.before_flush)
    event.listen(database.sessions, "after_flush", recorder.after_flush)


def raw(session: Session) -> Connection:
    """Return the driver's connection of a session, inside its transaction."""
    connection: Connection = session.connection().connection.driver_connection  # type: ignore[assignment]
    return connection


def unsent(connection: Connection, entity: str, row_id: str) -> list[Entry]:
    """Return the entries of one aggregate that have no outcome yet, oldest first."""
    return select(
        connection, "state IN ('pending', 'inflight') AND entity = ? AND row_id = ?", (entity, row_id)
    )


def inflight(connection: Connection, mutation_ids: Iterable[str]) -> list[Entry]:
    """Return the entries with these mutations that were sent and have no answer yet."""
    wanted = msgspec.json.encode(list(mutation_ids)).decode()
    among = "mutation_id IN (SELECT value FROM json_each(?))"
    return select(connection, f"state = 'inflight' AND {among}", (wanted,))


def select(connection: Connection, where: str, parameters: Iterable[Any] = ()) -> list[Entry]:
    """Return the entries that ``where`` asks for, oldest first."""
    rows = connection.execute(
        "SELECT n, mutation_id, entity, row_id, state, tries, payload FROM outbox"  # noqa: S608  # fixed clauses
        f" WHERE {where} ORDER BY n",
        tuple(parameters),
    )
    return [
        Entry(n, mutation_id, entity, row_id, OutboxState(state), tries, _mutation(n, payload))
        for n, mutation_id, entity, row_id, state, tries, payload in rows
    ]


def keep_base(connection: Connection, entity: str, row_id: str, document: Document) -> None:
    """Keep the server's copy of a row, unless it is kept already."""
    connection.execute(
        "INSERT OR IGNORE INTO sync_base (entity, row_id, version, body) VALUES (?, ?, ?, ?)",
        (entity, row_id, document.version, msgspec.json.encode(document.body).decode()),
    )


def settle_refused_create(connection: Connection, entity: str, row_id: str) -> bool:
    """Take refused work of a row the server never took off the list; say whether there was any."""
    refused = connection.execute(
        "SELECT count(*) FROM outbox WHERE entity = ? AND row_id = ? AND op = 'create'"
        " AND state = 'rejected' AND outcome != ?",
        (entity, row_id, SETTLED),
    ).fetchone()[0]
    if refused:
        connection.execute(
            "UPDATE outbox SET outcome = ? WHERE entity = ? AND row_id = ? AND state = 'rejected'",
            (SETTLED, entity, row_id),
        )
    return bool(refused)


def requeue(session: Session, mutation_id: str) -> None:
    """Send a refused mutation again under a new id: the old answer stays with the old one."""
    connection = raw(session)
    [entry] = select(connection, "mutation_id = ?", (mutation_id,))
    again = msgspec.structs.replace(entry.mutation, id=str(ids.new_id()), needs=[])
    connection.execute(
        "INSERT INTO outbox (mutation_id, entity, row_id, op, act, payload, state, conflicts, needs, at,"
        " tries, label) SELECT ?, entity, row_id, op, act, ?, 'pending', '[]', '[]', at, 0, label FROM outbox"
        " WHERE n = ?",
        (again.id, payload(again), entry.n),
    )
    connection.execute("UPDATE outbox SET outcome = ? WHERE n = ?", (SETTLED, entry.n))
    name, row_id = entry.mutation.agg
    document = documents.read(connection, registry()[name], (row_id,)).get(row_id)
    if document is not None and entry.mutation.op is not Op.CREATE:
        keep_base(connection, name, row_id, document)
        shown = intents.overlaid(document.body, entry.intent, entry.mutation.at)
        documents.write(connection, registry()[name], [(row_id, document.version, shown)])


def _forgotten(connection: Connection, waiting: list[Entry]) -> bool:
    """Forget a row that was made and removed before anything of it was sent."""
    never_sent = waiting and waiting[0].mutation.op is Op.CREATE
    if not never_sent or any(entry.state is not OutboxState.PENDING for entry in waiting):
        return False
    connection.executemany("DELETE FROM outbox WHERE n = ?", [(entry.n,) for entry in waiting])
    connection.execute("DELETE FROM upload WHERE photo_id = ?", (waiting[0].row_id,))
    return True


def _check_known(entity: Entity, document: Document) -> None:
    """Raise if the row says something that only a newer program understands: it is read-only here."""
    for field in entity.fields:
        value = document.body.get(field.name)
        if field.choices and value is not None and value not in field.choices:
            raise RuleBroken("newer_value", field=field.name, value=value)


def _making(waiting: list[Entry]) -> bool:
    last = waiting[-1] if waiting else None
    return last is not None and last.state is OutboxState.PENDING and last.mutation.op is Op.CREATE


def _touched(session: Session) -> Touched:
    touched: Touched = {}
    changed = (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row)))
    for row in changed:
        if isinstance(row, Synced):
            touched.setdefault(row.__table__.name, set()).add(str(row.id))  # type: ignore[attr-defined]
        elif isinstance(row, Part):
            name = changes.owners()[row.__table__.name]  # type: ignore[attr-defined]
            touched.setdefault(name, set()).add(str(getattr(row, row.__owner__)))
    return touched


def _read(connection: Connection, touched: Touched) -> dict[tuple[str, str], Document]:
    return {
        (name, row_id): document
        for name, row_ids in touched.items()
        for row_id, document in documents.read(connection, registry()[name], row_ids).items()
    }


def payload(mutation: Mutation) -> str:
    """Return the stored form: everything but ``n``."""
    told = msgspec.to_builtins(mutation)
    del told["n"]
    return msgspec.json.encode(told).decode()


def mutation(payload: str) -> Mutation:
    """Return what a stored form says; its counter is not part of it."""
    return _mutation(0, payload)


def _mutation(n: int, payload: str) -> Mutation:
    return msgspec.convert(msgspec.json.decode(payload) | {"n": n}, Mutation)


def _label(body: dict[str, Any]) -> str:
    return next((str(body[key]) for key in ("name", "title", "provisional_number") if body.get(key)), "")
