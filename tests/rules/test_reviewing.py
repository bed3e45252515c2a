"""A report has two working days (V9)."""

from __future__ import annotations

from datetime import date

import pytest

from fieldcrm.rules.reviewing import due_on
from fieldcrm.rules.workdays import Workdays


@pytest.mark.parametrize(
    ("left_on", "expected"),
    [
        (date(2026, 11, 16), date(2026, 11, 18)),  # a Monday
        (date(2026, 11, 19), date(2026, 11, 23)),  # a Thursday: Friday, then Monday
        (date(2026, 11, 21), date(2026, 11, 24)),  # a Saturday: Monday, Tuesday
        (date(2026, 9, 30), date(2026, 10, 9)),  # before the National Day holidays: the 8th and 9th
    ],
)
def test_the_last_day_is_the_second_working_day_after(left_on: date, expected: date) -> None:
    assert due_on(left_on, Workdays()) == expected


def test_days_the_office_marks_count() -> None:
    assert due_on(date(2026, 11, 16), Workdays({date(2026, 11, 17): False})) == date(2026, 11, 19)
