"""A template that cannot work is named by step and field before it is published."""

from __future__ import annotations

from typing import Any

import pytest

from fieldcrm.errors import Invalid
from fieldcrm.rules.sop_check import Fault, check, findings
from server.demo.sops import _TEMPLATES
from tests.rules.test_sop_logic import field, step, when

GOOD = field("a", label="Facings")


def codes(*steps: Any) -> list[Fault]:
    return [found.code for found in findings(list(steps))]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (field("a b"), Fault.BAD_KEY), (field("x", label=" "), Fault.NO_LABEL),
        (field("x", "hologram"), Fault.UNKNOWN_TYPE),
        (field("x", "choice", choices=["one"]), Fault.FEW_CHOICES),
        (field("x", "choice", choices=["a", "a"]), Fault.CHOICE_TWICE),
        (field("x", "number", min=5, max=2), Fault.MIN_OVER_MAX),
        (field("x", pattern="("), Fault.BAD_PATTERN),
        (field("x", pattern="(a+)+b"), Fault.SLOW_PATTERN), (field("x", "group"), Fault.NO_QUESTIONS),
        (field("x", "group", rows="fixed", fields=[GOOD]), Fault.NO_ROWS),
        (field("x", "group", fields=[field("o", "order")]), Fault.NOT_INSIDE),
        (field("x", "group", fields=[field("o", "choice")]), Fault.FEW_CHOICES),
        (field("x", show=when("gone", "is", 1)), Fault.CONDITION_LOST),
        (field("x", show=when("a", "over", 1)), Fault.CONDITION_OP),
        (field("x", show=when("a", "contains", "")), Fault.CONDITION_VALUE),
        (field("x", show=when("x", "answered")), Fault.CONDITION_CIRCLE),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_field_is_found(bad: dict[str, Any], code: Fault) -> None:
    assert codes(step("s", GOOD, bad)) == [code]


def test_a_finding_names_step_and_field() -> None:
    wrong = step("shelf", field("n", "number", label="Price", min=9, max=1), title="Shelf check")
    with pytest.raises(Invalid) as told:
        check([wrong])
    assert told.value.data == {
        "field": "steps", "finding": "min_over_max", "step": "Shelf check", "asked": "Price",
    }  # fmt: skip


def test_keys_are_used_once() -> None:
    assert codes(step("s", GOOD), step("s", GOOD)) == [Fault.KEY_TWICE]
    assert codes(step("s", GOOD, GOOD)) == [Fault.KEY_TWICE]


@pytest.mark.parametrize("raw", [None, [], [1], {"key": "s"}, "x"])
def test_something_that_is_no_steps_is_refused(raw: Any) -> None:
    assert [found.code for found in findings(raw)] == [Fault.NO_STEPS]


@pytest.mark.parametrize("template", _TEMPLATES, ids=lambda t: t[0])
def test_the_demo_company_has_sound_templates(template: Any) -> None:
    assert findings(template[3]) == ()
