"""Columns as JSON, by type.

Sync moves *stored* values (what the driver hands out) straight to the wire and back, with
no ORM between: ids, text, moments (milliseconds since 1970), days (ISO) and whole numbers
are the same on both sides; amounts and quantities travel as decimal text, JSON as itself.
``from_wire`` trusts nobody: it checks type and size and names the field in ``Invalid``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, DecimalException
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Integer

from fieldcrm.errors import Invalid
from fieldcrm.model.base import SCALE, Amount, Choice, Day, Id, Json, Moment, Quantity

MAX_TEXT = 20_000
MAX_JSON = 200_000
MAX_DEPTH = 12
_INT_LIMITS = {
    "integer": 2**31 - 1, "moment": 2**45,  # a calendar ends: 2**45 ms is the year 3084
    "latitude_e7": 900_000_000, "longitude_e7": 1_800_000_000,
}  # fmt: skip
_AMOUNT_LIMIT = Decimal(10) ** 14
_PLACES = len(str(SCALE)) - 1


@dataclass(frozen=True, slots=True)
class Field:
    """One column as sync sees it; ``merge`` is the rule declared in the column's ``info``."""

    name: str
    type: str
    nullable: bool
    merge: str
    unique: str | None
    choices: tuple[str, ...]
    references: str | None
    column: Column[Any]

    @property
    def server_owned(self) -> bool:
        """Whether only the server sets it; what clients send is ignored."""
        return self.merge == "server"


def field_of(column: Column[Any]) -> Field:
    """Describe ``column`` for the wire."""
    kind = column.type
    references = next((str(key.column.table.name) for key in column.foreign_keys), None)
    return Field(
        name=str(column.name),
        type=_type_name(column),
        nullable=bool(column.nullable),
        merge=str(column.info.get("merge", "later")),
        unique=column.info.get("unique"),
        choices=tuple(kind.enum) if isinstance(kind, Choice) else (),
        references=references,
        column=column,
    )


def _type_name(column: Column[Any]) -> str:
    kind = column.type
    named: tuple[tuple[type, str], ...] = (
        (Id, "id"), (Moment, "moment"), (Day, "day"), (Quantity, "quantity"),
        (Amount, "amount"), (Json, "json"), (Choice, "choice"), (Boolean, "boolean"),
    )  # fmt: skip
    for cls, name in named:
        if isinstance(kind, cls):
            return name
    return "integer" if isinstance(kind, Integer | BigInteger) else "text"


def amount_text(stored: int) -> str:
    """Return ten-thousandths as decimal text with at least two places."""
    sign, whole = ("-", -stored) if stored < 0 else ("", stored)
    units, rest = divmod(whole, SCALE)
    digits = f"{rest:04d}"
    return f"{sign}{units}.{digits[:2]}{digits[2:].rstrip('0')}"


def to_wire(field: Field, stored: Any) -> Any:
    """Return the JSON value of a stored value; JSON columns come back as ``msgspec.Raw``."""
    if stored is None:
        return None
    match field.type:
        case "amount" | "quantity":
            return amount_text(stored)
        case "json":
            return msgspec.Raw(stored.encode())
        case "boolean":
            return bool(stored)
    return stored


def from_wire(field: Field, value: Any) -> Any:
    """Return the stored value of a JSON value, or raise ``Invalid`` naming the field."""
    if value is None:
        if field.nullable:
            return None
        raise Invalid("required", field=field.name)
    return _READERS[field.type](field, value)


def known_of(extra: Mapping[str, Any], fields: Mapping[str, Field]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what of ``extra`` stays unknown, and the stored values of what has a field by now."""
    rest: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for name, value in extra.items():
        try:
            known[name] = from_wire(fields[name], value)
        except (KeyError, Invalid):
            rest[name] = value
    return rest, known


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid("not_text", field=field.name)
    if len(value) > MAX_TEXT or "\x00" in value:
        raise Invalid("bad_text", field=field.name)
    return value


_is_plain_day = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
is_plain_id = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


def _id(field: Field, value: Any) -> str:
    if isinstance(value, str):
        for spelled in (value, value.lower()):
            if is_plain_id(spelled):
                return spelled
    raise Invalid("not_an_id", field=field.name)


def _whole(field: Field, value: Any) -> int:
    limit = _INT_LIMITS.get(field.name, _INT_LIMITS[field.type])
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > limit:
        raise Invalid("not_a_whole_number", field=field.name)
    return value


def _boolean(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid("not_a_boolean", field=field.name)
    return value


def _day(field: Field, value: Any) -> str:
    text = _text(field, value)
    try:
        if _is_plain_day(text):
            return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Invalid("not_a_day", field=field.name) from error
    raise Invalid("not_a_day", field=field.name)


_is_plain_amount = re.compile(r"(-?[0-9]{1,12})(?:\.([0-9]{1,4}))?", re.ASCII).fullmatch


@lru_cache(1 << 14)  # prices and noughts come again and again
def _plain_scaled(text: str) -> int | None:
    plain = _is_plain_amount(text)
    return int(plain[1] + (plain[2] or "").ljust(_PLACES, "0")) if plain else None


def _scaled(field: Field, value: Any) -> int:
    if not isinstance(value, str) or len(value) > 40:
        raise Invalid("not_an_amount", field=field.name)
    if (plain := _plain_scaled(value)) is not None:  # as we write it ourselves: no need for Decimal
        return plain
    try:
        scaled = Decimal(value) * SCALE
        if not scaled.is_finite() or abs(scaled) >= _AMOUNT_LIMIT * SCALE or scaled != int(scaled):
            raise Invalid("not_an_amount", field=field.name)
    except DecimalException as error:
        raise Invalid("not_an_amount", field=field.name) from error
    return int(scaled)


def _json(field: Field, value: Any) -> str:
    if _depth(value) > MAX_DEPTH:
        raise Invalid("too_deep", field=field.name)
    text = msgspec.json.encode(value).decode()
    if len(text) > MAX_JSON:
        raise Invalid("too_large", field=field.name)
    return text


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _choice(field: Field, value: Any) -> str:
    text = _text(field, value)
    if len(text) > 24:
        raise Invalid("bad_text", field=field.name)
    return text


_READERS: dict[str, Callable[[Field, Any], Any]] = {
    "id": _id, "text": _text, "integer": _whole, "boolean": _boolean, "moment": _whole,
    "day": _day, "amount": _scaled, "quantity": _scaled, "json": _json, "choice": _choice,
}  # fmt: skip
