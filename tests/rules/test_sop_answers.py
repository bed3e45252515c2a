"""An answer fits its field or says why not; rows of a group are judged one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fieldcrm.errors import Invalid
from fieldcrm.rules.sop import Field
from fieldcrm.rules.sop_answers import price_off, validate
from fieldcrm.rules.sop_reading import steps_of
from fieldcrm.rules.visits import GapCode, Work, gaps
from tests.rules.test_sop_logic import field, step, when


def asked(kind: str, **more: Any) -> Field:
    return steps_of([step("s", field("x", kind, **more))])[0].fields[0]


@pytest.mark.parametrize(
    ("one", "value", "code"),
    [
        (asked("text", min_length=3), "ab", "too_short"), (asked("text", max_length=1), "ab", "too_long"),
        (asked("text", pattern="[0-9]{4}"), "12a4", "wrong_form"),
        (asked("choice", choices=["a", "b"]), ["a"], "not_a_choice"),
        (asked("choice", choices=["a", "b"], many=True), ["a", "z"], "not_a_choice"),
        (asked("payment"), {"amount": "0", "method": "cash"}, "too_small"),
        (asked("payment"), {"amount": "5"}, "no_method"), (asked("payment"), "5", "not_a_payment"),
        (asked("shelf"), {"p": 5}, "not_rows"), (asked("shelf"), {"p": {"facings": "-1"}}, "too_small"),
        (asked("competitor", max=1), {"a": {"brand": "x"}, "b": {"brand": "y"}}, "too_many_rows"),
        (asked("stock"), {"p": {"box": "-1"}}, "not_a_number"),
    ],
)  # fmt: skip
def test_what_does_not_fit_says_why(one: Field, value: Any, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        validate(one, value)


def test_several_choices_and_a_payment_fit() -> None:
    validate(asked("choice", choices=["a", "b"], many=True), ["a", "b"])
    validate(asked("payment"), {"amount": "12.50", "method": "cash", "reference": ""})


def test_a_row_that_was_begun_wants_its_required_answers() -> None:
    inner = [field("n", "number", required=True), field("why", required=True, show=when("n", "under", 2))]
    steps = steps_of([step("s", field("g", "group", label="Rows", fields=inner))])
    assert gaps(steps, Work({"s": {"g": {"p": {"n": "3"}}}})) == ()
    missing = gaps(steps, Work({"s": {"g": {"p": {"n": "1"}, "q": {"why": "gone"}}}}))
    assert [(gap.label, gap.code) for gap in missing] == [
        ("Rows · why", GapCode.UNANSWERED), ("Rows · n", GapCode.UNANSWERED),
    ]  # fmt: skip


def test_a_photo_inside_a_row_is_looked_for_under_the_row() -> None:
    inner = [field("c", "check", photo_on_fail=True)]
    steps = steps_of([step("s", field("g", "group", fields=inner))])
    failed = {"s": {"g": {"p": {"c": "fail"}}}}
    assert [gap.code for gap in gaps(steps, Work(failed))] == [GapCode.PHOTO]
    assert gaps(steps, Work(failed, {("s", "g/p/c"): 1})) == ()


def test_a_photo_field_wants_as_many_as_its_least() -> None:
    steps = steps_of([step("s", field("p", "photo", required=True, min=2))])
    assert [gap.code for gap in gaps(steps, Work(photos={("s", "p"): 1}))] == [GapCode.PHOTO]
    assert gaps(steps, Work(photos={("s", "p"): 2})) == ()


def test_a_price_out_of_bounds_is_said_and_not_refused() -> None:
    shelf = asked("shelf", price_under=10, price_over=20)
    assert price_off(shelf, "6.10", Decimal(5)) == Decimal(22)
    assert price_off(shelf, "5.50", Decimal(5)) is None
    assert price_off(shelf, "4", Decimal(5)) == Decimal(-20)
    assert price_off(shelf, "4", None) is None
    validate(shelf, {"p": {"price": "99"}})
