"""A check-in claims no more than its fix supports."""

from __future__ import annotations

import pytest

from fieldcrm.rules.evidence import EvidenceGrade, Fix, allowed_m, grade, letter, needs_reason


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        (Fix("device", 20, 5, 18), EvidenceGrade.AT_STORE),
        (Fix("device", 800, 5, 700), EvidenceGrade.COARSE),
        (Fix("device", None, 5, 18), EvidenceGrade.COARSE),
        (Fix("device", 20, 301, 18), EvidenceGrade.STALE),
        (Fix("device", 20, None, 18), EvidenceGrade.STALE),
        (Fix("device", 20, 5, 121), EvidenceGrade.FAR),
        (Fix("device", 20, 5, None), EvidenceGrade.UNKNOWN),
        (Fix("typed", None, None, 18), EvidenceGrade.STATED),
        (Fix("map", None, None, 101), EvidenceGrade.FAR),
        (Fix("none"), EvidenceGrade.NONE),
    ],
)
def test_the_grade_is_the_strongest_honest_claim(fix: Fix, expected: EvidenceGrade) -> None:
    assert grade(fix) is expected


def test_far_begins_beyond_a_hundred_metres_and_the_accuracy() -> None:
    assert allowed_m(30) == 130
    assert not needs_reason(Fix("device", 30, 0, 130))
    assert needs_reason(Fix("device", 30, 0, 131))


def test_no_position_needs_no_excuse() -> None:
    assert not needs_reason(Fix("none"))


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        (Fix("device", 20, 5, 18), "A"),
        (Fix("device", 800, 5, 700), "B"),
        (Fix("device", 20, 301, 18), "B"),
        (Fix("typed", None, None, 18), "C"),
        (Fix("device", 20, 5, None), "C"),
        (Fix("device", 20, 5, 121), "D"),
        (Fix("none"), "D"),
    ],
)
def test_the_letter_follows_source_accuracy_age_and_distance(fix: Fix, expected: str) -> None:
    assert letter(fix) == expected
