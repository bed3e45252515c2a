"""A day is planned from where the rep stands; what stays out and what moves is the rep's choice."""

from __future__ import annotations

from fieldcrm.rules.routing.day import Stop, Terms
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.planning import DayPlan, Keep, plan_day

HOME = Place(30.28, 120.12)
TERMS = Terms(start=HOME, end=HOME)


def stops(count: int) -> list[Stop[int]]:
    return [Stop(n, Place(30.2 + n * 7 % 11 / 50, 120.0 + n * 5 % 13 / 40), 20) for n in range(count)]


def keys(plan: DayPlan[int]) -> list[int]:
    return [stop.key for stop in plan.route.stops]


def test_a_plan_of_a_plan_changes_nothing() -> None:
    first = plan_day(stops(10), TERMS)
    by_key = {stop.key: stop for stop in stops(10)}
    again = [by_key[key] for key in keys(first)]
    for keep in Keep:
        second = plan_day(again, TERMS, keep=keep)
        assert keys(second) == keys(first)
        assert second.ways_changed == 0


def test_a_stop_that_is_closed_today_is_left_out() -> None:
    shut = Stop(99, Place(30.29, 120.12), closed=True)
    plan = plan_day([*stops(4), shut], TERMS)
    assert [stop.key for stop in plan.left_out] == [99]


def test_a_short_day_leaves_out_what_is_worth_least() -> None:
    worth = [Stop(n, None, minutes=100, worth=10.0 + n) for n in range(6)]
    plan = plan_day(worth, Terms(depart=480, latest=480 + 310, lunch_from=None))
    assert sorted(stop.key for stop in plan.left_out) == [0, 1, 2]


def test_done_stops_stay_and_the_rest_begins_after_them() -> None:
    done = [Stop(50, Place(30.4, 120.3), fixed=True), Stop(51, Place(30.2, 120.0), fixed=True)]
    plan = plan_day([*done, *stops(5)], TERMS)
    assert keys(plan)[:2] == [50, 51]
    assert plan.route.stops[2].arrive >= plan.route.stops[1].leave


def test_keeping_the_order_only_takes_out_what_does_not_work() -> None:
    late = Stop(77, Place(30.3, 120.1), windows=((480, 520),))
    plan = plan_day([*stops(6), late], TERMS, keep=Keep.ORDER)
    assert keys(plan) == list(range(6))
    assert [stop.key for stop in plan.left_out] == [77]


def test_small_changes_change_fewer_ways_than_the_best_order() -> None:
    best = plan_day(stops(14), TERMS)
    by_key = {stop.key: stop for stop in stops(14)}
    order = [by_key[key] for key in keys(best)]
    order[3], order[4] = order[4], order[3]
    small, free = plan_day(order, TERMS, keep=Keep.SMALL), plan_day(order, TERMS)
    assert small.ways_changed <= free.ways_changed
    assert free.route.cost <= small.route.cost + 1e-6


def test_an_appointment_is_kept_to_the_minute() -> None:
    meeting = Stop(7, Place(30.35, 120.2), appointment=9 * 60 + 30)
    plan = plan_day([*(s for s in stops(5)), meeting], TERMS)
    assert next(stop.begin for stop in plan.route.stops if stop.key == 7) == 9 * 60 + 30
