"""What this server holds of a scope, in 256 hashes per entity, so that a laptop can check itself (I20).

A laptop says the sum of each entity in each of its scopes; for those that differ it gets the
buckets, asks for the ids of the buckets that differ, and then for just the rows it lacks. What
leaves is decided in the reading snapshot, as for a page. Sums are remembered for as long as
feed and database agree that the rows are as they were: a feed that skipped one is what this is for.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from fieldcrm.clock import to_ms
from fieldcrm.errors import Malformed, SyncError
from fieldcrm.sync.buckets import BUCKETS, NOTHING, Sums, bucket_of
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.protocol import MAX_ROWS, DigestRequest, Header, IdsRequest, RowsRequest, Trailer
from server import bootstrap, documents, epochs, exchange, pull, scope, stamp
from server.database import Database, quoted, run
from server.lines import body
from server.scope import Principal

_REMEMBERED = 2_048
_encode = msgspec.json.Encoder().encode
_Key = tuple[str, str, str, int, int, int]
_known: OrderedDict[_Key, Sums] = OrderedDict()
_turn = threading.Lock()


def differing(database: Database, principal: Principal, asked: DigestRequest, at: datetime) -> bytes:
    """Return the buckets of every entity whose sum is not the one told; scopes not held are left out."""
    exchange.settle(database, to_ms(at))
    differ: dict[str, dict[str, Any]] = {}
    with database.reading() as connection:
        held = scope.grants(connection, scope.confirmed(connection, principal))
        for name in sorted(held & asked.sums.keys()):
            here = _sums(connection, name)
            told = asked.sums[name]
            odd = {e: here[e].pairs for e in here if here[e].whole != tuple(told.get(e, NOTHING))}
            none = Sums().pairs
            odd |= {e: none for e, pair in told.items() if e not in here and tuple(pair) != NOTHING}
            if odd:
                differ[name] = odd
        return _encode({"epoch": epochs.current(connection), "differ": differ})


def ids(database: Database, principal: Principal, asked: IdsRequest) -> bytes:
    """Return id and version of every row in these buckets of one entity in one scope."""
    entity, wanted = registry().get(asked.entity), frozenset(asked.buckets)
    if entity is None or not all(0 <= bucket < BUCKETS for bucket in wanted):
        raise Malformed("malformed", part="buckets")
    with database.reading() as connection:
        held = scope.grants(connection, scope.confirmed(connection, principal))
        if asked.scope not in held:
            raise SyncError("not_allowed", scope=asked.scope)
        found = [row for row in _rows(connection, entity, asked.scope) if bucket_of(row[0]) in wanted]
        return _encode({"epoch": epochs.current(connection), "ids": found})


def rows(database: Database, principal: Principal, asked: RowsRequest, at: datetime) -> bytes:
    """Return these rows as a page does: put if they are in a scope held now, else gone or tomb."""
    if sum(map(len, asked.rows.values())) > MAX_ROWS:
        raise SyncError("too_large", limit=MAX_ROWS)
    keys = [(name, documents.id_text(row_id)) for name, some in asked.rows.items() for row_id in some]
    with database.reading() as connection:
        held = scope.grants(connection, scope.confirmed(connection, principal))
        lines = pull.told(connection, held, keys, asked.schema)
        header = Header(epochs.current(connection), to_ms(at), 0)
    return body(header, lines, Trailer("", False, len(lines), ""))


def _sums(connection: Connection, name: str) -> dict[str, Sums]:
    """Return the sums of a scope by entity; entities without rows are left out."""
    newest = run(connection, "SELECT max(seq) FROM sync_row WHERE scope_id = ?", name).scalar() or 0
    epoch, waits = epochs.current(connection), stamp.waiting(connection)
    made = {}
    for entity in registry().values():
        count, versions = _outline(connection, entity, name)
        if count:
            key = (epoch, name, entity.name, newest, count, int(versions))
            made[entity.name] = _worked_out(connection, entity, name, None if waits else key)
    return made


def _outline(connection: Connection, entity: Entity, name: str) -> tuple[int, int]:
    """Return what the database itself counts: a change that the feed missed shows here too."""
    asked = _asked(entity, name, "count(*), coalesce(sum(version), 0)")
    return run(connection, *asked).one() if asked else (0, 0)


def _worked_out(connection: Connection, entity: Entity, name: str, key: _Key | None) -> Sums:
    with _turn:
        if key is not None and (known := _known.get(key)) is not None:
            _known.move_to_end(key)
            return known
    made = Sums()
    for row_id, version in _rows(connection, entity, name):
        made.add(row_id, version)
    with _turn:
        if key is not None:
            _known[key] = made
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return made


def _rows(connection: Connection, entity: Entity, name: str) -> list[tuple[str, int]]:
    asked = _asked(entity, name, "id, version")
    return run(connection, *asked).all() if asked else []


def _asked(entity: Entity, name: str, what: str) -> tuple[str, str] | None:
    where = bootstrap.where(entity, name)
    if where is None:
        return None
    return f"SELECT {what} FROM {quoted(entity.name)} WHERE {where}", name.partition(":")[2] or name
