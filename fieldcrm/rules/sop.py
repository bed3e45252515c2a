"""A visit template as values (V4): steps with fields; ``sop_reading.py`` reads them from JSON.

A field type of a newer version is kept and counts as never required, so an older laptop can
still finish the visit. Answers are plain JSON by field type::

    text, date           "…", "2026-11-18"
    choice               one of the choices; a list of them where ``many`` may be chosen
    number               decimal text, "12.5"
    yes_no               true or false
    check                "pass", "fail" or "na"; what was seen goes to "<field key>.note"
    stock                {product id: "12"}, counted in the field's unit or else the sales unit;
                         {product id: {unit: "12"}} where it is counted ``by_unit``
    group, shelf,        {row key: {inner field key: its answer}}; the row key is a product's id,
    competitor           the number of a fixed row, or made up for a row that was added
    payment              {"amount": "120.00", "method": "cash", "reference": "…"}
    photo, signature     nothing: the photos of that step and field are the answer
    order                nothing: the orders of the visit are the answer

A photo inside a group belongs to the field "<group key>/<row key>/<inner key>". The facings of
a whole shelf, own and others', stand beside a shelf check as "<field key>.total".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

NOTE, TOTAL = ".note", ".total"


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
    PAYMENT = "payment"
    SIGNATURE = "signature"
    GROUP = "group"
    SHELF = "shelf"
    COMPETITOR = "competitor"
    OTHER = "other"  # of a newer version


BY_PHOTO = frozenset({FieldType.PHOTO, FieldType.SIGNATURE})
BESIDES = BY_PHOTO | {FieldType.ORDER, FieldType.OTHER}
GROUPS = frozenset({FieldType.GROUP, FieldType.SHELF, FieldType.COMPETITOR})
INSIDE = frozenset({
    FieldType.TEXT, FieldType.NUMBER, FieldType.CHOICE, FieldType.YES_NO, FieldType.CHECK, FieldType.DATE,
    FieldType.PHOTO,
})  # fmt: skip
"""What a group may ask in each of its rows."""


class Rows(StrEnum):
    """Where the rows of a group come from."""

    PLANNED = "planned"  # what was counted or ordered here lately
    SELLABLE = "sellable"  # the whole catalogue
    FIXED = "fixed"  # the template names them
    ADDED = "added"  # the rep adds them


class Op(StrEnum):
    """How a condition looks at another answer."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    OVER = "over"
    UNDER = "under"
    ANSWERED = "answered"
    EMPTY = "empty"


class PaymentMethod(StrEnum):
    """How a customer paid the rep."""

    CASH = "cash"
    TRANSFER = "transfer"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    CHEQUE = "cheque"


@dataclass(frozen=True, slots=True)
class Test:
    """One look at one answer; ``field`` may be "group.inner", which any row may fulfil."""

    __test__ = False  # not for pytest
    step: str
    field: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Tests of which all, or ``any`` one, must hold."""

    tests: tuple[Test, ...]
    any: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One question; ``fields`` are those asked in each row of a group."""

    key: str
    label: str
    type: FieldType
    required: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    photo_on_fail: bool = False
    many: bool = False
    by_unit: bool = False
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    prefill: bool = False
    planned: str = ""
    show: Condition | None = None
    require: Condition | None = None
    rows: Rows = Rows.PLANNED
    labels: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    share: bool = False
    price_under: Decimal | None = None
    price_over: Decimal | None = None

    def inner(self, key: str) -> Field | None:
        """Return the field called ``key`` of each row."""
        return next((field for field in self.fields if field.key == key), None)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a visit."""

    key: str
    title: str
    hint: str
    required: bool
    fields: tuple[Field, ...]
    show: Condition | None = None

    def field(self, key: str) -> Field | None:
        """Return the field called ``key``."""
        return next((field for field in self.fields if field.key == key), None)


def given(value: Any) -> bool:
    """Return whether a value is an answer."""
    return value is not None and value != "" and value != {} and value != []


def photo_key(group: str, row: str, inner: str) -> str:
    """Return the field key of a photo inside a group's row."""
    return f"{group}/{row}/{inner}"
