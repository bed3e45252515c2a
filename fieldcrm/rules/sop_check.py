"""What is wrong with a template before it is published (V4): plain findings, each with its place.

The laptop shows them while the template is built, the server refuses one that has any.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fieldcrm.errors import Invalid
from fieldcrm.rules import sop_logic
from fieldcrm.rules.sop import GROUPS, INSIDE, Condition, Field, FieldType, Op, Rows, Step, Test
from fieldcrm.rules.sop_reading import dicts, steps_of

MOST_STEPS, MOST_FIELDS, MOST_CHOICES, LONGEST_PATTERN = 30, 60, 60, 120
_KEY = re.compile(r"[A-Za-z0-9_]{1,40}")
_SLOW = re.compile(r"\([^)]*[+*}][^)]*\)\s*[+*{]")
_OPS: Mapping[FieldType, frozenset[Op]] = {
    FieldType.TEXT: frozenset(Op) - {Op.OVER, Op.UNDER},
    FieldType.NUMBER: frozenset(Op) - {Op.CONTAINS},
    FieldType.CHOICE: frozenset(Op) - {Op.OVER, Op.UNDER},
    FieldType.YES_NO: frozenset({Op.IS, Op.IS_NOT, Op.ANSWERED, Op.EMPTY}),
    FieldType.CHECK: frozenset({Op.IS, Op.IS_NOT, Op.ANSWERED, Op.EMPTY}),
    FieldType.DATE: frozenset(Op) - {Op.CONTAINS},
}
_ASKED_FOR = frozenset({Op.ANSWERED, Op.EMPTY})


class Fault(StrEnum):
    """What is wrong."""

    NO_STEPS = "no_steps"
    TOO_MANY = "too_many"
    NO_TITLE = "no_title"
    BAD_KEY = "bad_key"
    KEY_TWICE = "key_twice"
    NO_LABEL = "no_label"
    UNKNOWN_TYPE = "unknown_type"
    FEW_CHOICES = "few_choices"
    CHOICE_TWICE = "choice_twice"
    MIN_OVER_MAX = "min_over_max"
    BAD_PATTERN = "bad_pattern"
    SLOW_PATTERN = "slow_pattern"
    NO_QUESTIONS = "no_questions"
    NO_ROWS = "no_rows"
    NOT_INSIDE = "not_inside"
    CONDITION_LOST = "condition_lost"
    CONDITION_OP = "condition_op"
    CONDITION_VALUE = "condition_value"
    CONDITION_CIRCLE = "condition_circle"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong, and where: the step's title, the field's label, and their keys."""

    code: Fault
    step: str = ""
    field: str = ""
    step_key: str = ""
    field_key: str = ""


def findings(raw: Any) -> tuple[Finding, ...]:
    """Return what is wrong with a template's steps, in their order."""
    entries = dicts(raw)
    if not entries or not isinstance(raw, list) or len(entries) != len(raw):
        return (Finding(Fault.NO_STEPS),)
    found = list(_keys(entries))
    steps = steps_of(raw)
    if not found:
        found += [each for step in steps for each in _of_step(step, steps)]
        found += _circles(steps)
    return tuple(found)


def check(raw: Any) -> None:
    """Raise ``Invalid`` (``template_wrong``) naming step and field of the first finding."""
    for found in findings(raw):
        raise Invalid(
            "template_wrong", field="steps", finding=str(found.code), step=found.step, asked=found.field
        )


def ops_for(field: Field) -> tuple[Op, ...]:
    """Return how a condition may look at a field's answer; none where it has none."""
    return tuple(op for op in Op if op in _OPS.get(field.type, ()))


