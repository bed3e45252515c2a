"""Rows as the office and integrators read and change them: the same JSON as sync, one row at a time.

Values come in as on the wire and are checked by ``wire.py``; versions, the feed and the
laptops follow from the database's triggers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, TypeDecorator, select, update

from fieldcrm.clock import to_ms
from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.model.wire import Field, from_wire
from fieldcrm.sync.entities import Entity, PartEntity, registry
from server import operations, rows
from server.batch import WRITTEN_BY
from server.database import run_many
from server.scope import Principal
from server.tables import dead_id

Page = dict[str, Any]
MAX_PAGE = 200


def listed(
    connection: Connection,
    name: str,
    where: Iterable[ColumnElement[bool]],
    *,
    after: UUID | None,
    limit: int,
    archived: bool = False,
) -> Page:
    """Return one page by id: ``items`` and the id to go on after, or None at the end."""
    table = registry()[name].table
    found = select(table.c.id).where(*where).order_by(table.c.id).limit(limit + 1)
    if after is not None:
        found = found.where(table.c.id > after)
    if not archived:
        found = found.where(table.c.archived_at.is_(None))
    ids = [str(row_id) for row_id in connection.execute(found).scalars()]
    page = ids[:limit]
    return {"items": _shown(connection, name, page), "next": page[-1] if len(ids) > limit else None}


def one(
    connection: Connection, name: str, row_id: UUID, where: Iterable[ColumnElement[bool]]
) -> dict[str, Any]:
    """Return one row, or raise ``NotFound``; ``where`` is what the asker may see."""
    table = registry()[name].table
    if connection.execute(select(table.c.id).where(table.c.id == row_id, *where)).first() is None:
        raise NotFound(name, row_id)
    return _shown(connection, name, [str(row_id)])[0]


def locked(
    connection: Connection, name: str, row_id: UUID, where: Iterable[ColumnElement[bool]]
) -> dict[str, Any]:
    """Return one row that nobody else changes before the transaction ends, or raise ``NotFound``."""
    table = registry()[name].table
    connection.execute(select(table.c.id).where(table.c.id == row_id).with_for_update())
    return one(connection, name, row_id, where)


def made(
    connection: Connection,
    name: str,
    values: Mapping[str, Any],
    fixed: Mapping[str, Any],
    by: Principal,
    at: datetime,
) -> dict[str, Any]:
    """Insert a row from wire ``values`` and Python values that the server sets itself."""
    entity = registry()[name]
    row_id: UUID = fixed["id"]
    for table in (entity.table, dead_id):
        key = table.c.id if table is entity.table else dead_id.c.row_id
        if connection.execute(select(key).where(key == _like(key, row_id))).first():
            raise RuleBroken("id_taken")
    checked = {field.name: _python(field, values[field.name]) for field in _fields(entity, values)}
    connection.execute(entity.table.insert().values(**checked, **fixed, version=0))
    _sign(connection, row_id, ["", *checked], 1, by, at)
    _flag_namesakes(connection, entity, row_id, checked)
    operations.record(
        connection, f"{name}_created", at, user_id=by.user_id, device_id=by.device_id,
        entity=name, row_id=row_id, fields=sorted(checked),
    )  # fmt: skip
    return _shown(connection, name, [str(row_id)])[0]


def changed(
    connection: Connection,
    name: str,
    row_id: UUID,
    values: Mapping[str, Any],
    by: Principal,
    at: datetime,
    *,
    what: str = "changed",
    fixed: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> dict[str, Any]:
    """Update a row from wire ``values``; with ``version``, only if nobody else was faster."""
    entity = registry()[name]
    table = entity.table
    locked = select(table.c.version).where(table.c.id == row_id).with_for_update()
    current = connection.execute(locked).scalar_one()
    if version is not None and version != current:
        raise RuleBroken("precondition_failed", version=current)
    checked = {field.name: _python(field, values[field.name]) for field in _fields(entity, values)}
    checked |= fixed or {}
    if checked:
        before = _shown(connection, name, [str(row_id)])[0]
        connection.execute(update(table).where(table.c.id == row_id).values(checked))
        _sign(connection, row_id, checked, current + 1, by, at, before)
        _flag_namesakes(connection, entity, row_id, checked)
        operations.record(
            connection, f"{name}_{what}", at, user_id=by.user_id, device_id=by.device_id,
            entity=name, row_id=row_id, fields=sorted(checked),
        )  # fmt: skip
    return _shown(connection, name, [str(row_id)])[0]


def _sign(
    connection: Connection, row_id: UUID, fields: Iterable[str], version: int, by: Principal, at: datetime,
    before: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Note who wrote these fields, so that a laptop's later edit of them can say against whom."""
    prior = {field: msgspec.json.encode(value).decode() for field, value in (before or {}).items()}
    run_many(
        connection,
        WRITTEN_BY,
        [(str(row_id), field, str(by.user_id), to_ms(at), version, prior.get(field)) for field in fields],
    )


def _flag_namesakes(connection: Connection, entity: Entity, row_id: UUID, written: Mapping[str, Any]) -> None:
    """Keep both rows that claim one business key, and mark both for the office (K6)."""
    table = entity.table
    for field in entity.fields:
        if not field.unique or not written.get(field.name):
            continue
        same = table.c[field.name] == written[field.name]
        claiming = set(connection.execute(select(table.c.id).where(same)).scalars())
        if claiming - {row_id}:
            unmarked = table.c.id.in_(claiming), table.c.possible_duplicate.is_(False)
            connection.execute(update(table).where(*unmarked).values(possible_duplicate=True))


def _shown(connection: Connection, name: str, ids: list[str]) -> list[dict[str, Any]]:
    entity = registry()[name]
    found, parts = rows.load(connection, entity, ids), rows.load_parts(connection, entity, ids)
    return [
        {"id": row_id, "version": found[row_id]["version"]}
        | rows.body(entity, found[row_id], parts.get(row_id))
        for row_id in ids
        if row_id in found
    ]


def checked(entity: Entity | PartEntity, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return wire values as Python values, or raise ``Invalid`` naming the field."""
    return {field.name: _python(field, values[field.name]) for field in _fields(entity, values)}


def _fields(entity: Entity | PartEntity, values: Mapping[str, Any]) -> list[Field]:
    by_name = {field.name: field for field in entity.fields}
    fields = [by_name.get(name) for name in values]
    unknown = [
        name for name, field in zip(values, fields, strict=True) if field is None or field.server_owned
    ]
    if unknown:
        raise Invalid("unknown_field", field=unknown[0], fields=unknown)
    return [field for field in fields if field is not None]


def _python(field: Field, value: Any) -> Any:
    stored = from_wire(field, value)
    if field.choices and stored is not None and stored not in field.choices:
        raise Invalid("not_a_choice", field=field.name, choices=list(field.choices))
    kind = field.column.type
    if isinstance(kind, TypeDecorator):
        return kind.process_result_value(stored, None)  # type: ignore[arg-type]  # dialect unused
    return stored


def _like(key: Any, row_id: UUID) -> Any:
    return str(row_id) if key is dead_id.c.row_id else row_id
