"""Whole rows as JSON documents: what patches are cut from and what pages are made of.

A document is the body of a wire row: every field, parts as lists of objects in their
order, unknown keys of a newer server kept word for word (``extra``). Reading and writing
move stored values with driver SQL; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy.dialects import sqlite

from fieldcrm.errors import Malformed
from fieldcrm.model.base import SCALE
from fieldcrm.model.wire import Field, to_wire
from fieldcrm.storage.cipher import DRIVER, Connection
from fieldcrm.sync.entities import Entity, PartEntity, registry

_CHUNK = 500
_DIALECT = sqlite.dialect()
_BAD_VALUE: tuple[type[Exception], ...] = (
    KeyError, TypeError, ValueError, AttributeError,
    DRIVER.InterfaceError, DRIVER.ProgrammingError, DRIVER.IntegrityError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """One row as it stands, in wire form; version 0 means the server has not seen it."""

    version: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """Rows that were written, by id: as they are stored, and which columns changed, all of a new row."""

    rows: dict[str, tuple[Any, ...]]
    changed: dict[str, frozenset[str]]


def read(connection: Connection, entity: Entity, ids: Iterable[str]) -> dict[str, Document]:
    """Return the documents of those ``ids`` that exist, by id."""
    found: dict[str, Document] = {}
    names = ", ".join(f'"{field.name}"' for field in entity.fields)
    for chunk in chunks(ids):
        where = f"({','.join('?' * len(chunk))})"
        query = f'SELECT id, version, extra, {names} FROM "{entity.name}" WHERE id IN {where}'  # noqa: S608
        for row_id, version, extra, *values in connection.execute(query, chunk):
            body = {f.name: plain(f, v) for f, v in zip(entity.fields, values, strict=True)}
            found[row_id] = Document(version, body | (msgspec.json.decode(extra) if extra else {}))
        for part in entity.parts:
            _read_parts(connection, part, chunk, found)
    return found


def _read_parts(
    connection: Connection, part: PartEntity, ids: Sequence[str], found: dict[str, Document]
) -> None:
    for row_id in ids:
        if row_id in found:
            found[row_id].body[part.name] = []
    names = ", ".join(f'"{field.name}"' for field in part.fields)
    query = (
        f'SELECT "{part.owner}", extra, {names} FROM "{part.table.name}" '  # noqa: S608  # names of our own tables
        f'WHERE "{part.owner}" IN ({",".join("?" * len(ids))}) ORDER BY position, id'
    )
    for owner, extra, *values in connection.execute(query, ids):
        if owner in found:
            body = {f.name: plain(f, v) for f, v in zip(part.fields, values, strict=True)}
            found[owner].body[part.name].append(body | (msgspec.json.decode(extra) if extra else {}))


def plain(field: Field, stored: Any) -> Any:
    """Return the plain JSON value of a stored value."""
    value = to_wire(field, stored)
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value


def write(connection: Connection, entity: Entity, rows: Sequence[tuple[str, int, dict[str, Any]]]) -> Written:
    """Insert or update whole rows; say what they hold now and what of it is news.

    Only columns that changed are written: one that stays costs nothing in the indexes it is in.
    """
    shape = _shape(entity.name)
    try:
        stored = {row[0]: shape.values(*row) for row in rows}
        changed = _write_changed(connection, shape, stored)
        for part in entity.parts if rows else ():
            _delete_where(connection, part.table.name, part.owner, [row[0] for row in rows])
            _write_parts(connection, part, rows)
    except _BAD_VALUE as error:
        raise Malformed("bad_row", entity=entity.name) from error
    return Written(stored, changed)


def _write_changed(
    connection: Connection, shape: _RowShape, rows: dict[str, tuple[Any, ...]]
) -> dict[str, frozenset[str]]:
    before = {row[0]: row for some in chunks(rows) for row in connection.execute(shape.find(len(some)), some)}
    new = [row for row_id, row in rows.items() if row_id not in before]
    connection.executemany(shape.sql, new)
    everything = frozenset(shape.columns)
    written = {row[0]: everything for row in new}
    changes: dict[tuple[int, ...], list[tuple[Any, ...]]] = {}
    for row_id, old in before.items():
        row = rows[row_id]
        differing = tuple([n for n, (was, now) in enumerate(zip(old, row, strict=True)) if was != now])
        changes.setdefault(differing, []).append(row)
    for differing, changed in changes.items():
        names = frozenset(shape.columns[n] for n in differing)
        written |= {row[0]: names for row in changed}
        if differing:
            values = [(*(row[n] for n in differing), row[0]) for row in changed]
            connection.executemany(shape.update(differing), values)
    return written


def _write_parts(
    connection: Connection, part: PartEntity, rows: Sequence[tuple[str, int, dict[str, Any]]]
) -> None:
    shape = _part_shape(part)
    values = [
        shape.values(owner, position, item)
        for owner, _, body in rows
        for position, item in enumerate(body.get(part.name) or ())
    ]
    if values:
        connection.executemany(shape.sql, values)


def delete(connection: Connection, entity: Entity, ids: Iterable[str]) -> None:
    """Delete rows and their parts."""
    wanted = list(ids)
    for part in entity.parts:
        _delete_where(connection, part.table.name, part.owner, wanted)
    _delete_where(connection, entity.name, "id", wanted)


def _delete_where(connection: Connection, table: str, column: str, ids: Sequence[str]) -> None:
    for chunk in chunks(ids):
        marks = ",".join("?" * len(chunk))
        connection.execute(f'DELETE FROM "{table}" WHERE "{column}" IN ({marks})', chunk)  # noqa: S608


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """Cut ``ids`` into lists that fit one statement."""
    wanted = list(ids)
    for start in range(0, len(wanted), _CHUNK):
        yield wanted[start : start + _CHUNK]


class _Shape:
    """How one table's documents become tuples: fast when every key is there and none is unknown."""

    def __init__(
        self, table: str, leading: tuple[str, ...], fields: Sequence[Field], parts: Sequence[str]
    ) -> None:
        self._names = [field.name for field in fields]
        self._known = {*self._names, *parts}
        self._pick: Callable[[dict[str, Any]], tuple[Any, ...]] = itemgetter(*self._names)
        self._convert = [(n, c) for n, f in enumerate(fields) if (c := _CONVERTERS.get(f.type))]
        self._defaults = {field.name: _default(field) for field in fields}
        self._table = table
        columns = self.columns = (*leading, *self._names)
        updates = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != "id")
        listed, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        self.sql = (
            f'INSERT INTO "{table}" ({listed}) VALUES ({marks}) '  # noqa: S608  # names of our own tables
            f"ON CONFLICT (id) DO UPDATE SET {updates}"
        )

    def find(self, count: int) -> str:
        """Return the query for ``count`` rows by id."""
        listed = ", ".join(f'"{name}"' for name in self.columns)
        return f'SELECT {listed} FROM "{self._table}" WHERE id IN ({", ".join("?" * count)})'  # noqa: S608

    def update(self, changed: Iterable[int]) -> str:
        """Return the statement that writes these columns of one row."""
        setting = ", ".join(f'"{self.columns[n]}" = ?' for n in changed)
        return f'UPDATE "{self._table}" SET {setting} WHERE id = ?'  # noqa: S608

    def picked(self, body: dict[str, Any]) -> list[Any]:
        try:
            values = list(self._pick(body))
        except KeyError:
            values = [body.get(name, self._defaults[name]) for name in self._names]
        for n, convert in self._convert:
            if values[n] is not None:
                values[n] = convert(values[n])
        return values

    def unknown(self, body: dict[str, Any]) -> str | None:
        if body.keys() <= self._known:
            return None
        unknown = {name: value for name, value in body.items() if name not in self._known}
        return msgspec.json.encode(unknown).decode()


