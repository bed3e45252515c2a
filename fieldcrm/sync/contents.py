"""A sum of each row's content, kept beside it, so that a row that changed by itself is noticed (I20).

The server compares ids and versions; what lies under a version only this device can compare with
what sync wrote. Sync notes the sum of every row it writes. Rows of the first sync get theirs
with the first self-check. Where a row has unsent work its content is the user's, not sync's.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import xxhash

from fieldcrm.storage.cipher import Connection
from fieldcrm.sync import documents
from fieldcrm.sync.entities import Entity, PartEntity

_LOT = 2_000
_SIGNED = 1 << 63
_END = "~"  # after every id
_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Seen:
    """One stored row: id, version, the scope its columns name, the sum of all it holds."""

    id: str
    version: int
    scope: str
    sum: int


def note(connection: Connection, entity: Entity, rows: Mapping[str, tuple[Any, ...]]) -> None:
    """Note the sums of rows, as they are stored, that sync has just written; their parts are read."""
    if not entity.parts:
        write(connection, entity.name, [(row_id, _sum(row, [])) for row_id, row in rows.items()])
        return
    for some in documents.chunks(rows):
        where = f"{{0}} IN ({','.join('?' * len(some))})"
        write(connection, entity.name, [(row.id, row.sum) for row in _read(connection, entity, where, some)])


def write(
    connection: Connection, entity: str, sums: Sequence[tuple[str, int]], *, first: bool = False
) -> None:
    """Keep sums; ``first`` ones do not replace what sync noted."""
    connection.executemany(
        "INSERT INTO row_sum (entity, row_id, sum) VALUES (?, ?, ?) ON CONFLICT (entity, row_id) "
        + ("DO NOTHING" if first else "DO UPDATE SET sum = excluded.sum"),
        [(entity, row_id, total) for row_id, total in sums],
    )


def forget(connection: Connection, entity: str, ids: Iterable[str]) -> None:
    """Forget the sums of rows that left."""
    connection.executemany(
        "DELETE FROM row_sum WHERE entity = ? AND row_id = ?", [(entity, row_id) for row_id in ids]
    )


def kept(connection: Connection, entity: str) -> dict[str, int]:
    """Return the sums noted for an entity's rows."""
    return dict(connection.execute("SELECT row_id, sum FROM row_sum WHERE entity = ?", (entity,)).fetchall())


def all_of(connection: Connection, entity: Entity) -> Iterator[Seen]:
    """Read every row of an entity, some at a time."""
    place = f'SELECT id FROM "{entity.name}" WHERE id > ? ORDER BY id LIMIT 1 OFFSET {_LOT}'
    last = ""
    while last != _END:
        found = connection.execute(place, (last,)).fetchone()
        until: str = found[0] if found else _END
        yield from _read(connection, entity, "{0} > ? AND {0} <= ?", (last, until))
        last = until


def _read(connection: Connection, entity: Entity, where: str, values: Sequence[str]) -> Iterator[Seen]:
    places = _scope_places(entity)
    parts = [_parts(connection, part, where, values) for part in entity.parts]
    query = f'SELECT {_columns(entity)} FROM "{entity.name}" WHERE {where.format("id")} ORDER BY id'
    for row in connection.execute(query, values).fetchall():
        inside = [of.get(row[0], ()) for of in parts]
        scope = entity.scope_of({column: row[place] for column, place in places})
        yield Seen(row[0], row[1], scope, _sum(row, inside))


def _sum(row: tuple[Any, ...], parts: Sequence[Any]) -> int:
    return xxhash.xxh64_intdigest(_pack((row, parts))) - _SIGNED


def _parts(
    connection: Connection, part: PartEntity, where: str, values: Sequence[str]
) -> dict[str, list[tuple[object, ...]]]:
    names = ", ".join(f'"{column.name}"' for column in part.table.columns)
    found: dict[str, list[tuple[object, ...]]] = {}
    query = (
        f'SELECT "{part.owner}", {names} FROM "{part.table.name}" '
        f"WHERE {where.format(part.owner)} ORDER BY position, id"
    )
    for owner, *held in connection.execute(query, values):
        found.setdefault(owner, []).append(tuple(held))
    return found


def _names(entity: Entity) -> list[str]:
    return ["id", "version", "extra", *(field.name for field in entity.fields)]


def _columns(entity: Entity) -> str:
    return ", ".join(f'"{name}"' for name in _names(entity))


@cache
def _scope_places(entity: Entity) -> tuple[tuple[str, int], ...]:
    names = _names(entity)
    return tuple((column, names.index(column)) for _, column in entity.scope)
