"""A whole sync request without HTTP: push, number, read a page, write it down.

``server/api`` decodes and packs; everything the protocol promises is here. The body is a
header line, row lines and a trailer line whose checksum covers all before it; every error
that concerns the whole request is raised before the first byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from fieldcrm import faults
from fieldcrm.clock import to_ms
from fieldcrm.errors import ClientTooOld, Malformed, SyncError
from fieldcrm.sync import proofs, protocol
from fieldcrm.sync.protocol import FIRST_SCHEMA, Header, SyncRequest, Trailer, Want
from server import (
    backlog,
    columns,
    counts,
    cursors,
    devices,
    epochs,
    keys,
    leases,
    lines,
    moves,
    purge,
    regrants,
    scope,
    stamp,
    today,
)  # fmt: skip
from server import bootstrap as bootstraps
from server.convoy import Disbanded
from server.cursors import Cursor
from server.database import Database, run
from server.prebuilt import Prebuilt, Shelf
from server.progress import Progress
from server.pull import Page, page
from server.push import Pushed, push
from server.schema import schema
from server.scope import Principal

__all__ = ["bootstrap", "exchange", "hello", "schema", "settle"]

STEPS = 8
STEPS_FOR_A_REQUEST = 1  # of a large backlog the background work does the rest, and the page says ``more``
PATIENCE = 0.5  # seconds until somebody is told that there is nothing yet, but will be: he asks again at once
OUTBOX_DAYS = 90
_encode = msgspec.json.Encoder().encode


def hello(
    database: Database, principal: Principal, at: datetime, schema: int = protocol.SCHEMA
) -> dict[str, Any]:
    """Return what a client of ``schema`` must know before it syncs."""
    with database.reading() as connection:
        principal = scope.confirmed(connection, principal)
        held = sorted(scope.known_to(schema, scope.grants(connection, principal)))
        return {
            "protocol": 1,
            "schema": protocol.SCHEMA,
            "min_schema": protocol.MIN_SCHEMA,
            "epoch": epochs.current(connection),
            "server_time": to_ms(at),
            "grants": held,
            "counts": counts.by_scope(connection, held),
            "not_yet": today.not_yet(connection, at),
            "features": ["bootstrap", "prebuilt", "today", "digest", "files", "poke", "rewind"],
            "limits": {
                "max_batch": protocol.MAX_BATCH,
                "max_body": protocol.MAX_BODY,
                "max_rows": protocol.MAX_ROWS,
                "max_scopes": scope.MAX_SCOPES,
            },
            "outbox_days": OUTBOX_DAYS,
            "server_key": keys.public(connection),
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """A response's body, and the seconds it may be kept back without holding a thread."""

    body: bytes
    patience: float = 0.0


def exchange(
    database: Database, principal: Principal, request: SyncRequest, *, at: datetime,
    progress: Progress | None = None,
) -> bytes:  # fmt: skip
    """Take what was pushed and return the next page, with the answers in its header."""
    return reply(database, principal, request, at=at, progress=progress).body


def reply(
    database: Database, principal: Principal, request: SyncRequest, *, at: datetime,
    progress: Progress | None = None,
) -> Reply:  # fmt: skip
    """Do as ``exchange`` does, and say whether the answer is of any use yet."""
    with epochs.noticing(database):
        return _exchange(database, principal, request, at, progress)


def _exchange(
    database: Database, principal: Principal, request: SyncRequest, at: datetime, progress: Progress | None
) -> Reply:
    at_ms = to_ms(at)
    _check_device(request, principal)
    if not request.push:
        _check_schema(request.schema)
    pushed: Pushed | None = None
    if request.push:
        pushed = push(
            database,
            principal,
            request.push,
            lambda connection: _cursor(connection, principal, request),
            at_ms,
            sent=(request.mono, request.boot),
            lease=request.lease,
            unsent=request.unsent,
        )
    faults.reach("server.pull.begun")
    if pushed is not None and pushed.behind:
        found = _page(database, principal, request, True, pushed, at_ms)
    elif pushed is not None and database.dialect == "postgresql":  # its own rows wait, if nothing else
        found = None
    else:
        found = _page(database, principal, request, None, pushed, at_ms)
    if found is None:
        found = _page(database, principal, request, _settled(database, at_ms), pushed, at_ms)
    assert found is not None  # noqa: S101 - told that there may be a backlog, it always reads
    if progress is not None and not found.page.more and not found.hands_in:
        progress.note(principal.device_id, found.before, found.page.cursor, at_ms)
    devices.note_contact(database, principal.device_id, found.told, request.unsent, at_ms)
    lease = pushed.lease if pushed else found.lease
    if lease == "":
        lease = leases.first(database, principal.device_id, principal.user_id)
    nothing_yet = pushed is None and found.behind and not found.page.lines
    return Reply(_answer(found, request, pushed, lease, at_ms), PATIENCE if nothing_yet else 0.0)


