"""Rows as lines of the wire, straight from the driver's tuples: what every page is made of.

One struct type per table encodes with keys that were written out once; only columns that need
it are converted. A row that holds fields of a newer version, or is told to a client of another
schema, goes through ``rows.body`` instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import xxhash
from sqlalchemy import Connection

from fieldcrm.sync import casts
from fieldcrm.sync.entities import GLOBAL_SCOPE, Entity, PartEntity
from fieldcrm.sync.protocol import Header, Trailer
from server import rows
from server.database import quoted, run

_encode = msgspec.json.Encoder().encode
_LEAD = 3
Row = Sequence[Any]
Parts = Mapping[str, Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Table:
    """How one table's tuples become what is encoded; both kinds lead with three columns."""

    kind: Any
    converted: tuple[tuple[int, Any], ...]

    def values(self, row: Row) -> list[Any]:
        """Return the values that travel."""
        values = list(row[_LEAD:])
        for n, convert in self.converted:
            if values[n] is not None:
                values[n] = convert(values[n])
        return values


@cache
def table(entity: Entity | PartEntity) -> Table:
    """Return how ``entity`` is written."""
    how = rows.shape(entity)
    names = [*how.travels, *(part.name for part in (entity.parts if isinstance(entity, Entity) else ()))]
    members = [(f"f{n}", Any) for n in range(len(names))]
    rename = {f"f{n}": name for n, name in enumerate(names)}
    kind = msgspec.defstruct(entity.name, members, rename=rename, gc=False)
    return Table(kind, tuple((how.travels.index(name), convert) for name, convert in how.converted))


def by_id(connection: Connection, entity: Entity, ids: list[str]) -> dict[str, Row]:
    """Return the tuples of those ``ids`` that exist."""
    if not ids:
        return {}
    found = run(connection, f"{rows.shape(entity).select} WHERE id IN ?", ids)
    return {row[0]: row for row in found.all()}


def parts_of(connection: Connection, entity: Entity, ids: list[str]) -> Parts:
    """Return the parts of these rows as they are encoded, by owner: one list for each kind of part."""
    if not entity.parts or not ids:
        return {}
    found: dict[str, list[list[Any]]] = {owner: [[] for _ in entity.parts] for owner in ids}
    for n, part in enumerate(entity.parts):
        how, owner, written = rows.shape(part), quoted(part.owner), table(part)
        sql = f"{how.select} WHERE {owner} IN ? ORDER BY {owner}, position, id"
        for row in run(connection, sql, ids).all():
            plain = written.kind(*written.values(row)) if not row[2] else how.body(_named(how, row))
            found[row[0]][n].append(plain)
    return found


def scope_of(entity: Entity, row: Row) -> str:
    """Return the scope of a tuple, as ``Entity.scope_of`` does of a mapping."""
    columns = rows.shape(entity).columns
    for prefix, column in entity.scope:
        value = row[columns.index(column)]
        if value is not None:
            return f"{prefix}:{value}"
    return GLOBAL_SCOPE


def puts(
    entity: Entity, found: Iterable[tuple[Row, str | None]], parts: Parts, schema: int
) -> Iterable[bytes]:
    """Yield the line of each (row, scope) for a client of ``schema``."""
    written, name = table(entity), entity.name
    altered = casts.HISTORY.alters(name, schema)
    none: Sequence[Sequence[Any]] = [() for _ in entity.parts]
    for row, where in found:
        own = parts.get(row[0], none)
        if altered or row[2]:
            body = _odd(entity, row, own, schema)
        else:
            body = written.kind(*written.values(row), *own)
        yield _encode({"r": (name, row[0], row[1], "put", body), "s": where}) + b"\n"


def body(header: Header, lines: list[bytes], trailer: Trailer) -> bytes:
    """Return a whole response: header, rows, and the trailer with the checksum of all before it."""
    said = b"".join([_encode({"h": header}) + b"\n", *lines])
    whole = msgspec.structs.replace(trailer, crc=xxhash.xxh64_hexdigest(said))
    return said + _encode({"t": whole}) + b"\n"


def _odd(entity: Entity, row: Row, parts: Sequence[Sequence[Any]], schema: int) -> dict[str, Any]:
    how = rows.shape(entity)
    body = how.body(_named(how, row))
    for part, items in zip(entity.parts, parts, strict=True):
        body[part.name] = [_plain(item) for item in items]
    return casts.shown(entity.name, body, schema)


def _plain(item: Any) -> dict[str, Any]:
    if isinstance(item, dict):
        return item
    told: dict[str, Any] = msgspec.json.decode(_encode(item))
    return told


def _named(how: rows.Shape, row: Row) -> rows.Stored:
    return dict(zip(how.columns, row, strict=True))
