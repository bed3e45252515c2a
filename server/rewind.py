"""A device after a restore: where it goes on from, what it must send again, what the office lost.

The newest cursor of its history whose every place is still in the feed is common ground. Of
its acknowledged mutations the receipts say exactly which the backup does not hold. Rows
that reached it later are told anew as they are now, whatever their version; where it held
a newer one, the value is kept as a ``conflict`` (reason ``rewind``) for the office to look
at. The device is never trusted: only rows of its own scopes, only bounded values, and
never the row itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Connection, Table, select, update

from fieldcrm.clock import to_ms
from fieldcrm.errors import Malformed, SyncError
from fieldcrm.model.base import Kind
from fieldcrm.model.conflicts import Conflict, ConflictState
from fieldcrm.sync import casts, merge
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.protocol import (
    MAX_ACKED,
    MAX_HELD,
    MAX_HISTORY,
    SCHEMA,
    Header,
    HeldRow,
    HeldRows,
    RewindAnswer,
    RewindRequest,
    Trailer,
)
from server import cursors, documents, epochs, exchange, leases, rows, scope, throttles, windows
from server.cursors import START, Cursor
from server.database import Database, run
from server.lines import body
from server.scope import Principal
from server.settle import NOBODY

conflict = cast(Table, Conflict.__table__)

RECOVERIES = throttles.Bucket("rewind", 30, timedelta(seconds=1))
"""How many devices of the whole server may begin to recover at once, and how many a second later."""

REPORTS = throttles.Bucket("rewind_rows", 60, timedelta(seconds=5))
"""How many requests one device may fill with rows it holds."""

_REPORTED = frozenset({Kind.MASTER, Kind.DOCUMENT, Kind.REFERENCE})
_LONGEST = 8_192
_REASON = "rewind"
_NAMES = UUID("6f1f2f3c-5f0e-5c70-9d8e-3f1f6f2f3c5f")
_encode = msgspec.json.Encoder().encode


def recover(database: Database, principal: Principal, asked: RewindRequest, at: datetime) -> RewindAnswer:
    """Return where the device goes on from and which of its mutations are missing."""
    if len(asked.history) > MAX_HISTORY or len(asked.acked) > MAX_ACKED:
        raise SyncError("too_large", limit=MAX_ACKED)
    if not asked.part:
        with database.writing() as connection:
            throttles.charge(connection, RECOVERIES, "server", at)
        exchange.settle(database, to_ms(at))
    with database.writing() as connection:
        principal = scope.confirmed(connection, principal, to_ms(at))
        epoch = epochs.current(connection)
        if asked.epoch == epoch:
            raise SyncError("no_rewind", epoch=epoch)
        held = frozenset() if principal.hands_in else scope.grants(connection, principal)
        common, cursor = _common(connection, principal, asked, held)
        device = principal.device_id
        if not asked.part:
            _wait_for_nothing(connection, str(device))
        n = run(connection, "SELECT n_applied FROM device WHERE id = ?", str(device)).scalar()
        return RewindAnswer(
            epoch=epoch, server_time=to_ms(at), cursor=cursor, common=common,
            missing=_missing(connection, principal, asked.acked), grants=sorted(held), n_applied=n or 0,
            lease_next=leases.anew(connection, device, asked.lease) if not asked.part else None,
        )  # fmt: skip


def _wait_for_nothing(connection: Connection, device: str) -> None:
    """Forget what was put off before the restore: it comes again, or was dealt with since."""
    run(connection, "DELETE FROM attempt WHERE device_id = ?", device)


def _common(
    connection: Connection, principal: Principal, asked: RewindRequest, held: frozenset[str]
) -> tuple[int | None, str]:
    """Return the newest place of the history that is still in the feed, cut to the scopes held there.

    A late answer may have taken the device back to a place before one that is lost now: what it was
    told in between is in doubt too, so such a place is no common ground.
    """
    secret, epoch = epochs.secret(connection), epochs.current(connection)
    lost: list[Cursor] = []
    common: tuple[int | None, str] = (None, "")
    for place, text in reversed(list(enumerate(asked.history))):
        try:
            known = cursors.read(text, secret, principal.user_id)
        except Malformed:  # signed by data that is gone
            continue
        if not known.scopes or not cursors.holds(connection, known):
            lost.append(known)
        elif not any(cursors.is_ahead(each, known) for each in lost):
            # A scope given since begins again, but is in the cursor: its end must still be told.
            kept = {name: known.scopes.get(name, START) for name in asked.grants if name in held}
            found = replace(known, epoch=epoch, scopes=kept, pending={})
            common = place, cursors.sign(found, secret, principal.user_id)
    return common


def _missing(connection: Connection, principal: Principal, acked: Sequence[str]) -> list[str]:
    try:
        ids = [documents.id_text(mutation_id) for mutation_id in acked]
    except ValueError as error:
        raise Malformed("malformed", part="acked") from error
    if not ids:
        return []
    known = run(
        connection, "SELECT mutation_id FROM receipt WHERE mutation_id IN ? AND user_id = ?",
        ids, str(principal.user_id),
    )  # fmt: skip
    here = {mutation_id for (mutation_id,) in known}
    return [mutation_id for mutation_id in ids if mutation_id not in here]


def tell_anew(database: Database, principal: Principal, asked: HeldRows, at: datetime) -> bytes:
    """Return these rows as they are now, and keep what the restore took away from them.

    A leaver's device, which is to hand in its work, is told of each that it holds it no more.
    """
    if len(asked.rows) > MAX_HELD:
        raise SyncError("too_large", limit=MAX_HELD)
    told = [row for row in asked.rows if row.entity in registry()]
    if not all(_is_id(row.id) for row in told):
        raise Malformed("malformed", part="rows")
    with database.writing() as connection:
        throttles.charge(connection, REPORTS, str(principal.device_id), at)
        principal = scope.confirmed(connection, principal, to_ms(at))
        epoch = epochs.current(connection)
        if asked.epoch != epoch:
            raise SyncError("epoch_changed", epoch=epoch)
        held = frozenset() if principal.hands_in else scope.grants(connection, principal)
        now = _now(connection, told)
        for row in told:
            if row.body is not None:
                _keep_lost(connection, epoch, held, row, now.get((row.entity, row.id)), at)
        old = _put_out(connection, told)
        lines = [
            _line(frozenset() if row.id in old else held, row, now.get((row.entity, row.id)), asked.schema)
            for row in told
        ]
    trailer = Trailer("", False, len(lines), "")
    return body(Header(epoch, to_ms(at), 0, schema=SCHEMA), lines, trailer)


Now = Mapping[tuple[str, str], tuple[rows.Stored, dict[str, Any]]]


def _by_entity(told: Iterable[HeldRow]) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for row in told:
        wanted.setdefault(row.entity, []).append(row.id)
    return wanted


def _put_out(connection: Connection, told: Iterable[HeldRow]) -> set[str]:
    """Return which rows no laptop holds any more for their age: no feed would take them away again."""
    found = (windows.among(connection, name, ids) for name, ids in _by_entity(told).items())
    return {row_id for some in found for row_id in some}


def _now(connection: Connection, told: Iterable[HeldRow]) -> Now:
    found = {}
    for name, ids in _by_entity(told).items():
        entity = registry()[name]
        parts = rows.load_parts(connection, entity, ids)
        for row_id, stored in rows.load(connection, entity, ids).items():
            found[name, row_id] = (stored, rows.body(entity, stored, parts.get(row_id)))
    return found


def _line(
    held: frozenset[str], row: HeldRow, now: tuple[rows.Stored, dict[str, Any]] | None, schema: int
) -> bytes:
    if now is None:
        return _encode({"r": (row.entity, row.id, 0, "tomb")}) + b"\n"
    where = registry()[row.entity].scope_of(now[0])
    if where not in held:
        return _encode({"r": (row.entity, row.id, now[0]["version"], "gone")}) + b"\n"
    body = casts.shown(row.entity, now[1], schema)
    return _encode({"r": (row.entity, row.id, now[0]["version"], "put", body), "s": where}) + b"\n"


# -- what the office lost --------------------------------------------------------------------


def _keep_lost(
    connection: Connection,
    epoch: str,
    held: frozenset[str],
    row: HeldRow,
    now: tuple[rows.Stored, dict[str, Any]] | None,
    at: datetime,
) -> None:
    entity = registry()[row.entity]
    if entity.kind not in _REPORTED or entity.name in ("conflict", "quarantine") or row.body is None:
        return
    if now is None:
        if _scope_told(entity, row.body) in held:
            _note(connection, epoch, row, ("", None, row.body), None, at)
        return
    stored, body = now
    if entity.scope_of(stored) not in held or row.version < stored["version"]:
        return
    plain = msgspec.json.decode(_encode(body))
    for field in entity.fields:
        value = row.body.get(field.name)
        if field.name in row.body and _is_entered(field) and not merge.equal(value, plain.get(field.name)):
            lost = (field.name, plain.get(field.name), value)
            _note(connection, epoch, row, lost, stored.get("territory_id"), at)


def _is_entered(field: Any) -> bool:
    """Whether people decide this field; what the server works out again is nobody's loss."""
    return not field.server_owned or field.name == "status"


