"""The territory tree as the office keeps it; it never becomes a circle."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Row, Table, select, update

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.users import Territory
from server import operations

territory = cast(Table, Territory.__table__)


def create(
    connection: Connection,
    at: datetime,
    *,
    code: str,
    name: str,
    parent_id: UUID | None = None,
    by: UUID | None = None,
) -> UUID:
    """Make a territory under ``parent_id``; raises ``RuleBroken`` (``code_taken``)."""
    if not code.strip() or not name.strip():
        raise Invalid("required", field="name" if code.strip() else "code")
    if connection.execute(select(territory.c.id).where(territory.c.code == code)).first():
        raise RuleBroken("code_taken")
    if parent_id is not None:
        found(connection, parent_id)
    territory_id = new_id()
    row = {"id": territory_id, "version": 0, "code": code, "name": name, "parent_id": parent_id}
    connection.execute(territory.insert().values(row))
    operations.record(
        connection, "territory_created", at, user_id=by, entity="territory", row_id=territory_id
    )
    return territory_id


def move(
    connection: Connection,
    at: datetime,
    territory_id: UUID,
    parent_id: UUID | None,
    *,
    by: UUID | None = None,
) -> None:
    """Hang a territory under another one, with everything below it."""
    found(connection, territory_id)
    above = parent_id
    while above is not None:
        if above == territory_id:
            raise RuleBroken("territory_under_itself")
        above = found(connection, above).parent_id
    connection.execute(update(territory).where(territory.c.id == territory_id).values(parent_id=parent_id))
    operations.record(connection, "territory_moved", at, user_id=by, entity="territory", row_id=territory_id)


def found(connection: Connection, territory_id: UUID) -> Row[Any]:
    """Return the territory's row, or raise ``NotFound``."""
    row = connection.execute(select(territory).where(territory.c.id == territory_id)).first()
    if row is None:
        raise NotFound("territory", territory_id)
    return row


def by_code(connection: Connection, code: str) -> Row[Any]:
    """Return the territory's row by its code, or raise ``NotFound``."""
    row = connection.execute(select(territory).where(territory.c.code == code)).first()
    if row is None:
        raise NotFound("territory", code)
    return row
