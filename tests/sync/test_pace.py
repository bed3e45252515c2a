"""When to try again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.sync import pace

jitters = st.floats(0, 1)


@given(st.integers(1, 10_000), jitters)
def test_a_wait_is_never_longer_than_five_minutes(failures: int, jitter: float) -> None:
    assert 0 <= pace.delay(failures, jitter) <= pace.LONGEST_SECONDS


@given(st.integers(1, 60))
def test_the_limit_doubles_until_it_is_reached(failures: int) -> None:
    assert pace.delay(failures + 1, 1.0) == min(2 * pace.delay(failures, 1.0), pace.LONGEST_SECONDS)


@given(st.integers(0, 60), jitters, st.floats(1, 3_600))
def test_a_server_that_names_a_time_is_obeyed(failures: int, jitter: float, seconds: float) -> None:
    assert pace.delay(failures, jitter, seconds) >= seconds


def test_without_a_failure_there_is_no_wait() -> None:
    assert pace.delay(0, 1.0) == 0
