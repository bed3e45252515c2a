"""What a client sent, as stored values: checked field by field, nothing believed.

Server-owned fields in a document are ignored, fields this version does not know are kept in
``extra`` if the sender's schema is newer and refused otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NoReturn
from uuid import UUID

import msgspec

from fieldcrm.errors import Invalid, Rejected
from fieldcrm.model.wire import Field, from_wire, is_plain_id, to_wire
from fieldcrm.sync import protocol
from fieldcrm.sync.entities import Entity, PartEntity
from fieldcrm.sync.protocol import Mutation
from server.rows import Parts, Stored

MAX_PARTS = 500
_NOT_FIELDS = frozenset({"id", "version"})
OUTSIDE = "out_of_territory"
MARKS = frozenset({OUTSIDE})
"""What the server notes in ``extra``; a client neither sets nor clears it."""


def row_of(entity: Entity, mutation: Mutation, at_ms: int) -> Stored:
    """Return the stored row of a create's document; fields the server derives are still None."""
    doc = mutation.doc or {}
    row: Stored = {"id": mutation.agg[1], "version": 1, "extra": extra_of(entity, doc, mutation.schema, None)}
    for field in entity.fields:
        if field.merge == "archive":
            row[field.name] = None if doc.get(field.name) is None else at_ms
        elif field.server_owned or field.name not in doc:
            row[field.name] = _default(field)
        else:
            row[field.name] = stored(field, doc[field.name], mutation.schema)
    for field in entity.fields:
        if row[field.name] is None and not field.nullable and not field.server_owned:
            raise Invalid("required", field=field.name)
    return row


def stored(field: Field, sent: Any, schema: int) -> Any:
    """Return the stored value of what was sent; only a newer schema may know other choices."""
    value = from_wire(field, sent)
    if field.choices and value is not None and value not in field.choices and schema <= protocol.SCHEMA:
        raise Invalid("not_a_choice", field=field.name, choices=list(field.choices))
    return value


def extra_of(entity: Entity, values: Mapping[str, Any], schema: int, held: str | None) -> str | None:
    """Return ``extra`` with the unknown fields among ``values`` added."""
    known = _known(entity)
    if values.keys() <= known:
        return held
    unknown = {name: value for name, value in values.items() if name not in known}
    if schema <= protocol.SCHEMA:
        raise Rejected("unknown_field", field=", ".join(sorted(unknown)[:20]))
    merged = (msgspec.json.decode(held) if held else {}) | unknown
    return from_wire(_EXTRA, merged)  # type: ignore[no-any-return]  # JSON is stored as text


def with_mark(held: str | None, mark: str) -> str:
    """Return ``extra`` with one mark set."""
    return msgspec.json.encode((msgspec.json.decode(held) if held else {}) | {mark: True}).decode()


_EXTRA = Field("extra", "json", True, "later", None, (), None, None)  # type: ignore[arg-type]  # no column


def parts_of(entity: Entity, owner: str, doc: Mapping[str, Any], schema: int) -> Parts:
    """Return the stored parts of a document, in their order."""
    return {part.name: part_rows(part, owner, doc.get(part.name) or [], schema) for part in entity.parts}


def part_rows(part: PartEntity, owner: str, sent: Any, schema: int) -> list[Stored]:
    """Return the stored rows of one list of parts."""
    if not isinstance(sent, list) or len(sent) > MAX_PARTS:
        _refuse(part.name, "not_a_list" if not isinstance(sent, list) else "too_many")
    rows = [_part_row(part, owner, position, item, schema) for position, item in enumerate(sent)]
    if len({row["id"] for row in rows}) < len(rows):
        _refuse(part.name, "twice")
    return rows


def _part_row(part: PartEntity, owner: str, position: int, item: Any, schema: int) -> Stored:
    if not isinstance(item, dict):
        _refuse(f"{part.name}[{position}]", "not_an_object")
    row: Stored = {part.owner: owner, "position": position, "extra": _extra_of_part(part, item, schema)}
    try:
        for field in part.fields:
            name = field.name
            row[name] = value = from_wire(field, item[name]) if name in item else _default(field)
            if value is None and not field.nullable:
                raise Invalid("required", field=name)
    except Invalid as error:
        raise Invalid(error.code, field=f"{part.name}[{position}].{name}") from error
    return row


@cache
def _known(of: Entity | PartEntity) -> frozenset[str]:
    """Return the names that say something to this version, or that nobody is to set."""
    parts = {part.name for part in of.parts} | _NOT_FIELDS | MARKS if isinstance(of, Entity) else set()
    return frozenset(parts | {field.name for field in of.fields})


def _extra_of_part(part: PartEntity, item: Mapping[str, Any], schema: int) -> str | None:
    """Return what a newer client says of a part that we have no field for; others are not believed."""
    known = _known(part)
    if item.keys() <= known:
        return None
    unknown = {name: value for name, value in item.items() if name not in known}
    return from_wire(_EXTRA, unknown) if unknown and schema > protocol.SCHEMA else None


def plain(field: Field, stored: Any) -> Any:
    """Return a stored value as plain JSON, for comparing."""
    value = to_wire(field, stored)
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value


def normal(field: Field, sent: Any) -> Any:
    """Return what a client says it saw in the form we would have sent it."""
    try:
        return plain(field, from_wire(field, sent))
    except Invalid:
        return sent


def id_text(value: str) -> str:
    """Return an id in its one spelling, or raise ``ValueError``."""
    return value if is_plain_id(value) else str(UUID(value))


@cache
def _stored_default(column: Any) -> Any:
    if column.default is None:
        return None
    value = column.default.arg(None) if column.default.is_callable else column.default.arg
    bind = getattr(column.type, "process_bind_param", None)
    return bind(value, None) if bind else value


def _default(field: Field) -> Any:
    return _stored_default(field.column)


def _refuse(field: str, code: str) -> NoReturn:
    raise Invalid(code, field=field)
