"""What a device has no room for until it is updated: columns and entities of a newer schema.

A cursor remembers for which schema its rows were sent. When a device comes with a newer one,
whatever its scopes hold in the columns added since is told once more before the feed goes on:
a ``fill`` of just these columns, or the whole row of an entity that is new to it. Rows at
their defaults stay untold. How far that got stands in the cursor, so a crash on either side
repeats it and a cut loses one page.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection

from fieldcrm.errors import Malformed
from fieldcrm.model.wire import Field, from_wire
from fieldcrm.sync import casts, protocol
from fieldcrm.sync.casts import Added
from fieldcrm.sync.entities import Entity, PartEntity, registry
from fieldcrm.sync.protocol import Want
from server import rows
from server.cursors import Cursor
from server.database import quoted, run
from server.pull import Page, fitting

_encode = msgspec.json.Encoder().encode
_LOT = 500


@dataclass(slots=True)
class _Told:
    """Encoded rows and where they end; no place at the end of all."""

    lines: list[bytes]
    after: str


def caught_up(cursor: Cursor, schema: int) -> Cursor:
    """Return the cursor as it is once everything was told for ``schema``."""
    return replace(cursor, schema=max(cursor.schema, min(schema, protocol.SCHEMA)), after="")


def is_behind(cursor: Cursor, schema: int) -> bool:
    """Whether the device has columns now that it had no room for when its rows were sent."""
    return cursor.schema < min(schema, protocol.SCHEMA)


def page(
    connection: Connection, held: frozenset[str], cursor: Cursor, schema: int, want: Want, said: int
) -> Page | None:
    """Return the next page of what newer columns hold, or None if nothing is left to tell."""
    wanted = _wanted(cursor.schema, min(schema, protocol.SCHEMA))
    told = fitting(want, lambda size: _told(connection, held, wanted, cursor.after, size), said)
    if not told.lines:
        return None
    at = replace(cursor, after=told.after) if told.after else caught_up(cursor, schema)
    return Page(told.lines, at, True, [], [])


def _wanted(schema: int, until: int) -> list[tuple[Entity, list[Added]]]:
    """Return what was added after ``schema``, by entity, parents first."""
    known = [each for each in casts.HISTORY.since(schema, until) if each.entity in registry()]
    ranked = sorted(known, key=lambda each: registry()[each.entity].rank)
    return [(registry()[name], list(group)) for name, group in groupby(ranked, lambda each: each.entity)]


def _told(
    connection: Connection, held: frozenset[str], wanted: Sequence[tuple[Entity, list[Added]]], after: str,
    limit: tuple[int, int],
) -> _Told:  # fmt: skip
    name, _, last = after.partition(".")
    rows_left, bytes_left = limit
    lines: list[bytes] = []
    begun = not name
    for entity, added in wanted:
        if not begun and entity.name != name:
            continue
        start, begun = ("" if begun else last), True
        place = f"{entity.name}.{start}"
        for row_id, line in _lines(connection, held, entity, added, start):
            if lines and (rows_left <= 0 or len(line) > bytes_left):
                return _Told(lines, place)
            lines.append(line)
            rows_left, bytes_left, place = rows_left - 1, bytes_left - len(line), f"{entity.name}.{row_id}"
    if not begun:
        raise Malformed("malformed", part="cursor")
    return _Told(lines, "")


def _lines(
    connection: Connection, held: frozenset[str], entity: Entity, added: Sequence[Added], after: str
) -> Iterator[tuple[str, bytes]]:
    """Yield id and line of every row of ``held`` that says something in ``added``, by id."""
    clauses, values = _said(entity, added)
    while True:
        sql = f"SELECT id FROM {quoted(entity.name)} WHERE id > ? AND ({clauses}) ORDER BY id LIMIT ?"
        found = [row_id for (row_id,) in run(connection, sql, after, *values, _LOT)]
        loaded = rows.load(connection, entity, found)
        parts = rows.load_parts(connection, entity, list(loaded))
        for row_id in found:
            row = loaded[row_id]
            if entity.scope_of(row) in held:
                yield row_id, _line(entity, row, parts.get(row_id), added)
        if len(found) < _LOT:
            return
        after = found[-1]


def _line(entity: Entity, row: rows.Stored, parts: rows.Parts | None, added: Sequence[Added]) -> bytes:
    body: Mapping[str, Any] = rows.body(entity, row, parts)
    state = "put"
    if all(each.field for each in added):
        names = {each.part or each.field for each in added}
        body, state = {name: body[name] for name in body if name in names}, "fill"
    told = {"r": (entity.name, row["id"], row["version"], state, body), "s": entity.scope_of(row)}
    return _encode(told) + b"\n"


def _said(entity: Entity, added: Sequence[Added]) -> tuple[str, list[Any]]:
    """Return the condition that a row holds something that rows without these columns do not."""
    clauses: list[str] = []
    values: list[Any] = []
    for each in added:
        if not each.field:
            return "1 = 1", []
        part = next((part for part in entity.parts if part.name == each.part), None)
        field = _field(part or entity, each.field)
        column = f"{quoted(part.table.name if part else entity.name)}.{quoted(each.field)}"
        clause = f"{column} IS NOT NULL"
        if each.default is not None:
            clause = f"({column} IS NULL OR {column} <> ?)"
            values.append(from_wire(field, each.default))
        if part is not None:
            table, owner = quoted(part.table.name), quoted(part.owner)
            mine = f"{table}.{owner} = {quoted(entity.name)}.id"
            clause = f"EXISTS (SELECT 1 FROM {table} WHERE {mine} AND {clause})"
        clauses.append(clause)
    return " OR ".join(clauses), values


def _field(of: Entity | PartEntity, name: str) -> Field:
    return next(field for field in of.fields if field.name == name)
