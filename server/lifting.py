"""What newer clients said before this server had columns for it: out of ``extra``, into the columns.

The triggers give every such row its next version, so it reaches the laptops like any change.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from fieldcrm.model.wire import known_of
from fieldcrm.sync.entities import Entity, PartEntity, registry
from server.database import quoted, run


def lift(connection: Connection) -> None:
    """Move every value of ``extra`` that has a column by now, in all synced tables."""
    for entity in registry().values():
        for part in entity.parts:
            _lift(connection, part)
        _lift(connection, entity)


def _lift(connection: Connection, entity: Entity | PartEntity) -> None:
    table = quoted(entity.table.name)
    fields = {field.name: field for field in entity.fields}
    for row_id, extra in run(connection, f"SELECT id, extra FROM {table} WHERE extra IS NOT NULL").all():
        rest, known = known_of(msgspec.json.decode(extra), fields)
        if known:
            setting = ", ".join(f"{quoted(name)} = ?" for name in known)
            left = msgspec.json.encode(rest).decode() if rest else None
            sql = f"UPDATE {table} SET {setting}, extra = ? WHERE id = ?"
            run(connection, sql, *known.values(), left, row_id)
