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
from enum import StrEnum
from typing import Any

from fieldcrm.clock import business_day
from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules import sop_logic
from fieldcrm.rules.sop import BESIDES, BY_PHOTO, GROUPS, Field, FieldType, Step, given, photo_key
from fieldcrm.rules.sop_answers import FAIL, NOT_APPLICABLE, PASS, row_faults, validate

__all__ = ["FAIL", "NOT_APPLICABLE", "PASS", "validate"]
LONG_VISIT_S = 2 * 3600


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
    CLOSED_BY_RULE = "closed_by_rule"


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


def answered(asked: Field, step_key: str, work: Work) -> bool:
    """Return whether a field has its answer, wherever that lives."""
    if asked.type in BY_PHOTO:
        return work.photos.get((step_key, asked.key), 0) > 0
    if asked.type is FieldType.ORDER:
        return work.orders > 0
    return given(work.answers.get(step_key, {}).get(asked.key))


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
    """Return everything missing among what is asked, in the order of the steps."""
    return tuple(gap for step in sop_logic.asked(steps, work.answers) for gap in step_gaps(step, work))


def may_check_out(missing: Collection[Gap]) -> None:
    """Raise ``RuleBroken`` when a required answer is missing; its data lists the gaps."""
    gating = [gap for gap in missing if gap.gates]
    if gating:
        raise RuleBroken("visit_incomplete", count=len(gating), first=gating[0].label, gaps=tuple(gating))


def _field_gaps(step: Step, asked: Field, work: Work) -> list[Gap]:
    answers = work.answers.get(step.key, {})
    if not answered(asked, step.key, work):
        code = _MISSING.get(asked.type, GapCode.UNANSWERED)
        return [Gap(step.key, asked.key, asked.label, code, step.required)] if asked.required else []
    if asked.type is FieldType.PHOTO and asked.required:
        taken = work.photos.get((step.key, asked.key), 0)
        few = asked.minimum is not None and taken < asked.minimum
        return [Gap(step.key, asked.key, asked.label, GapCode.PHOTO, step.required)] if few else []
    if asked.type in BESIDES:
        return []
    if asked.type in GROUPS and (missing := _row_gaps(step, asked, work)):
        return missing
    try:
        validate(asked, answers[asked.key])
    except Invalid:
        return [Gap(step.key, asked.key, asked.label, GapCode.INVALID, step.required)]
    failed = asked.type is FieldType.CHECK and answers[asked.key] == FAIL
    if failed and asked.photo_on_fail and not work.photos.get((step.key, asked.key)):
        return [Gap(step.key, asked.key, asked.label, GapCode.PHOTO, step.required)]
    return []


def _row_gaps(step: Step, group: Field, work: Work) -> list[Gap]:
    """Return one gap for each question that rows which were begun have not answered."""
    rows = work.answers.get(step.key, {}).get(group.key)
    missing: dict[str, GapCode] = {}
    for key, row in rows.items() if isinstance(rows, dict) else ():
        if not isinstance(row, dict):
            continue
        for inner, error in row_faults(group, row):
            missing.setdefault(inner.label, GapCode.UNANSWERED if error is None else GapCode.INVALID)
        for inner in sop_logic.asked_in_row(group, row):
            taken = work.photos.get((step.key, photo_key(group.key, key, inner.key)))
            failed = inner.photo_on_fail and row.get(inner.key) == FAIL
            if not taken and (failed or (inner.required and inner.type in BY_PHOTO)):
                missing.setdefault(inner.label, GapCode.PHOTO)
    return [
        Gap(step.key, group.key, f"{group.label} · {label}", code, step.required)
        for label, code in missing.items()
    ]


_MISSING = {
    FieldType.PHOTO: GapCode.PHOTO, FieldType.SIGNATURE: GapCode.SIGNATURE, FieldType.ORDER: GapCode.ORDER,
}  # fmt: skip
