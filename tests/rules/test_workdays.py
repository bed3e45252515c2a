"""Public holidays, the weekends worked for them, and the office's own days."""

from __future__ import annotations

from datetime import date

import pytest

from fieldcrm.rules.workdays import Workdays, knows, public_days


@pytest.mark.parametrize(
    ("on", "is_open"),
    [
        (date(2026, 2, 16), False),  # Spring Festival, a Monday
        (date(2026, 2, 14), True),  # a Saturday worked for it
        (date(2026, 2, 28), True),
        (date(2026, 1, 4), True),  # a Sunday worked for New Year
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 9, 20), True),
        (date(2026, 11, 21), False),  # a plain Saturday
        (date(2026, 11, 20), True),
        (date(2027, 1, 1), True),  # 2027 is not known: a Friday
    ],
)
def test_a_day_is_open_or_closed_as_the_state_council_says(on: date, is_open: bool) -> None:
    assert Workdays().is_open(on) is is_open


def test_both_years_have_as_many_days_off_and_worked_weekends_as_were_published() -> None:
    for year, off, worked in ((2025, 28, 5), (2026, 33, 6)):
        days = public_days(year).values()
        assert (sum(not d.is_open for d in days), sum(d.is_open for d in days)) == (off, worked)
    assert knows(2026)
    assert not knows(2027)


def test_what_the_office_says_of_a_day_goes_before_the_public_calendar() -> None:
    ours = Workdays({date(2026, 2, 16): True, date(2026, 11, 20): False})
    assert ours.is_open(date(2026, 2, 16))
    assert not ours.is_open(date(2026, 11, 20))


def test_an_open_day_is_found_before_and_after_a_holiday_but_not_before_the_bound() -> None:
    days = Workdays()
    festival = date(2026, 2, 18)
    assert days.on_or_before(festival, date(2026, 2, 1)) == date(2026, 2, 14)
    assert days.on_or_before(festival, date(2026, 2, 16)) is None
    assert days.on_or_after(festival) == date(2026, 2, 24)
    assert days.between(date(2026, 2, 13), date(2026, 2, 24)) == [
        date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 24),
    ]  # fmt: skip