def _scope_told(entity: Entity, body: Mapping[str, Any]) -> str:
    told = {column: body.get(column) for _, column in entity.scope}
    return entity.scope_of(told)


def _note(
    connection: Connection, epoch: str, row: HeldRow, lost: tuple[str, Any, Any],
    territory: Any, at: datetime,
) -> None:  # fmt: skip
    """Keep one lost value, once however many devices report it; it cannot be longer than a note."""
    name, winner, loser = lost
    said = _encode(loser)
    if len(said) > _LONGEST:
        return
    key = f"{epoch}/{row.entity}/{row.id}/{name}/{said.decode()}"
    found = uuid5(_NAMES, key)
    if connection.execute(select(conflict.c.id).where(conflict.c.id == found)).first() is not None:
        return
    connection.execute(
        conflict.insert().values(
            id=found, version=0, entity=row.entity, row_id=UUID(row.id), field=name, base=None,
            winner=winner, loser=loser, won_by=None, won_at=at, lost_by=UUID(NOBODY), lost_at=at,
            mutation_id=found, territory_id=UUID(str(territory)) if territory else None, reason=_REASON,
            state=ConflictState.OPEN,
        )
    )  # fmt: skip


def settle_returned(database: Database) -> int:
    """Close what stands again because its author's laptop has sent it again; return how many."""
    waiting = select(conflict).where(conflict.c.reason == _REASON, conflict.c.state == ConflictState.OPEN)
    with database.reading() as connection:
        found = connection.execute(waiting.limit(MAX_HELD)).all()
        now = _now(connection, [HeldRow(row.entity, str(row.row_id)) for row in found])
    stands = [row.id for row in found if _stands(row, now.get((row.entity, str(row.row_id))))]
    if stands:
        with database.writing() as connection:
            chosen = update(conflict).where(conflict.c.id.in_(stands))
            connection.execute(chosen.values(state=ConflictState.SWAPPED))
    return len(stands)


def _stands(row: Any, now: tuple[rows.Stored, dict[str, Any]] | None) -> bool:
    if now is None:
        return False
    plain = msgspec.json.decode(_encode(now[1]))
    return not row.field or merge.equal(plain.get(row.field), row.loser)


def _is_id(text: str) -> bool:
    try:
        return documents.id_text(text) == text
    except ValueError:
        return False
