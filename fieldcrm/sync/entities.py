"""Which tables are synced, in which order, with which fields: read off the model.

A new ``Synced`` class needs no code here. Parents come before children (``rank``) because
foreign keys say so. ``Entity.scope_of`` is the one place that names a row's scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Table

from fieldcrm.model import Base
from fieldcrm.model.base import Kind, Part, Synced
from fieldcrm.model.wire import Field, field_of

GLOBAL_SCOPE = "global"
_BOOKKEEPING = {"id", "version", "extra"}
_OF_PART = {"position", "extra"}


@dataclass(frozen=True, slots=True, eq=False)
class PartEntity:
    """The rows inside an aggregate; ``name`` is the key they travel under."""

    name: str
    table: Table
    owner: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """One synced table: its fields without id, version and extra, and its parts."""

    name: str
    rank: int
    kind: Kind
    scope: tuple[tuple[str, str], ...]
    window: tuple[str, int] | None
    ages_with: str | None
    table: Table
    fields: tuple[Field, ...]
    parts: tuple[PartEntity, ...]
    by_name: Mapping[str, Field]

    def field(self, name: str) -> Field | None:
        """Return the field called ``name``, or None for a field of another version."""
        return self.by_name.get(name)

    def scope_of(self, row: Mapping[str, Any]) -> str:
        """Return the scope of a stored row, as in ``terr:<id>``."""
        for prefix, column in self.scope:
            if row[column] is not None:
                return f"{prefix}:{row[column]}"
        return GLOBAL_SCOPE


@cache
def registry() -> dict[str, Entity]:
    """Return every entity by name, parents first."""
    order = {str(table.name): n for n, table in enumerate(Base.metadata.sorted_tables)}
    mappers = {str(m.class_.__table__.name): m.class_ for m in Base.registry.mappers}
    synced = sorted((n for n, c in mappers.items() if issubclass(c, Synced)), key=order.__getitem__)
    return {name: _entity(rank, mappers[name], mappers) for rank, name in enumerate(synced)}


def entity(name: str) -> Entity | None:
    """Return the entity called ``name``, or None if this version has none."""
    return registry().get(name)


def _entity(rank: int, cls: Any, mappers: Mapping[str, Any]) -> Entity:
    table: Table = cls.__table__
    fields = tuple(field_of(c) for c in table.columns if c.name not in _BOOKKEEPING)
    return Entity(
        name=str(table.name),
        rank=rank,
        kind=cls.__kind__,
        scope=cls.__scope__,
        window=cls.__window__,
        ages_with=cls.__ages_with__,
        table=table,
        fields=fields,
        parts=tuple(_part(name, mappers[part]) for name, part in cls.__parts__.items()),
        by_name={field.name: field for field in fields},
    )


def _part(name: str, cls: type[Part]) -> PartEntity:
    table: Table = cls.__table__  # type: ignore[attr-defined]  # every Part is mapped
    return PartEntity(
        name=name,
        table=table,
        owner=cls.__owner__,
        fields=tuple(field_of(c) for c in table.columns if c.name not in {cls.__owner__, *_OF_PART}),
    )
