"""Whether what a device was sent is closed: every reference leads to a row that it was sent too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fieldcrm.sync.entities import Entity, registry

Rows = Mapping[tuple[str, str], tuple[int, Mapping[str, Any]]]


def dangling(rows: Rows) -> list[tuple[str, str, str]]:
    """Return (entity, id, column) of every reference to a row that is not there."""
    loose = []
    for (name, row_id), (_, body) in rows.items():
        entity = registry()[name]
        loose += [
            (name, row_id, column) for column, to in _references(entity)
            if body.get(column) is not None and (to, body[column]) not in rows
        ]  # fmt: skip
        for part in entity.parts:
            loose += [
                (part.name, row_id, "product_id") for each in body.get(part.name, ())
                if "product_id" in each and ("product", each["product_id"]) not in rows
            ]  # fmt: skip
    return sorted(loose)


def _references(entity: Entity) -> Iterator[tuple[str, str]]:
    for column in entity.table.columns:
        for key in column.foreign_keys:
            yield column.name, key.column.table.name
