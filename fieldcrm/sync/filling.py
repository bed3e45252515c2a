"""Rows of a first sync: from JSON bytes to tuples and into the tables, with no dict in between.

Made for rows just as this version knows them and for ids that are not here yet, which is
nearly all of them, at a fifth of the cost of the ordinary way. Whatever is not so (another
version's fields, a row that is here already, unsent work) is left to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from fieldcrm.model.wire import Field
from fieldcrm.storage.cipher import DRIVER, Connection
from fieldcrm.sync import documents
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.page import RawRow

_TEXT: Any = str | None
_WHOLE: Any = int | None
_TYPES: Mapping[str, Any] = {
    "integer": _WHOLE, "moment": _WHOLE, "boolean": bool | None, "json": msgspec.Raw,
}  # fmt: skip
Tuples = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Lot:
    """A page's rows of one entity as they came, and ready for the tables: the row's own, then its parts'.

    ``tables`` is None if this version does not know such rows.
    """

    entity: Entity
    rows: Sequence[RawRow]
    tables: tuple[Tuples, ...] | None

    def without(self, ids: Set[str]) -> Lot:
        """Return this lot without some rows and their parts."""
        rows = [row for row in self.rows if row.id not in ids]
        if self.tables is None:
            return Lot(self.entity, rows, None)
        return Lot(self.entity, rows, tuple([t for t in table if t[0] not in ids] for table in self.tables))


def lots(rows: Iterable[RawRow]) -> list[Lot]:
    """Group a page's rows by entity, ready to be inserted; parents first, as they come."""
    grouped = [(name, list(some)) for name, some in groupby(rows, attrgetter("entity"))]
    return [Lot(registry()[name], some, _tables(name, some)) for name, some in grouped if name in registry()]


def insert(connection: Connection, lot: Lot) -> bool:
    """Insert rows that are not here yet; if that cannot be, change nothing and return False."""
    if lot.tables is None:
        return False
    connection.execute("SAVEPOINT lot")
    try:
        for sql, tuples in zip(_shape(lot.entity.name).statements, lot.tables, strict=True):
            connection.executemany(sql, tuples)
    except DRIVER.IntegrityError:
        connection.execute("ROLLBACK TO lot")
        return False
    finally:
        connection.execute("RELEASE lot")
    return True


def _tables(name: str, rows: Sequence[RawRow]) -> tuple[Tuples, ...] | None:
    shape = _shape(name)
    try:
        bodies = [shape.decode(row.body) for row in rows]
        keyed = zip(rows, map(shape.values, bodies), strict=True)
        own = [(row.id, row.version, None, *values) for row, values in keyed]
        return (own, *(_parts(rows, bodies, of, values) for of, values in shape.parts))
    except (msgspec.ValidationError, ValueError):
        return None


def _parts(rows: Sequence[RawRow], bodies: Sequence[Any], of: _Pick, values: _Pick) -> Tuples:
    return [
        (row.id, position, *values(item))
        for row, body in zip(rows, bodies, strict=True)
        for position, item in enumerate(of(body))
    ]


_Pick = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How one entity's body is read, its values picked, and its tuples inserted."""

    decode: _Pick
    values: _Pick
    parts: tuple[tuple[_Pick, _Pick], ...]
    statements: tuple[str, ...]


@cache
def _shape(name: str) -> _Shape:
    entity = registry()[name]
    parts = [(part, _struct(part.name, part.fields)) for part in entity.parts]
    body = _struct(name, entity.fields, {part.name: list[kind] for part, kind in parts})  # type: ignore[valid-type]
    first = len(entity.fields)
    return _Shape(
        msgspec.json.Decoder(body).decode,
        _picking(entity.fields),
        tuple((attrgetter(_key(first + n)), _picking(part.fields)) for n, (part, _) in enumerate(parts)),
        (
            _insert(name, ("id", "version", "extra"), entity.fields),
            *(_insert(part.table.name, (part.owner, "position"), part.fields) for part, _ in parts),
        ),
    )


def _struct(name: str, fields: Sequence[Field], parts: Mapping[str, Any] | None = None) -> Any:
    """Return the type of a body; its attributes have plain names, because keys may be Python's words."""
    keys: dict[str, Any] = {field.name: _TYPES.get(field.type, _TEXT) for field in fields}
    keys |= parts or {}
    members = [(_key(n), kind) for n, kind in enumerate(keys.values())]
    rename = {_key(n): key for n, key in enumerate(keys)}
    return msgspec.defstruct(name, members, rename=rename, forbid_unknown_fields=True, gc=False)


def _key(n: int) -> str:
    return f"f{n}"


def _picking(fields: Sequence[Field]) -> _Pick:
    """Return what turns a body into stored values."""
    pick = attrgetter(*map(_key, range(len(fields))))
    converted = [(n, _CONVERT[field.type]) for n, field in enumerate(fields) if field.type in _CONVERT]
    if not converted:
        return pick

    def picked(body: Any) -> list[Any]:
        values = list(pick(body))
        for n, convert in converted:
            if values[n] is not None:
                values[n] = convert(values[n])
        return values

    return picked


def _json(raw: msgspec.Raw) -> str | None:
    text = bytes(raw).decode()
    return None if text == "null" else text


_CONVERT: Mapping[str, _Pick] = {"amount": documents.scaled, "quantity": documents.scaled, "json": _json}


def _insert(table: str, leading: Sequence[str], fields: Sequence[Field]) -> str:
    columns = [*leading, *(field.name for field in fields)]
    listed, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    return f'INSERT INTO "{table}" ({listed}) VALUES ({marks})'  # noqa: S608  # names of our own tables
