"""What an answer must look like to fit its field (V4); the words for it are the interface's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldcrm.errors import Invalid
from fieldcrm.rules import sop_logic
from fieldcrm.rules.sop import BY_PHOTO, Field, FieldType, PaymentMethod, given

PASS, FAIL, NOT_APPLICABLE = "pass", "fail", "na"
LONGEST = 2000
MOST_ROWS = 1000
_LIMIT = Decimal(10) ** 9
_HUNDRED = Decimal(100)


def validate(asked: Field, value: Any) -> None:
    """Raise ``Invalid`` naming the field when an answer does not fit; None is no answer."""
    if value is None:
        return
    check = _CHECKS.get(asked.type)
    if check is not None:
        check(asked, value)


def row_faults(group: Field, row: Mapping[str, Any]) -> Iterator[tuple[Field, Invalid | None]]:
    """Yield the fields of one row that miss their answer (None) or do not fit (why)."""
    for inner in sop_logic.asked_in_row(group, row):
        value = row.get(inner.key)
        if inner.type in BY_PHOTO:
            continue
        if not given(value):
            if inner.required:
                yield inner, None
            continue
        try:
            validate(inner, value)
        except Invalid as error:
            yield inner, error


def price_off(group: Field, price: Any, standard: Decimal | None) -> Decimal | None:
    """Return by how many percent a shelf price leaves the template's bounds, or None if it does not.

    It is said and never refused: what stands on the shelf is what the rep has to write down.
    """
    if not standard or not given(price):
        return None
    try:
        off = (number(group, price) - standard) / standard * _HUNDRED
    except Invalid:
        return None
    under, over = group.price_under, group.price_over
    outside = (under is not None and off < -under) or (over is not None and off > over)
    return off if outside else None


def number(asked: Field, value: Any) -> Decimal:
    """Return an answer as a number, or raise ``Invalid``."""
    try:
        found = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or abs(found) > _LIMIT:
        raise Invalid("not_a_number", field=asked.key)
    return found


def _text(asked: Field, value: Any) -> None:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Invalid("bad_text", field=asked.key)
    if asked.min_length is not None and len(value) < asked.min_length:
        raise Invalid("too_short", field=asked.key, minimum=asked.min_length)
    if asked.max_length is not None and len(value) > asked.max_length:
        raise Invalid("too_long", field=asked.key, maximum=asked.max_length)
    if asked.pattern and not _matches(asked.pattern, value):
        raise Invalid("wrong_form", field=asked.key)


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True  # a template that slipped through asks for nothing


def _number(asked: Field, value: Any) -> None:
    found = number(asked, value)
    if asked.minimum is not None and found < asked.minimum:
        raise Invalid("too_small", field=asked.key, minimum=asked.minimum)
    if asked.maximum is not None and found > asked.maximum:
        raise Invalid("too_large", field=asked.key, maximum=asked.maximum)


def _choice(asked: Field, value: Any) -> None:
    chosen = value if asked.many and isinstance(value, list) else [value]
    if any(each not in asked.choices for each in chosen):
        raise Invalid("not_a_choice", field=asked.key)


def _yes_no(asked: Field, value: Any) -> None:
    if not isinstance(value, bool):
        raise Invalid("not_a_boolean", field=asked.key)


def _check(asked: Field, value: Any) -> None:
    if value not in (PASS, FAIL, NOT_APPLICABLE):
        raise Invalid("not_a_choice", field=asked.key)


def _date(asked: Field, value: Any) -> None:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Invalid("not_a_day", field=asked.key) from error


def _stock(asked: Field, value: Any) -> None:
    if not isinstance(value, dict):
        raise Invalid("not_counts", field=asked.key)
    for count in value.values():
        for one in count.values() if isinstance(count, dict) and count else (count,):
            if number(asked, one) < 0:
                raise Invalid("not_a_number", field=asked.key)


def _payment(asked: Field, value: Any) -> None:
    if not isinstance(value, dict):
        raise Invalid("not_a_payment", field=asked.key)
    if number(asked, value.get("amount")) <= 0:
        raise Invalid("too_small", field=asked.key, minimum=Decimal("0.01"))
    if value.get("method") not in set(PaymentMethod):
        raise Invalid("no_method", field=asked.key)


def _rows(asked: Field, value: Any) -> None:
    if not isinstance(value, dict) or any(not isinstance(row, dict) for row in value.values()):
        raise Invalid("not_rows", field=asked.key)
    if len(value) > MOST_ROWS:
        raise Invalid("too_many_rows", field=asked.key, maximum=MOST_ROWS)
    if asked.minimum is not None and len(value) < asked.minimum:
        raise Invalid("too_few_rows", field=asked.key, minimum=asked.minimum)
    if asked.maximum is not None and len(value) > asked.maximum:
        raise Invalid("too_many_rows", field=asked.key, maximum=asked.maximum)
    for row in value.values():
        for _inner, error in row_faults(asked, row):
            if error is not None:
                raise error


_CHECKS = {
    FieldType.TEXT: _text, FieldType.NUMBER: _number, FieldType.CHOICE: _choice,
    FieldType.YES_NO: _yes_no, FieldType.CHECK: _check, FieldType.DATE: _date, FieldType.STOCK: _stock,
    FieldType.PAYMENT: _payment, FieldType.GROUP: _rows, FieldType.SHELF: _rows,
    FieldType.COMPETITOR: _rows,
}  # fmt: skip
