from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import Invalid
from fieldcrm.rules import opening
from fieldcrm.rules.opening import WEEK, Window

WORKDAYS = (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("8:30-21:00", (Window(WEEK, "08:30", "21:00"),)),
        ("每天 8点-22点", (Window(WEEK, "08:00", "22:00"),)),
        (
            "周一至周五 8:30-21:00；周末 9:00-20:00",
            (Window(WORKDAYS, "08:30", "21:00"), Window((6, 7), "09:00", "20:00")),
        ),
        ("Mon-Fri 8:30–18:00", (Window(WORKDAYS, "08:30", "18:00"),)),
        ("24 小时营业", (Window(WEEK, "00:00", "24:00"),)),
        ("周五 18:00-02:00", (Window((5,), "18:00", "24:00"), Window((6,), "00:00", "02:00"))),
        (
            "周日至周二 9:00-12:00, 周三 13:00-18:00",
            (Window((1, 2, 7), "09:00", "12:00"), Window((3,), "13:00", "18:00")),
        ),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, windows: tuple[Window, ...]) -> None:
    assert opening.read(text) == windows


@pytest.mark.parametrize("text", ["随时", "ask the owner", "25:00-26:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        opening.read(text)


@pytest.mark.parametrize(
    ("windows", "code"),
    [
        ([Window((), "08:00", "09:00")], "no_days"),
        ([Window((8,), "08:00", "09:00")], "no_days"),
        ([Window((1,), "8:00", "09:00")], "bad_time"),
        ([Window((1,), "09:00", "09:00")], "closes_before_it_opens"),
        ([Window((1, 2), "08:00", "12:00"), Window((2,), "11:00", "13:00")], "windows_overlap"),
    ],
)
def test_impossible_windows_are_refused(windows: list[Window], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        opening.check(windows)
    assert refused.value.code == code


def test_windows_that_touch_do_not_overlap() -> None:
    windows = [Window((1,), "08:00", "12:00"), Window((1,), "12:00", "13:00")]
    assert opening.windows_of(opening.check(windows)) == tuple(windows)


@given(st.text(max_size=60))
def test_any_text_is_hours_or_refused(text: str) -> None:
    with suppress(Invalid):
        opening.check(opening.read(text))
