"""What gates a check-out, and what is only listed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.sop import Field, FieldType, Step
from fieldcrm.rules.visits import (
    GapCode,
    VisitState,
    Work,
    gaps,
    may_check_out,
    progress,
    state,
    step_gaps,
    validate,
)

SHELF = Field("shelf", "Shelf tidy", FieldType.CHECK, required=True, photo_on_fail=True)
NOTE = Field("note", "Note", FieldType.TEXT)
FACINGS = Field(
    "facings", "Facings", FieldType.NUMBER, required=True, minimum=Decimal(0), maximum=Decimal(99)
)
PICTURE = Field("front", "Shop front", FieldType.PHOTO, required=True)


def step(*fields: Field, required: bool = True) -> Step:
    return Step("s", "Shelf", "", required, fields)


def work(photos: int = 0, orders: int = 0, **answers: Any) -> Work:
    held = {"s": answers} if answers else {}
    return Work(held, {("s", "shelf"): photos, ("s", "front"): photos}, orders)


def codes(one: Step, done: Work) -> list[GapCode]:
    return [gap.code for gap in step_gaps(one, done)]


def test_a_required_field_of_a_required_step_gates() -> None:
    missing = gaps([step(SHELF, NOTE)], work())
    assert [(gap.field_key, gap.gates) for gap in missing] == [("shelf", True)]
    with pytest.raises(RuleBroken, match="visit_incomplete"):
        may_check_out(missing)


def test_a_begun_optional_step_lists_its_gaps_and_lets_go() -> None:
    missing = gaps([step(SHELF, NOTE, required=False)], work(note="later"))
    assert [gap.code for gap in missing] == [GapCode.UNANSWERED]
    may_check_out(missing)


def test_an_optional_step_nobody_began_misses_nothing() -> None:
    assert gaps([step(SHELF, required=False)], work()) == ()


def test_a_required_step_without_required_fields_wants_to_be_looked_at() -> None:
    assert codes(step(NOTE), work()) == [GapCode.STEP]
    assert codes(step(NOTE), Work({"s": {}})) == []


def test_a_fail_wants_its_photo() -> None:
    assert codes(step(SHELF), work(shelf="fail")) == [GapCode.PHOTO]
    assert codes(step(SHELF), work(photos=1, shelf="fail")) == []
    assert codes(step(SHELF), work(shelf="na")) == []


def test_photos_and_orders_answer_their_fields() -> None:
    order = Field("o", "Order", FieldType.ORDER, required=True)
    assert codes(step(PICTURE, order), work()) == [GapCode.PHOTO, GapCode.ORDER]
    assert codes(step(PICTURE, order), work(photos=1, orders=1)) == []


def test_a_wrong_answer_is_a_gap_like_none() -> None:
    assert codes(step(FACINGS), work(facings="100")) == [GapCode.INVALID]


def test_progress_counts_fields() -> None:
    half = progress(step(SHELF, FACINGS), work(shelf="pass"))
    assert (half.answered, half.asked, half.complete, half.begun) == (1, 2, False, True)
    assert progress(step(SHELF, FACINGS), work(shelf="pass", facings="0")).complete


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        (Field("f", "f", FieldType.TEXT), 3),
        (FACINGS, "many"),
        (FACINGS, True),
        (FACINGS, "NaN"),
        (FACINGS, "-1"),
        (Field("f", "f", FieldType.CHOICE, choices=("a", "b")), "c"),
        (Field("f", "f", FieldType.YES_NO), "yes"),
        (SHELF, "maybe"),
        (Field("f", "f", FieldType.DATE), "18.11.2026"),
        (Field("f", "f", FieldType.STOCK), {"p": "-1"}),
        (Field("f", "f", FieldType.STOCK), {"p": {}}),
    ],
)
def test_answers_that_do_not_fit_are_refused(asked: Field, value: Any) -> None:
    with pytest.raises(Invalid):
        validate(asked, value)


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        (FACINGS, "12"),
        (Field("f", "f", FieldType.NUMBER), "12.5"),
        (Field("f", "f", FieldType.CHOICE, choices=("a", "b")), "b"),
        (Field("f", "f", FieldType.YES_NO), False),
        (Field("f", "f", FieldType.DATE), "2026-11-18"),
        (Field("f", "f", FieldType.STOCK), {"p": "0"}),
        (Field("f", "f", FieldType.OTHER), {"anything": 1}),
        (SHELF, None),
    ],
)
def test_answers_that_fit_pass(asked: Field, value: Any) -> None:
    validate(asked, value)


MORNING = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)


def test_an_open_visit_of_an_earlier_day_missed_its_check_out() -> None:
    assert state(MORNING, None, date(2026, 11, 18)) is VisitState.OPEN
    assert state(MORNING, None, date(2026, 11, 19)) is VisitState.MISSED_CHECK_OUT
    assert state(MORNING, MORNING, date(2026, 11, 19)) is VisitState.DONE
