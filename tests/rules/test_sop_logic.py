"""What is asked follows from the answers; what is hidden counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.rules.sop_logic import asked, circle
from fieldcrm.rules.sop_reading import steps_of
from fieldcrm.rules.visits import GapCode, Work, gaps


def field(key: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"key": key, "label": key, "type": kind, **more}


def when(field_key: str, op: str, value: Any = None, step: str = "", **more: Any) -> dict[str, Any]:
    return {"tests": [{"step": step, "field": field_key, "op": op, "value": value}], **more}


def step(key: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"key": key, "title": key, "required": True, "fields": list(fields), **more}


def shown(raw: list[dict[str, Any]], answers: dict[str, dict[str, Any]]) -> list[str]:
    return [f"{s.key}.{f.key}" for s in asked(steps_of(raw), answers) for f in s.fields]


@pytest.mark.parametrize(
    ("op", "value", "answer", "holds"),
    [
        ("is", "5.0", "5", True), ("is", "a", "b", False), ("is", True, True, True),
        ("is", True, False, False),
        ("is_not", "a", "b", True), ("is_not", "a", None, False), ("contains", "TEA", "green tea", True),
        ("contains", "a", ["a", "b"], True), ("contains", "c", ["a", "b"], False), ("over", 5, "5.1", True),
        ("over", 5, "5", False), ("under", 5, "x", False), ("over", "2026-01-01", "2026-02-01", True),
        ("answered", None, "x", True), ("answered", None, None, False), ("empty", None, None, True),
        ("under", 5, "NaN", False),
    ],
)  # fmt: skip
def test_a_condition_looks_at_an_answer(op: str, value: Any, answer: Any, holds: bool) -> None:
    raw = [step("s", field("a"), field("b", show=when("a", op, value)))]
    assert ("s.b" in shown(raw, {"s": {"a": answer}})) is holds


def test_a_step_may_depend_on_an_answer_of_another() -> None:
    raw = [step("one", field("a")), step("two", field("b"), show=when("a", "is", "x", "one"))]
    assert shown(raw, {"one": {"a": "x"}}) == ["one.a", "two.b"]
    assert shown(raw, {}) == ["one.a"]


def test_what_depends_on_something_hidden_is_hidden_too() -> None:
    raw = [
        step("s", field("a"), field("b", show=when("a", "is", "x")), field("c", show=when("b", "answered")))
    ]
    assert shown(raw, {"s": {"a": "no", "b": "old", "c": "old"}}) == ["s.a"]


def test_any_row_of_a_group_may_fulfil_a_condition() -> None:
    group = field("shelf", "shelf", ask=["facings", "out"])
    raw = [step("s", group, field("why", show=when("shelf.out", "is", True)))]
    assert shown(raw, {"s": {"shelf": {"p": {"out": False}}}}) == ["s.shelf"]
    assert shown(raw, {"s": {"shelf": {"p": {"out": False}, "q": {"out": True}}}})[-1] == "s.why"


def test_a_hidden_required_question_gates_nothing_and_a_shown_one_does() -> None:
    steps = steps_of([step("s", field("a"), field("b", required=True, show=when("a", "is", "x")))])
    assert gaps(steps, Work({"s": {"a": "y"}})) == ()
    assert [gap.code for gap in gaps(steps, Work({"s": {"a": "x"}}))] == [GapCode.UNANSWERED]


def test_a_condition_may_require_what_is_optional_else() -> None:
    steps = steps_of([step("s", field("n", "number"), field("why", require=when("n", "under", 3)))])
    assert gaps(steps, Work({"s": {"n": "4"}})) == ()
    assert [gap.field_key for gap in gaps(steps, Work({"s": {"n": "2"}}))] == ["why"]


def test_a_circle_is_found_across_steps() -> None:
    raw = [
        step("one", field("a", show=when("b", "answered", step="two"))),
        step("two", field("b"), show=when("a", "answered", step="one")),
    ]
    assert circle(steps_of(raw))
    assert not circle(
        steps_of([step("one", field("a")), step("two", field("b", show=when("a", "is", 1, "one")))])
    )


keys = st.sampled_from("abc")


@given(st.lists(st.tuples(keys, keys, st.sampled_from(["is", "answered", "empty"])), max_size=6))
def test_any_conditions_are_decided_circles_too(arrows: list[tuple[str, str, str]]) -> None:
    fields = [field(key, show=when(other, op, "x")) for key, other, op in arrows]
    assert isinstance(shown([step("s", *fields, field("d"))], {"s": {"a": "x"}}), list)
