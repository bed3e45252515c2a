"""When to try again."""

from __future__ import annotations

import pytest
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


class Laptop:
    """A schedule with a clock that is moved by hand."""

    def __init__(self, jitter: float = 1.0) -> None:
        self.at, self.jitter = 1_000.0, jitter
        self.plan = pace.Schedule(lambda: self.at, lambda: self.jitter)

    def ran(self) -> None:
        """A sync that went through at once."""
        self.plan.began()
        self.plan.succeeded()

    def wait(self) -> float:
        assert self.plan.wait is not None
        return self.plan.wait


def test_after_a_sync_the_next_comes_by_itself_in_about_five_minutes() -> None:
    laptop = Laptop(jitter=0.5)
    laptop.ran()
    assert laptop.wait() == pace.USUAL_SECONDS


def test_all_saves_of_a_few_seconds_are_one_sync() -> None:
    laptop = Laptop()
    laptop.ran()
    laptop.plan.saved()
    laptop.at += 2
    laptop.plan.saved()
    assert laptop.wait() == pace.AFTER_SAVE_SECONDS - 2


def test_a_save_does_not_end_the_waiting_after_failures() -> None:
    laptop = Laptop()
    for _ in range(12):
        laptop.plan.began()
        laptop.plan.failed()
    laptop.plan.saved()
    assert laptop.wait() == pace.LONGEST_SECONDS


def test_a_network_that_is_back_and_a_waking_laptop_end_the_waiting() -> None:
    laptop = Laptop()
    for _ in range(12):
        laptop.plan.began()
        laptop.plan.failed()
    laptop.plan.reachable()
    assert laptop.wait() == pace.AFTER_WAKING_SECONDS
    assert laptop.plan.failures == 0


def test_news_of_mine_are_fetched_at_once_and_news_for_everybody_at_different_moments() -> None:
    laptop = Laptop(jitter=0.5)
    laptop.ran()
    laptop.plan.poked(common=True)
    assert laptop.wait() == pace.AFTER_COMMON_NEWS_SECONDS / 2
    laptop.plan.poked(common=False)
    assert laptop.wait() == pytest.approx(pace.AFTER_NEWS_SECONDS)


def test_what_comes_up_while_a_sync_runs_makes_another_one_due_after_it() -> None:
    laptop = Laptop()
    laptop.plan.began()
    laptop.plan.poked(common=False)
    assert laptop.plan.wait is None, "one at a time"
    laptop.at += 5
    laptop.plan.succeeded()
    assert laptop.wait() == 0


@given(st.floats(1, 3_600), st.sampled_from(["saved", "reachable", "asked"]))
def test_nothing_undercuts_a_server_that_named_a_time(seconds: float, event: str) -> None:
    laptop = Laptop()
    laptop.plan.began()
    laptop.plan.failed(seconds)
    getattr(laptop.plan, event)()
    laptop.plan.poked(common=False)
    assert laptop.wait() >= seconds - 1e-6


def test_a_device_that_was_signed_out_tries_nothing_by_itself() -> None:
    laptop = Laptop()
    laptop.plan.began()
    laptop.plan.refused()
    assert laptop.plan.wait is None


def test_without_a_network_one_try_in_five_minutes_is_left() -> None:
    laptop = Laptop()
    laptop.ran()
    laptop.plan.saved()
    laptop.plan.unreachable()
    assert laptop.wait() == pace.LONGEST_SECONDS


def test_time_that_passed_unseen_was_sleep() -> None:
    at = [0.0]
    awake = pace.Awake(lambda: at[0])
    at[0] += 15
    assert not awake.slept()
    at[0] += 3_600
    assert awake.slept()
    assert not awake.slept()
