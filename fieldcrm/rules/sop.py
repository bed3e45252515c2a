"""A visit template as values (V4): steps with fields, read from its JSON without trust.

A field type of a newer version is kept and counts as never required, so an older laptop can
still finish the visit. Answers are plain JSON by field type::

    text, choice, date   "…", one of the choices, "2026-11-18"
    number               decimal text, "12.5"
    yes_no               true or false
    check                "pass", "fail" or "na"; what was seen goes to "<field key>.note"
    stock                {product id: "12"}, counted in the field's unit or else the sales unit
    photo, signature     nothing: the photos of that step and field are the answer
    order                nothing: the orders of the visit are the answer
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

NOTE = ".note"


class FieldType(StrEnum):
    """What a field asks for."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"
    CHECK = "check"
    DATE = "date"
    STOCK = "stock"
    PHOTO = "photo"
    ORDER = "order"
    SIGNATURE = "signature"
    OTHER = "other"  # of a newer version


BY_PHOTO = frozenset({FieldType.PHOTO, FieldType.SIGNATURE})
BESIDES = BY_PHOTO | {FieldType.ORDER, FieldType.OTHER}


@dataclass(frozen=True, slots=True)
class Field:
    """One question."""

    key: str
    label: str
    type: FieldType
    required: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    photo_on_fail: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a visit."""

    key: str
    title: str
    hint: str
    required: bool
    fields: tuple[Field, ...]

    def field(self, key: str) -> Field | None:
        """Return the field called ``key``."""
        return next((field for field in self.fields if field.key == key), None)


@dataclass(frozen=True, slots=True)
class Edition:
    """What choosing a template looks at."""

    id: Any
    code: str
    edition: int
    channels: tuple[str, ...]
    valid_from: date
    valid_to: date | None


def steps_of(raw: Any) -> tuple[Step, ...]:
    """Return the steps in a template's JSON; entries without a key are left out."""
    return tuple(_step(entry) for entry in _dicts(raw) if entry.get("key"))


def choose(editions: Iterable[Edition], channel: str, on: date) -> Edition | None:
    """Return the template for a store's channel on a day.

    A template made for the channel beats one for all; then the newest edition wins.
    """
    fitting = [e for e in editions if _valid(e, on) and (not e.channels or channel in e.channels)]
    return max(fitting, key=lambda e: (bool(e.channels), e.edition, e.valid_from, e.code), default=None)


def _valid(edition: Edition, on: date) -> bool:
    return edition.valid_from <= on and (edition.valid_to is None or on <= edition.valid_to)


def _step(raw: Mapping[str, Any]) -> Step:
    return Step(
        key=str(raw["key"]),
        title=str(raw.get("title") or raw["key"]),
        hint=str(raw.get("hint") or ""),
        required=bool(raw.get("required")),
        fields=tuple(_field(entry) for entry in _dicts(raw.get("fields")) if entry.get("key")),
    )


def _field(raw: Mapping[str, Any]) -> Field:
    kind = _type(raw.get("type"))
    return Field(
        key=str(raw["key"]),
        label=str(raw.get("label") or raw["key"]),
        type=kind,
        required=bool(raw.get("required")) and kind is not FieldType.OTHER,
        choices=tuple(str(choice) for choice in raw.get("choices") or ()),
        unit=str(raw.get("unit") or ""),
        minimum=_number(raw.get("min")),
        maximum=_number(raw.get("max")),
        photo_on_fail=bool(raw.get("photo_on_fail")),
    )


def _type(raw: Any) -> FieldType:
    try:
        return FieldType(raw)
    except ValueError:
        return FieldType.OTHER


def _number(raw: Any) -> Decimal | None:
    try:
        return None if raw is None else Decimal(str(raw))
    except InvalidOperation:
        return None


def _dicts(raw: Any) -> Sequence[Mapping[str, Any]]:
    return [entry for entry in raw if isinstance(entry, dict)] if isinstance(raw, list) else []
