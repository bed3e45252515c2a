"""What a visit is and when it may end (V4, V6).

A visit has no state column: it is open while it has no check-out. Every required field of a
required step gates check-out; a required step that asks for nothing in particular only has to
have been looked at. What is missing elsewhere is listed as a gap and allowed. A check-out
forgotten on an earlier day gates nothing, because nobody can go back to that day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from fieldcrm.clock import business_day
from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.sop import BESIDES, BY_PHOTO, Field, FieldType, Step

PASS, FAIL, NOT_APPLICABLE = "pass", "fail", "na"
LONG_VISIT_S = 2 * 3600
_LIMIT = Decimal(10) ** 9


class VisitState(StrEnum):
    """Where a visit stands."""

    OPEN = "open"
    MISSED_CHECK_OUT = "missed_check_out"
    DONE = "done"


class GapCode(StrEnum):
    """What is missing."""

    UNANSWERED = "unanswered"
    PHOTO = "photo"
    SIGNATURE = "signature"
    ORDER = "order"
    INVALID = "invalid"
    STEP = "step"
    MISSED_CHECK_OUT = "missed_check_out"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing missing; ``gates`` says whether it keeps the visit open."""

    step_key: str
    field_key: str
    label: str
    code: GapCode
    gates: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What was done in a visit so far.

    ``answers`` maps step keys to answers, ``photos`` counts by (step key, field key),
    ``orders`` counts the visit's orders that are not cancelled.
    """

    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    photos: Mapping[tuple[str, str], int] = field(default_factory=dict)
    orders: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one step is: fields answered of fields asked."""

    answered: int
    asked: int
    complete: bool
    begun: bool


def state(started_at: datetime, checked_out_at: datetime | None, today: date) -> VisitState:
    """Return where a visit stands, given its events."""
    if checked_out_at is not None:
        return VisitState.DONE
    return VisitState.MISSED_CHECK_OUT if business_day(started_at) < today else VisitState.OPEN


def validate(asked: Field, value: Any) -> None:
    """Raise ``Invalid`` naming the field when an answer does not fit; None is no answer."""
    if value is None:
        return
    check = _CHECKS.get(asked.type)
    if check is not None:
        check(asked, value)


def answered(asked: Field, step_key: str, work: Work) -> bool:
    """Return whether a field has its answer, wherever that lives."""
    if asked.type in BY_PHOTO:
        return work.photos.get((step_key, asked.key), 0) > 0
    if asked.type is FieldType.ORDER:
        return work.orders > 0
    return _given(work.answers.get(step_key, {}).get(asked.key))


def progress(step: Step, work: Work) -> Progress:
    """Return how far a step is; a step without fields is complete once it was answered."""
    asked = [item for item in step.fields if item.type is not FieldType.OTHER]
    done = sum(answered(item, step.key, work) for item in asked)
    begun = step.key in work.answers or done > 0
    complete = not step_gaps(step, work) and (begun or not step.required)
    return Progress(done, len(asked), complete, begun)


def step_gaps(step: Step, work: Work) -> tuple[Gap, ...]:
    """Return what is missing in one step; an optional step that was not begun misses nothing."""
    found = [gap for asked in step.fields for gap in _field_gaps(step, asked, work)]
    begun = step.key in work.answers or any(answered(asked, step.key, work) for asked in step.fields)
    if not step.required:
        return tuple(found) if begun else ()
    if not found and not begun and not any(asked.required for asked in step.fields):
        return (Gap(step.key, "", step.title, GapCode.STEP, gates=True),)
    return tuple(found)


def gaps(steps: Sequence[Step], work: Work) -> tuple[Gap, ...]:
    """Return everything missing, in the order of the steps."""
    return tuple(gap for step in steps for gap in step_gaps(step, work))


def may_check_out(missing: Collection[Gap]) -> None:
    """Raise ``RuleBroken`` when a required answer is missing; its data lists the gaps."""
    gating = [gap for gap in missing if gap.gates]
    if gating:
        raise RuleBroken("visit_incomplete", count=len(gating), first=gating[0].label, gaps=tuple(gating))


def _given(value: Any) -> bool:
    return value is not None and value != "" and value != {} and value != []


def _field_gaps(step: Step, asked: Field, work: Work) -> list[Gap]:
    answers = work.answers.get(step.key, {})
    if not answered(asked, step.key, work):
        code = _MISSING.get(asked.type, GapCode.UNANSWERED)
        return [Gap(step.key, asked.key, asked.label, code, step.required)] if asked.required else []
    if asked.type in BESIDES:
        return []
    try:
        validate(asked, answers[asked.key])
    except Invalid:
        return [Gap(step.key, asked.key, asked.label, GapCode.INVALID, step.required)]
    failed = asked.type is FieldType.CHECK and answers[asked.key] == FAIL
    if failed and asked.photo_on_fail and not work.photos.get((step.key, asked.key)):
        return [Gap(step.key, asked.key, asked.label, GapCode.PHOTO, step.required)]
    return []


def _text(asked: Field, value: Any) -> None:
    if not isinstance(value, str) or len(value) > 2000:
        raise Invalid("bad_text", field=asked.key)


def _number(asked: Field, value: Any) -> None:
    number = _decimal(asked, value)
    if asked.minimum is not None and number < asked.minimum:
        raise Invalid("too_small", field=asked.key, minimum=asked.minimum)
    if asked.maximum is not None and number > asked.maximum:
        raise Invalid("too_large", field=asked.key, maximum=asked.maximum)


def _decimal(asked: Field, value: Any) -> Decimal:
    try:
        number = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number) > _LIMIT:
        raise Invalid("not_a_number", field=asked.key)
    return number


def _choice(asked: Field, value: Any) -> None:
    if value not in asked.choices:
        raise Invalid("not_a_choice", field=asked.key)


def _yes_no(asked: Field, value: Any) -> None:
    if not isinstance(value, bool):
        raise Invalid("not_a_boolean", field=asked.key)


def _check(asked: Field, value: Any) -> None:
    if value not in {PASS, FAIL, NOT_APPLICABLE}:
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
        if _decimal(asked, count) < 0:
            raise Invalid("not_a_number", field=asked.key)


_CHECKS = {
    FieldType.TEXT: _text, FieldType.NUMBER: _number, FieldType.CHOICE: _choice,
    FieldType.YES_NO: _yes_no, FieldType.CHECK: _check, FieldType.DATE: _date, FieldType.STOCK: _stock,
}  # fmt: skip
_MISSING = {
    FieldType.PHOTO: GapCode.PHOTO, FieldType.SIGNATURE: GapCode.SIGNATURE, FieldType.ORDER: GapCode.ORDER,
}  # fmt: skip