class _RowShape(_Shape):
    def values(self, row_id: str, version: int, body: dict[str, Any]) -> tuple[Any, ...]:
        return (row_id, version, self.unknown(body), *self.picked(body))


class _PartShape(_Shape):
    def values(self, owner: str, position: int, body: dict[str, Any]) -> tuple[Any, ...]:
        return (owner, position, self.unknown(body), *self.picked(body))


@cache
def _shape(name: str) -> _RowShape:
    entity = registry()[name]
    parts = [part.name for part in entity.parts]
    return _RowShape(entity.name, ("id", "version", "extra"), entity.fields, parts)


@cache
def _part_shape(part: PartEntity) -> _PartShape:
    return _PartShape(part.table.name, (part.owner, "position", "extra"), part.fields, ())


@lru_cache(1 << 16)  # a page repeats its prices and its noughts
def scaled(text: str) -> int:
    """Return decimal text in ten-thousandths."""
    whole, _, rest = text.partition(".")
    if len(rest) > 4:
        raise ValueError(text)
    units = int(whole) * SCALE
    part = int(rest.ljust(4, "0")) if rest else 0
    return units - part if whole.startswith("-") else units + part


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "amount": scaled, "quantity": scaled, "json": _json, "boolean": int,
}  # fmt: skip


def _default(field: Field) -> Any:
    """Return the wire value of a field that an older server does not send."""
    default = field.column.default
    if default is None or not hasattr(default, "arg"):
        return None
    value = default.arg(None) if callable(default.arg) else default.arg
    bind = field.column.type.bind_processor(_DIALECT)
    return plain(field, bind(value) if bind else value)