@dataclass(frozen=True, slots=True)
class _Read:
    """What one snapshot gave for one request."""

    page: Page
    before: Cursor
    cursor: str
    n_applied: int
    told: tuple[int | None, int | None]
    proof: str | msgspec.UnsetType
    lease: str | None = None
    hands_in: bool = False
    behind: bool = False


def _page(
    database: Database, principal: Principal, request: SyncRequest, behind: bool | None,
    pushed: Pushed | None, at_ms: int,
) -> _Read | None:  # fmt: skip
    """Read the next page; without word on a backlog return None if one should be dealt with first.

    One that is long and that somebody is dealing with is no reason to wait.
    """
    with database.reading() as connection:
        if behind is None and backlog.waits(connection):
            if not (database.settling.under_way and backlog.is_long(connection)):
                return None
            behind = True
        principal = scope.confirmed(connection, principal, at_ms)
        n_applied, *told = _of_device(connection, principal)
        at = _cursor(connection, principal, request)
        lease = None if request.push else leases.check(connection, principal.device_id, request.lease)
        if principal.hands_in:
            nothing = Page([], Cursor(epochs.current(connection)), more=False, added=[], removed=[])
            return _Read(
                nothing, nothing.cursor, request.cursor, n_applied or 0, (told[0], told[1]),
                _proof(connection, request, pushed, at_ms), lease, hands_in=True,
            )  # fmt: skip
        held = scope.grants(connection, principal)
        purge.check_fence(connection, held, at, at_ms)
        found = _rows(connection, held, at, request, backlog=bool(behind), said=_weight(pushed))
        signed = cursors.sign(found.cursor, epochs.secret(connection), principal.user_id)
        proof = _proof(connection, request, pushed, at_ms)
        return _Read(found, at, signed, n_applied or 0, (told[0], told[1]), proof, lease, behind=bool(behind))


def _proof(
    connection: Connection, request: SyncRequest, pushed: Pushed | None, at_ms: int
) -> str | msgspec.UnsetType:
    """Return the signature of the final answers; nothing where there are none."""
    if pushed is None:
        return msgspec.UNSET
    sent = {mutation.id: mutation for mutation in request.push}
    epoch = epochs.current(connection)
    signed = proofs.statement(epoch, str(UUID(request.dev)), at_ms, pushed.acks, sent)
    return msgspec.UNSET if signed is None else keys.sign(connection, signed)


def _rows(
    connection: Connection, held: frozenset[str], at: Cursor, request: SyncRequest, *,
    backlog: bool, said: int,
) -> Page:  # fmt: skip
    """Read what newer columns of the device hold, or else what changed; nothing for a client too old.

    That one goes on pushing what it has, page after empty page, and is told when it has no more.
    """
    if request.schema < protocol.MIN_SCHEMA:
        return Page([], at, True, [], [])
    if columns.is_behind(at, request.schema):
        newer = columns.page(connection, held, at, request.schema, request.want, said)
        if newer is not None:
            return newer
        at = columns.caught_up(at, request.schema)
    return page(connection, held, at, request.want, backlog=backlog, said=said, schema=request.schema)


def _check_schema(schema: int) -> None:
    if schema < protocol.MIN_SCHEMA:
        raise ClientTooOld("client_too_old", schema=schema, min_schema=protocol.MIN_SCHEMA)


def _weight(pushed: Pushed | None) -> int:
    """Return about how many packed bytes the answers to a push take of the page that comes with them."""
    return len(_encode(pushed.acks)) // 2 if pushed else 0


def _answer(
    found: _Read, request: SyncRequest, pushed: Pushed | None, lease: str | None, at_ms: int
) -> bytes:
    acks, n_applied = (pushed.acks, pushed.n_applied) if pushed else ([], found.n_applied)
    trailer = Trailer(
        found.cursor, found.page.more, len(found.page.lines), "",
        grants_added=found.page.added, grants_removed=found.page.removed,
    )  # fmt: skip
    header = Header(
        found.page.cursor.epoch, at_ms, n_applied, acks, lease, schema=protocol.SCHEMA, proof=found.proof,
        asked=protocol.brief(request) if found.cursor != request.cursor else msgspec.UNSET,
    )  # fmt: skip
    return lines.body(header, found.page.lines, trailer)


