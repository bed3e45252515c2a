"""A day is offered in three ways; what was in it stays in it unless the rep chooses otherwise."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import combinations, pairwise

from fieldcrm.rules.routing.day import Stop, Terms
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.offers import Offer, OtherDay, Progress, Question, first, offers
from fieldcrm.rules.routing.planning import DayPlan, Keep, plan_day
from fieldcrm.rules.routing.problem import REQUIRED

HOME = Place(30.28, 120.12)
TERMS = Terms(start=HOME)
THURSDAY, FRIDAY = date(2026, 11, 19), date(2026, 11, 20)


def stops(count: int, seed: int = 3, **how: object) -> tuple[Stop[int], ...]:
    chance = random.Random(seed)
    places = [Place(30.28 + chance.gauss(0, 0.05), 120.12 + chance.gauss(0, 0.06)) for _ in range(count)]
    return tuple(Stop(n, place, 20, **how) for n, place in enumerate(places))  # type: ignore[arg-type]


def by_keep(found: tuple[Offer[int], ...]) -> dict[Keep, Offer[int]]:
    return {offer.keep: offer for offer in found}


def keys(offer: Offer[int] | DayPlan[int]) -> list[int]:
    return [stop.key for stop in offer.route.stops]


def in_order(keys: list[int], all_stops: tuple[Stop[int], ...]) -> tuple[Stop[int], ...]:
    return tuple(next(stop for stop in all_stops if stop.key == key) for key in keys)


def test_a_plan_is_there_at_once_and_the_search_never_makes_it_worse() -> None:
    question = Question(stops(15), TERMS)
    at_once, found = by_keep(first(question)), by_keep(offers(question))
    for keep in Keep:
        assert len(found[keep].route.stops) >= len(at_once[keep].route.stops)
        cheaper = found[keep].route.cost <= at_once[keep].route.cost + 1e-6
        assert cheaper or (keep is Keep.SMALL and found[keep].ways_changed < at_once[keep].ways_changed)


def test_more_freedom_never_costs_more() -> None:
    for seed in range(4):
        found = by_keep(offers(Question(stops(12, seed), Terms(start=HOME, latest=24 * 60))))
        assert found[Keep.BEST].route.cost <= found[Keep.SMALL].route.cost + 1e-6
        assert found[Keep.BEST].route.cost <= found[Keep.ORDER].route.cost + 1e-6
        assert keys(found[Keep.ORDER]) == list(range(12))


def test_asking_again_with_the_best_plan_changes_nothing() -> None:
    given = stops(12)
    best = by_keep(offers(Question(given, TERMS)))[Keep.BEST]
    again = by_keep(offers(Question(in_order(keys(best), given), TERMS)))
    assert all(keys(again[keep]) == keys(best) for keep in Keep)


def test_small_changes_keep_the_ways_and_the_pairs_when_a_store_is_dropped_and_one_is_added() -> None:
    kept, ways, ordered, pairs = 0, 0, 0, 0
    for seed in range(5):
        given = stops(16, seed)
        before = keys(plan_day(given[:15], TERMS, rounds=500))
        left = [key for key in before if key != before[7]]
        asked = (*in_order(left, given), replace(given[15], placed=False))
        replanned = plan_day(asked, TERMS, keep=Keep.SMALL, rounds=500)
        order = [key for key in keys(replanned) if key != 15]
        kept += len(set(pairwise(left)) & set(pairwise(order)))
        ways += len(left) - 1
        place = {key: n for n, key in enumerate(order)}
        ordered += sum(place[a] < place[b] for a, b in combinations(left, 2))
        pairs += len(left) * (len(left) - 1) // 2
    assert kept / ways >= 0.95
    assert ordered / pairs >= 0.97


def test_an_appointment_is_never_given_up_for_a_stop_before_it() -> None:
    meeting = Stop(99, HOME, 30, appointment=9 * 60, worth=10 * REQUIRED)
    early = tuple(Stop(n, HOME, 90) for n in range(2))
    for offer in offers(Question((*early, meeting), TERMS)):
        assert next(stop.begin for stop in offer.route.stops if stop.key == 99) == 9 * 60


def test_a_stop_left_out_is_told_the_day_it_costs_least_on() -> None:
    west = Place(30.28, 119.9)
    full = Terms(start=HOME, depart=480, latest=480 + 60, lunch_from=None)
    far = Stop(7, west, 30)
    near = Stop(1, HOME, 50)
    others = (
        OtherDay(THURSDAY, (Stop(20, HOME, 30),), TERMS, {7: far}),
        OtherDay(FRIDAY, (Stop(21, west, 30),), TERMS, {7: far}),
    )
    best = by_keep(offers(Question((near, far), full, others)))[Keep.BEST]
    [out] = best.left_out
    assert (out.why.key, out.other_day) == (7, FRIDAY)


def test_a_day_on_which_the_store_is_closed_is_not_offered() -> None:
    full = Terms(start=HOME, depart=480, latest=480 + 60, lunch_from=None)
    far = Stop(7, Place(30.28, 119.9), 30)
    shut = OtherDay(THURSDAY, (), TERMS, {7: Stop(7, far.place, 30, closed=True)})
    best = by_keep(offers(Question((Stop(1, HOME, 50), far), full, (shut,))))[Keep.BEST]
    assert best.left_out[0].other_day is None


def test_progress_goes_up_and_a_search_that_is_stopped_still_answers() -> None:
    shares: list[float] = []

    def told(progress: Progress[int]) -> None:
        shares.append(progress.share)
        assert len(progress.offers) == len(Keep)

    found = offers(Question(stops(10), TERMS), told, lambda: len(shares) > 3)
    assert shares == sorted(shares)
    assert [len(offer.route.stops) for offer in found] == [10, 10, 10]
