"""Request and response models for REST, read off the same registry as sync.

Amounts and quantities are decimal text, moments milliseconds since 1970, days ISO text.
Bodies may hold exactly the fields a caller may send: anything else is named and refused.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Header, Query
from pydantic import BaseModel, ConfigDict, StringConstraints, create_model
from pydantic import Field as Described

from fieldcrm.errors import Invalid
from fieldcrm.model.wire import MAX_TEXT, Field
from fieldcrm.sync.entities import registry
from server.records import MAX_PAGE

Decimal = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$")]
_TYPES: dict[str, Any] = {
    "id": UUID,
    "text": Annotated[str, StringConstraints(max_length=MAX_TEXT)],
    "integer": Annotated[int, Described(strict=True)],
    "boolean": Annotated[bool, Described(strict=True)],
    "moment": Annotated[int, Described(strict=True, description="milliseconds since 1970")],
    "day": date,
    "amount": Decimal,
    "quantity": Decimal,
    "json": Any,
    "choice": str,
}

PLAIN = r"^[^\x00]*$"
"""Text that PostgreSQL can hold: everything but NUL."""
Search = Annotated[str, Query(max_length=100, pattern=PLAIN, description="part of the name or code")]
After = Annotated[UUID | None, Query(description="the id to go on after")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
IfMatch = Annotated[str | None, Header(description='the version that was read, as in "7"')]


def row_model(name: str) -> type[BaseModel]:
    """Return how a row of ``name`` looks when it is read."""
    entity = registry()[name]
    fields: dict[str, Any] = {"id": (UUID, ...), "version": (int, ...)}
    fields |= {
        field.name: (_type(field) | None if field.nullable else _type(field), ...) for field in entity.fields
    }
    for part in entity.parts:
        lines = {field.name: (_type(field) | None, None) for field in part.fields}
        fields[part.name] = (list[create_model(_title(part.table.name), **lines)], ...)  # type: ignore[misc,call-overload]
    return cast(type[BaseModel], create_model(_title(name), **fields))


def page_model(name: str, row: type[BaseModel]) -> type[BaseModel]:
    """Return how a page of rows looks."""
    return create_model(f"{_title(name)}Page", items=(list[row], ...), next=(UUID | None, ...))  # type: ignore[valid-type]


def body_model(
    name: str, verb: str, *, leave_out: frozenset[str], required: frozenset[str]
) -> type[BaseModel]:
    """Return what may be sent to make or change a row of ``name``."""
    fields: dict[str, Any] = {}
    for field in registry()[name].fields:
        if field.server_owned or field.name in leave_out | {"archived_at"}:
            continue
        kind = _type(field) | None if field.nullable else _type(field)
        fields[field.name] = (kind, ... if field.name in required else None)
    return cast(
        type[BaseModel],
        create_model(f"{_title(name)}{verb}", __config__=ConfigDict(extra="forbid"), **fields),
    )


def sent(body: BaseModel) -> dict[str, Any]:
    """Return the fields that were sent, as they travel in sync."""
    return body.model_dump(mode="json", exclude_unset=True)


def version_of(if_match: str | None) -> int | None:
    """Return the version an ``If-Match`` header names, or raise ``Invalid``."""
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Invalid("not_a_version", field="if-match")
    return int(text)


def _type(field: Field) -> Any:
    if field.choices:
        return Annotated[str, Described(json_schema_extra={"enum": list(field.choices)})]
    return _TYPES[field.type]


def _title(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
