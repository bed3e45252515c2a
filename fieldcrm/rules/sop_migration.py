"""What becomes of a visit's answers when it goes over to another edition (V4).

The rep sees it before deciding. Nothing is deleted: what the new edition does not ask stays in
the events of the visit, but no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fieldcrm.errors import Invalid
from fieldcrm.rules import sop_logic
from fieldcrm.rules.sop import GROUPS, Field, Step, given
from fieldcrm.rules.sop_answers import validate

Answers = Mapping[str, Mapping[str, Any]]


class Why(StrEnum):
    """Why an answer does not go over."""

    STEP_GONE = "step_gone"
    FIELD_GONE = "field_gone"
    OTHER_TYPE = "other_type"
    NOT_VALID = "not_valid"
    COLUMN_GONE = "column_gone"


@dataclass(frozen=True, slots=True)
class Loss:
    """One answer that would no longer count."""

    step: Step
    field: Field
    value: Any
    why: Why


@dataclass(frozen=True, slots=True)
class Migration:
    """What would be lost, what would be asked anew, and the answers that go over."""

    lost: tuple[Loss, ...]
    asked_anew: tuple[tuple[Step, Field], ...]
    answers: dict[str, dict[str, Any]]


def migration(old: Sequence[Step], new: Sequence[Step], answers: Answers) -> Migration:
    """Return what going over from ``old`` to ``new`` does to the answers given so far."""
    lost: list[Loss] = []
    kept: dict[str, dict[str, Any]] = {}
    targets = {step.key: step for step in new}
    for step in old:
        found = answers.get(step.key)
        if found is None:
            continue
        target = targets.get(step.key)
        if target is not None:
            kept[step.key] = {}
        for field, value in _given(step, found):
            goes, loss = _carried(step, field, value, target)
            lost += loss
            if goes is not None and target is not None:
                kept[step.key] |= {field.key: goes} | _beside(field, found)
    return Migration(tuple(lost), tuple(_anew(old, new, kept)), kept)


def _given(step: Step, found: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    for field in step.fields:
        if given(found.get(field.key)):
            yield field, found[field.key]


def _beside(field: Field, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands beside an answer: its note, its total."""
    return {key: value for key, value in found.items() if key.startswith(f"{field.key}.")}


def _carried(step: Step, field: Field, value: Any, target: Step | None) -> tuple[Any, list[Loss]]:
    if target is None:
        return None, [Loss(step, field, value, Why.STEP_GONE)]
    there = target.field(field.key)
    if there is None:
        return None, [Loss(step, field, value, Why.FIELD_GONE)]
    if there.type is not field.type:
        return None, [Loss(step, field, value, Why.OTHER_TYPE)]
    if there.type in GROUPS:
        return _rows(step, field, value, there)
    try:
        validate(there, value)
    except Invalid:
        return None, [Loss(step, field, value, Why.NOT_VALID)]
    return value, []


def _rows(step: Step, field: Field, value: Any, there: Field) -> tuple[Any, list[Loss]]:
    rows = value if isinstance(value, dict) else {}
    gone = [inner for inner in field.fields if there.inner(inner.key) is None]
    values = {
        inner.key: [row[inner.key] for row in rows.values() if given(row.get(inner.key))] for inner in gone
    }
    lost = [Loss(step, each, values[each.key], Why.COLUMN_GONE) for each in gone if values[each.key]]
    dropped = {inner.key for inner in gone}
    kept = {key: {k: v for k, v in row.items() if k not in dropped} for key, row in rows.items()}
    return kept, lost


def _anew(old: Sequence[Step], new: Sequence[Step], kept: Answers) -> Iterator[tuple[Step, Field]]:
    before = {(step.key, field.key) for step in old for field in step.fields}
    for step in sop_logic.asked(new, kept):
        for field in step.fields:
            if field.required and step.required and (step.key, field.key) not in before:
                yield step, field
