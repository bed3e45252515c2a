"""Stored rows as the driver hands them out, and the JSON bodies they travel in.

No ORM on this path: one compiled SELECT per table, a dict per row, and conversions only for
the columns that need one.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection

from fieldcrm.model.wire import Field, amount_text
from fieldcrm.sync.entities import Entity, PartEntity
from server.database import quoted, run

Stored = dict[str, Any]
Parts = dict[str, list[Stored]]

_amount_text = lru_cache(1 << 16)(amount_text)  # prices and noughts come again and again
_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "amount": _amount_text,
    "quantity": _amount_text,
    "boolean": bool,
    "json": lambda text: msgspec.Raw(text.encode()),
}
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Shape:
    """How one table is read: its columns in order, which of them travel, which need converting."""

    columns: tuple[str, ...]
    select: str
    travels: tuple[str, ...]
    converted: tuple[tuple[str, Callable[[Any], Any]], ...]

    def body(self, row: Stored) -> dict[str, Any]:
        """Return a stored row as JSON values, with what newer versions say of it."""
        body = {name: row[name] for name in self.travels}
        for name, convert in self.converted:
            if body[name] is not None:
                body[name] = convert(body[name])
        return _decode(row["extra"]) | body if row["extra"] else body


@cache
def shape(entity: Entity | PartEntity) -> Shape:
    """Return how ``entity`` is read and sent; a part travels with its id, its owner does not."""
    lead = ("id", "version", "extra") if isinstance(entity, Entity) else (entity.owner, "position", "extra")
    names = tuple(field.name for field in entity.fields)
    columns = lead + names
    select = f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(entity.table.name)}"
    return Shape(columns, select, names, _converted(entity.fields))


def _converted(fields: Iterable[Field]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((field.name, _CONVERT[field.type]) for field in fields if field.type in _CONVERT)


def load(connection: Connection, entity: Entity, ids: list[str], lock: str = "") -> dict[str, Stored]:
    """Return the rows of ``entity`` that exist among ``ids``; ``lock`` is PostgreSQL's clause."""
    if not ids:
        return {}
    end = f" ORDER BY id {lock}" if lock and connection.dialect.name == "postgresql" else ""
    found = run(connection, f"{shape(entity).select} WHERE id IN ?{end}", ids)
    columns = shape(entity).columns
    return {row[0]: dict(zip(columns, row, strict=True)) for row in found.all()}


def load_parts(connection: Connection, entity: Entity, ids: list[str]) -> dict[str, Parts]:
    """Return the parts of these rows by owner, then by name, in their order."""
    if not entity.parts or not ids:
        return {}
    parts: dict[str, Parts] = {owner: {part.name: [] for part in entity.parts} for owner in ids}
    for part in entity.parts:
        how, owner = shape(part), quoted(part.owner)
        for row in run(
            connection, f"{how.select} WHERE {owner} IN ? ORDER BY {owner}, position, id", ids
        ).all():
            parts[row[0]][part.name].append(dict(zip(how.columns, row, strict=True)))
    return parts


def body(entity: Entity, row: Stored, parts: Parts | None) -> dict[str, Any]:
    """Return the body of a row as it travels: fields, parts, and fields of newer versions."""
    result = shape(entity).body(row)
    for part in entity.parts:
        how = shape(part)
        result[part.name] = [how.body(line) for line in (parts or {}).get(part.name, ())]
    return result
