"""A scope from the beginning, page by page in key order; resumable anywhere.

The place to go on from is taken before the first page is read, so that whatever changes
meanwhile arrives by the ordinary feed afterwards (the version guard makes overlaps harmless).
Until the last page the scope is only ``pending`` in the cursor: a client that stops half-way
and syncs has lost nothing.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec
from sqlalchemy import Connection

from fieldcrm.errors import Malformed
from fieldcrm.sync import protocol
from fieldcrm.sync.entities import GLOBAL_SCOPE, Entity, registry
from fieldcrm.sync.protocol import FIRST_SCHEMA, Want
from server import cursors, documents, epochs, rows, windows
from server import lines as lines_
from server.cursors import Cursor
from server.database import quoted, run
from server.pull import fitting

BEGIN = "0."
"""The key before every row, for a scope whose place in the feed is already taken."""

_LOT = 500


class Slice(msgspec.Struct, frozen=True):
    """Encoded rows of one scope, where they end (None: at the end) and the cursor to keep."""

    lines: list[bytes]
    after: str | None
    cursor: Cursor


class _Collected(msgspec.Struct, frozen=True):
    """Encoded rows and the key they end at; no rank at the end of the scope."""

    lines: list[bytes]
    rank: int | None
    last: str


def read(
    connection: Connection, scope: str, after: str, want: Want, cursor: Cursor | None,
    schema: int = FIRST_SCHEMA,
) -> Slice:  # fmt: skip
    """Return the next slice of ``scope``; ``after`` is empty for the first."""
    cursor = cursor or Cursor(epochs.current(connection), schema=min(schema, protocol.SCHEMA))
    pending = dict(cursor.pending)
    if not after or scope not in pending:
        pending[scope] = cursors.newest(connection)
        after = ""
    rank, last = _key(after)
    here = fitting(want, lambda size: _collect(connection, scope, rank, last, size, schema))
    if here.rank is not None:
        return Slice(here.lines, f"{here.rank}.{here.last}", replace(cursor, pending=pending))
    scopes = {**cursor.scopes, scope: pending.pop(scope)}
    return Slice(here.lines, None, replace(cursor, scopes=scopes, pending=pending))


def _key(after: str) -> tuple[int, str]:
    if not after:
        return 0, ""
    rank, _, last = after.partition(".")
    try:
        return int(rank), documents.id_text(last) if last else ""
    except ValueError as error:
        raise Malformed("malformed", part="after") from error


def _collect(
    connection: Connection, scope: str, rank: int, last: str, limit: tuple[int, int], schema: int
) -> _Collected:
    rows_left, bytes_left = limit
    lines: list[bytes] = []
    for entity in (entity for entity in registry().values() if entity.rank >= rank):
        last = last if entity.rank == rank else ""
        condition = where(entity, scope)
        while condition is not None:
            lot = min(_LOT, rows_left)
            if lot <= 0:
                return _Collected(lines, entity.rank, last)
            found = _lot(connection, entity, condition, scope, last, lot)
            parts = lines_.parts_of(connection, entity, [row[0] for row in found])
            told = lines_.puts(entity, ((row, scope) for row in found), parts, schema)
            for row, line in zip(found, told, strict=True):
                if lines and len(line) > bytes_left:
                    return _Collected(lines, entity.rank, last)
                lines.append(line)
                last, rows_left, bytes_left = row[0], rows_left - 1, bytes_left - len(line)
            if len(found) < lot:
                break
    return _Collected(lines, None, "")


def where(entity: Entity, scope: str) -> str | None:
    """Return the condition that a row of ``entity`` is in ``scope``; None if none can be."""
    if not entity.scope:
        return "? = 'global'" + windows.within(entity) if scope == GLOBAL_SCOPE else None
    prefix = scope.partition(":")[0]
    earlier = ""
    for name, column in entity.scope:
        if name == prefix:
            return f"{earlier}{quoted(column)} = ?{windows.within(entity)}"
        earlier += f"{quoted(column)} IS NULL AND "
    return None


def _lot(
    connection: Connection, entity: Entity, where: str, scope: str, last: str, lot: int
) -> list[lines_.Row]:
    key = GLOBAL_SCOPE if scope == GLOBAL_SCOPE else scope.partition(":")[2]
    sql = f"{rows.shape(entity).select} WHERE {where} AND id > ? ORDER BY id LIMIT ?"
    return list(run(connection, sql, key, last, lot).all())
