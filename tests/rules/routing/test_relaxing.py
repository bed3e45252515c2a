"""Whoever is left out has a reason, and each relaxation told really lets the stop in."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from fieldcrm.rules.routing.day import Stop, Terms
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.planning import plan_day
from fieldcrm.rules.routing.relaxing import Change, LeftOut, Reason, explain, fits, reason

HOME = Place(30.28, 120.12)
DAY = Terms(start=HOME, end=HOME, latest=17 * 60)


def one(planned: list[Stop[int]], stop: Stop[int], terms: Terms) -> LeftOut[int]:
    [found] = explain(planned, [stop], terms)
    return found


def test_a_store_closed_that_day_says_so() -> None:
    assert one([], Stop(1, HOME, closed=True), DAY).reason is Reason.CLOSED


def test_a_visit_longer_than_the_opening_says_so_and_could_be_shorter() -> None:
    found = one([], Stop(1, HOME, minutes=60, windows=((600, 640),)), DAY)
    assert found.reason is Reason.SHORT_WINDOW
    assert [(r.change, r.minutes) for r in found.relaxations] == [
        (Change.VISIT_SHORTER, 30),
        (Change.OPEN_LONGER, 30),
    ]


def test_a_store_that_closes_before_one_is_there_could_stay_open() -> None:
    found = one([], Stop(1, HOME, minutes=30, windows=((480, 530),)), DAY)
    assert found.reason is Reason.TOO_LATE
    assert found.relaxations[0].change in (Change.VISIT_SHORTER, Change.OPEN_LONGER)


def test_a_full_day_could_have_a_shorter_lunch() -> None:
    full = [Stop(n, None, minutes=60) for n in range(7)]
    found = one(full, Stop(9, None, minutes=60), replace(DAY, start=None, end=None, latest=17 * 60 + 15))
    assert found.reason is Reason.NO_TIME
    assert found.relaxations[0].change is Change.LUNCH_SHORTER
    assert found.relaxations[0].minutes == 15


def test_a_less_important_visit_could_make_room() -> None:
    full = [Stop(n, None, minutes=120, worth=50.0 - n) for n in range(3)]
    found = one(full, Stop(9, None, minutes=120, worth=60.0), Terms(latest=510 + 3 * 120 + 45))
    instead = [r for r in found.relaxations if r.change is Change.INSTEAD_OF]
    assert [r.instead_of for r in instead] == [2]


@pytest.mark.parametrize("seed", range(8))
def test_every_relaxation_told_is_true(seed: int) -> None:
    chance = random.Random(seed)
    stops = [
        Stop(n, Place(30.28 + chance.gauss(0, 0.05), 120.12 + chance.gauss(0, 0.05)), 30,
             ((chance.choice((480, 540, 600)), chance.choice((660, 720, 1080))),), worth=50.0 + n)
        for n in range(18)
    ]  # fmt: skip
    plan = plan_day(stops, DAY, rounds=150)
    by_key = {stop.key: stop for stop in stops}
    planned = [by_key[stop.key] for stop in plan.route.stops]
    told = explain(planned, plan.left_out, DAY)
    assert [left.key for left in told] == [stop.key for stop in plan.left_out]
    assert any(left.relaxations for left in told)
    for left in told:
        assert list(left.relaxations) == sorted(left.relaxations, key=lambda r: r.price)
        for each in left.relaxations:
            assert fits(*applied(planned, by_key[left.key], each.change, each.minutes, each.instead_of))


def applied(
    planned: list[Stop[int]], stop: Stop[int], change: Change, minutes: int, instead_of: int | None
) -> tuple[list[Stop[int]], Stop[int], Terms]:
    match change:
        case Change.LUNCH_SHORTER:
            return planned, stop, replace(DAY, lunch_minutes=DAY.lunch_minutes - minutes)
        case Change.DAY_LONGER:
            return planned, stop, replace(DAY, latest=DAY.latest + minutes)
        case Change.VISIT_SHORTER:
            return planned, replace(stop, minutes=stop.minutes - minutes), DAY
        case Change.OPEN_LONGER:
            [(opens, closes)] = stop.windows
            return planned, replace(stop, windows=((opens, closes + minutes),)), DAY
        case Change.INSTEAD_OF:
            return [each for each in planned if each.key != instead_of], stop, DAY


def test_a_visit_together_is_left_out_when_the_other_has_no_time_and_says_so() -> None:
    shared = Stop(9, None, 30, windows=((540, 720),), joint=((700, 760),))
    plan = plan_day([shared], Terms())
    assert [stop.key for stop in plan.left_out] == [9]
    assert reason((), shared, Terms()) is Reason.COMPANION


def test_a_visit_together_is_in_the_hours_of_both() -> None:
    shared = Stop(9, None, 30, windows=((540, 720),), joint=((600, 660), (700, 760)))
    plan = plan_day([Stop(1, None, 60), shared], Terms())
    begin = next(stop.begin for stop in plan.route.stops if stop.key == 9)
    assert 600 <= begin <= 630