def bootstrap(
    database: Database,
    principal: Principal,
    wanted: str,
    after: str,
    want: Want,
    at: datetime,
    cursor: str = "",
    schema: int = FIRST_SCHEMA,
) -> bytes:
    """Return a slice of one scope; pass the trailer's ``after`` and ``cursor`` for the next.

    The cursor gathers every scope that was read to its end; the first ordinary sync takes it.
    Whoever begins with ``after="today"`` gets the stores of this week's plan before all in key order.
    """
    at_ms = to_ms(at)
    _check_schema(schema)
    if after in ("", today.BEGIN):
        settle(database, at_ms)
    with epochs.noticing(database), database.reading() as connection:
        principal = scope.confirmed(connection, principal)
        if wanted not in scope.grants(connection, principal):
            raise SyncError("not_allowed", scope=wanted)
        secret = epochs.secret(connection)
        before = cursors.read(cursor, secret, principal.user_id) if cursor else None
        if before is not None:
            cursors.check(connection, before)
        if today.is_asked(after):
            found = today.read(connection, principal.user_id, wanted, after, want, before, schema, at)
        else:
            found = bootstraps.read(connection, wanted, after, want, before, schema)
        n_applied = _n_applied(connection, principal)
    header = Header(found.cursor.epoch, at_ms, n_applied, schema=protocol.SCHEMA)
    more = found.after is not None
    signed = cursors.sign(found.cursor, secret, principal.user_id)
    return lines.body(header, found.lines, Trailer(signed, more, len(found.lines), "", after=found.after))


def settle(database: Database, at_ms: int, steps: int = STEPS) -> bool:
    """Number what waits and let dependants follow their accounts; return whether more is left."""
    for _ in range(steps):
        with database.writing() as connection:
            regranted = regrants.follow(connection, at_ms)
            moves.follow(connection)
            lines = stamp.stamp_in(connection, at_ms)
            following = moves.waiting(connection)
        if not regranted and not following and lines < stamp.BATCH:
            return False
    return True


def _settled(database: Database, at_ms: int) -> bool:
    """Settle once for all requests that wait for it."""
    try:
        return bool(database.settling.run(lambda: settle(database, at_ms, STEPS_FOR_A_REQUEST)))
    except Disbanded:
        return settle(database, at_ms, STEPS_FOR_A_REQUEST)


def _check_device(request: SyncRequest, principal: Principal) -> None:
    if _not(request.dev, principal.device_id):
        raise Malformed("malformed", part="dev")


def _cursor(connection: Connection, principal: Principal, request: SyncRequest) -> Cursor:
    """Return the request's cursor, or raise: nothing was changed yet, or all of it is undone."""
    epoch = epochs.current(connection)
    if request.epoch not in (None, epoch):
        raise SyncError("epoch_changed", epoch=epoch)
    if not request.cursor:
        return Cursor(epoch, schema=min(request.schema, protocol.SCHEMA))
    cursor = cursors.read(request.cursor, epochs.secret(connection), principal.user_id)
    cursors.check(connection, cursor)
    return cursor


def _not(told: str, device_id: UUID) -> bool:
    try:
        return UUID(told) != device_id
    except ValueError:
        return True


def _n_applied(connection: Connection, principal: Principal) -> int:
    return int(_of_device(connection, principal)[0] or 0)


def _of_device(connection: Connection, principal: Principal) -> tuple[int | None, int | None, int | None]:
    """Return the device's high-water mark, when it last said what it holds, and how much that was."""
    asked = "SELECT n_applied, told_at, unsent FROM device WHERE id = ?"
    n_applied, told_at, unsent = run(connection, asked, str(principal.device_id)).first() or (0, None, None)
    return n_applied, told_at, unsent


def shared(
    database: Database, shelf: Shelf, principal: Principal, wanted: str, schema: int, at: datetime
) -> tuple[Prebuilt, Path]:
    """Return the file of a scope that everybody shares, for somebody who holds it."""
    _check_schema(schema)
    settle(database, to_ms(at))
    with database.reading() as connection:
        principal = scope.confirmed(connection, principal)
        if wanted not in scope.grants(connection, principal):
            raise SyncError("not_allowed", scope=wanted)
    return shelf.current(database, wanted, schema, to_ms(at))