def _keys(entries: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield what is wrong with the raw keys, titles and labels."""
    if len(entries) > MOST_STEPS:
        yield Finding(Fault.TOO_MANY)
    yield from _of_keys(entries, "", "")
    for entry in entries:
        title, key = str(entry.get("title") or ""), str(entry.get("key") or "")
        if not title.strip():
            yield Finding(Fault.NO_TITLE, key, "", key)
        fields = dicts(entry.get("fields"))
        if len(fields) > MOST_FIELDS:
            yield Finding(Fault.TOO_MANY, title, "", key)
        yield from _of_keys(fields, title, key)
        for field in fields:
            yield from _of_labels(field, title, key)


def _of_keys(entries: Sequence[Mapping[str, Any]], title: str, step_key: str) -> Iterator[Finding]:
    counted = Counter(str(entry.get("key") or "") for entry in entries)
    for entry in entries:
        key, name = str(entry.get("key") or ""), str(entry.get("label") or entry.get("title") or "")
        place = (title or name, name if title else "", step_key or key, key if step_key else "")
        if not _KEY.fullmatch(key):
            yield Finding(Fault.BAD_KEY, *place)
        elif counted.pop(key, 1) > 1:
            yield Finding(Fault.KEY_TWICE, *place)


def _of_labels(field: Mapping[str, Any], title: str, key: str) -> Iterator[Finding]:
    mine = str(field.get("key") or "")
    if not str(field.get("label") or "").strip():
        yield Finding(Fault.NO_LABEL, title, mine, key, mine)
    inside = dicts(field.get("fields")) if field.get("type") == FieldType.GROUP else ()
    for found in _of_keys(inside, title, key):
        yield Finding(found.code, title, str(field.get("label") or ""), key, mine)
    for inner in inside:
        if not str(inner.get("label") or "").strip():
            yield Finding(Fault.NO_LABEL, title, str(field.get("label") or ""), key, mine)


def _of_step(step: Step, steps: Sequence[Step]) -> Iterator[Finding]:
    for code in _of_condition(step.show, step, steps):
        yield Finding(code, step.title, "", step.key)
    for field in step.fields:
        codes = [*_of_field(field)]
        codes += [c for each in (field.show, field.require) for c in _of_condition(each, step, steps)]
        for code in dict.fromkeys(codes):
            yield Finding(code, step.title, field.label, step.key, field.key)


def _of_field(field: Field) -> Iterator[Fault]:
    if field.type is FieldType.OTHER:
        yield Fault.UNKNOWN_TYPE
    if field.type is FieldType.CHOICE:
        if not 2 <= len(field.choices) <= MOST_CHOICES or not all(map(str.strip, field.choices)):
            yield Fault.FEW_CHOICES
        if len(set(field.choices)) < len(field.choices):
            yield Fault.CHOICE_TWICE
    if _upside_down(field.minimum, field.maximum) or _upside_down(field.min_length, field.max_length):
        yield Fault.MIN_OVER_MAX
    yield from _of_pattern(field.pattern)
    if field.type in GROUPS:
        yield from _of_group(field)


def _of_pattern(pattern: str) -> Iterator[Fault]:
    if not pattern:
        return
    try:
        re.compile(pattern)
    except re.error:
        yield Fault.BAD_PATTERN
    if len(pattern) > LONGEST_PATTERN or _SLOW.search(pattern):
        yield Fault.SLOW_PATTERN


def _of_group(group: Field) -> Iterator[Fault]:
    if not group.fields:
        yield Fault.NO_QUESTIONS
    if group.rows is Rows.FIXED and not group.labels:
        yield Fault.NO_ROWS
    whole = Step("", "", "", required=False, fields=group.fields)
    for inner in group.fields:
        if inner.type not in INSIDE:
            yield Fault.NOT_INSIDE
        else:
            yield from _of_field(inner)
        for condition in (inner.show, inner.require):
            yield from _of_condition(condition, whole, (whole,))
    if sop_logic.circle((whole,)):
        yield Fault.CONDITION_CIRCLE


def _of_condition(condition: Condition | None, here: Step, steps: Sequence[Step]) -> Iterator[Fault]:
    for test in condition.tests if condition is not None else ():
        field = _looked_at(test, here, steps)
        if field is None:
            yield Fault.CONDITION_LOST
        elif test.op not in ops_for(field):
            yield Fault.CONDITION_OP
        elif test.op not in _ASKED_FOR and not _can_be(field, test):
            yield Fault.CONDITION_VALUE


def _looked_at(test: Test, here: Step, steps: Sequence[Step]) -> Field | None:
    step = next((each for each in steps if each.key == test.step), None) if test.step else here
    key, _, inner = test.field.partition(".")
    field = step.field(key) if step is not None else None
    return field.inner(inner) if field is not None and inner else field


def _can_be(field: Field, test: Test) -> bool:
    value = test.value
    match field.type:
        case FieldType.CHOICE:
            return value in field.choices or (test.op == Op.CONTAINS and not field.many and bool(value))
        case FieldType.YES_NO:
            return isinstance(value, bool)
        case FieldType.CHECK:
            return value in ("pass", "fail", "na")
        case FieldType.NUMBER:
            return sop_logic.as_number(value) is not None
    return bool(value)


def _upside_down(low: Any, high: Any) -> bool:
    return low is not None and high is not None and low > high


def _circles(steps: Sequence[Step]) -> Iterator[Finding]:
    for step_key, field_key in sop_logic.circle(steps)[:1]:
        step = next(step for step in steps if step.key == step_key)
        field = step.field(field_key) if field_key else None
        label = "" if field is None else field.label
        yield Finding(Fault.CONDITION_CIRCLE, step.title, label, step_key, field_key)
