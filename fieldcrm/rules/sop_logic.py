"""Which steps and fields are asked, given the answers so far (V4).

``asked`` returns the steps as they stand: what a condition hides is gone, what a condition
requires is required. The answer of a hidden field is kept by whoever keeps answers, but it
counts for nothing, not for another condition either. A template whose conditions go in a
circle is refused when it is published; read anyway, a circle shows what it cannot decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldcrm.rules.sop import GROUPS, Condition, Field, Op, Step, Test, given

Answers = Mapping[str, Mapping[str, Any]]
Node = tuple[str, str]  # step key and field key; a step itself has no field key


def asked(steps: Sequence[Step], answers: Answers) -> tuple[Step, ...]:
    """Return the steps that are asked, with the fields that are asked and required now."""
    logic = _Logic(steps, answers)
    return tuple(logic.step(step) for step in steps if logic.shows((step.key, "")))


def asked_step(steps: Sequence[Step], answers: Answers, key: str) -> Step | None:
    """Return one step as it stands, or None while it is not asked."""
    return next((step for step in asked(steps, answers) if step.key == key), None)


def asked_in_row(group: Field, row: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the fields of a group's row as they stand; their conditions look at that row."""
    looked = _Logic((Step("", "", "", required=False, fields=group.fields),), {"": row})
    return looked.step(looked.steps[""]).fields


def circle(steps: Sequence[Step]) -> tuple[Node, ...]:
    """Return the nodes of the first circle of conditions, or nothing."""
    needs = {node: tuple(_needs(node, condition)) for node, condition in _nodes(steps)}
    done: set[Node] = set()
    for node in needs:
        if found := _walk(node, needs, done, ()):
            return found
    return ()


def _walk(
    node: Node, needs: Mapping[Node, tuple[Node, ...]], done: set[Node], path: tuple[Node, ...]
) -> tuple[Node, ...]:
    if node in path:
        return path[path.index(node) :]
    if node in done:
        return ()
    for other in needs.get(node, ()):
        if found := _walk(other, needs, done, (*path, node)):
            return found
    done.add(node)
    return ()


def _nodes(steps: Sequence[Step]) -> Iterator[tuple[Node, tuple[Condition, ...]]]:
    for step in steps:
        yield (step.key, ""), _of(step.show)
        for field in step.fields:
            yield (step.key, field.key), (*_of(field.show), *_of(field.require))


def _of(condition: Condition | None) -> tuple[Condition, ...]:
    return () if condition is None else (condition,)


def _needs(node: Node, conditions: Sequence[Condition]) -> Iterator[Node]:
    step, field = node
    if field:
        yield step, ""
    for condition in conditions:
        for test in condition.tests:
            yield test.step or step, test.field.partition(".")[0]


class _Logic:
    """One template's conditions over one visit's answers; each is decided once."""

    def __init__(self, steps: Sequence[Step], answers: Answers) -> None:
        self.steps = {step.key: step for step in steps}
        self._answers = answers
        self._shown: dict[Node, bool] = {}

    def step(self, step: Step) -> Step:
        if all(field.show is None and field.require is None for field in step.fields):
            return step
        fields = [f for f in step.fields if self.shows((step.key, f.key))]
        return replace(step, fields=tuple(self._field(step.key, field) for field in fields))

    def _field(self, step: str, field: Field) -> Field:
        if field.require is None or field.required or not self._holds(field.require, step):
            return field
        return replace(field, required=True)

    def shows(self, node: Node) -> bool:
        known = self._shown.get(node)
        if known is None:
            self._shown[node] = True  # what a circle asks of itself
            known = self._shown[node] = self._decide(node)
        return known

    def _decide(self, node: Node) -> bool:
        step = self.steps.get(node[0])
        if step is None:
            return False
        if not node[1]:
            return step.show is None or self._holds(step.show, step.key)
        field = step.field(node[1])
        if field is None or not self.shows((step.key, "")):
            return False
        return field.show is None or self._holds(field.show, step.key)

    def _holds(self, condition: Condition, here: str) -> bool:
        held = (self._test(test, here) for test in condition.tests)
        return any(held) if condition.any else all(held)

    def _test(self, test: Test, here: str) -> bool:
        step_key = test.step or here
        field_key, _, inner = test.field.partition(".")
        value = None
        if self.shows((step_key, field_key)):
            value = self._answers.get(step_key, {}).get(field_key)
        step = self.steps.get(step_key)
        field = step.field(field_key) if step is not None else None
        if inner and field is not None and field.type in GROUPS:
            rows = value.values() if isinstance(value, dict) else ()
            found = [row.get(inner) for row in rows if isinstance(row, dict)]
            if test.op == Op.EMPTY:
                return not any(map(given, found))
            return any(_fulfils(each, test) for each in found)
        return _fulfils(value, test)


def _fulfils(value: Any, test: Test) -> bool:
    if test.op == Op.EMPTY or not given(value):
        return test.op == Op.EMPTY and not given(value)
    match test.op:
        case Op.ANSWERED:
            return True
        case Op.IS:
            return _same(value, test.value)
        case Op.IS_NOT:
            return not _same(value, test.value)
        case Op.CONTAINS:
            return _contains(value, test.value)
        case Op.OVER | Op.UNDER:
            return _beyond(value, test)
    return True  # of a newer version: rather ask too much


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return len(value) == 1 and _same(value[0], wanted)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    one, other = as_number(value), as_number(wanted)
    return one == other if one is not None and other is not None else str(value) == str(wanted)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return str(wanted) in map(str, value)
    return str(wanted).casefold() in str(value).casefold()


def _beyond(value: Any, test: Test) -> bool:
    one, other = as_number(value), as_number(test.value)
    if one is not None and other is not None:
        return one > other if test.op == Op.OVER else one < other
    return str(value) > str(test.value) if test.op == Op.OVER else str(value) < str(test.value)


def as_number(value: Any) -> Decimal | None:
    """Return a value as a number, or None."""
    try:
        found = None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None
