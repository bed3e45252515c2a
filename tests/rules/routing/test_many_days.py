"""Many days searched at once: by PyVRP where it is, without it by ourselves; the rules hold in both."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest

from fieldcrm.rules.cadence import Rhythm, pace
from fieldcrm.rules.routing import pyvrp_search
from fieldcrm.rules.routing.day import Stop, Terms
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.problem import Day, Lunch, Problem, total
from fieldcrm.rules.routing.search import Search
from fieldcrm.rules.routing.tours import tour
from fieldcrm.rules.routing.wanted import Store, wanted
from fieldcrm.rules.routing.weeks import Proposal, Weeks, WorkDay, propose
from fieldcrm.rules.workdays import Workdays

MONDAY = date(2026, 11, 23)
HOME = Place(30.28, 120.12)
TERMS = Terms(start=HOME, end=HOME)
EVERY = {"A": 7, "B": 14, "C": 28}
HOURS = ((8 * 60, 12 * 60), (13 * 60 + 30, 20 * 60))


@pytest.fixture(params=["PyVRP", "our own search"])
def solver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "PyVRP":
        monkeypatch.setitem(sys.modules, "pyvrp", None)  # as if it were not installed
    assert pyvrp_search.is_here() == (request.param == "PyVRP")
    return str(request.param)


def company(count: int, weeks: int, grades: str = "ABBCC") -> Weeks[int]:
    chance = random.Random(count)
    stores, stops = [], {}
    for n in range(count):
        every = EVERY[grades[n % len(grades)]]
        last = MONDAY - timedelta(chance.randint(every // 2, every + 5))
        shut = chance.randint(1, 7)
        hours = {weekday: HOURS for weekday in range(1, 8) if weekday != shut}
        stores.append(
            Store(n, grades[n % len(grades)], Rhythm(pace(every)), last + timedelta(every), last, hours)
        )
        stops[n] = Stop(n, Place(30.28 + chance.gauss(0, 0.05), 120.12 + chance.gauss(0, 0.06)), 25)
    days = (WorkDay(MONDAY + timedelta(7 * week + n), TERMS) for week in range(weeks) for n in range(5))
    return Weeks(tuple(stores), tuple(days), stops, seconds=None, rounds=150)


def visits(found: Proposal[int]) -> dict[int, list[date]]:
    on: dict[int, list[date]] = {}
    for day in found.days:
        for key in day.fresh:
            on.setdefault(key, []).append(day.on)
    return on


def test_doors_distances_and_the_end_of_the_day_hold(solver: str) -> None:
    asked = company(60, 3)
    stores = {store.key: store for store in asked.stores}
    found = propose(asked)
    for key, days in visits(found).items():
        store = stores[key]
        assert store.last_on is not None
        assert store.hours is not None
        assert all(day.isoweekday() in store.hours for day in days)
        for earlier, later in zip([store.last_on, *days], days, strict=False):
            assert (later - earlier).days >= store.rhythm.pace.least
    for proposed in found.days:
        assert proposed.route.finish <= TERMS.latest
        assert not any(stop.closed for stop in proposed.route.stops)
        assert proposed.route.lunch is not None or proposed.route.finish <= TERMS.lunch_until


def test_every_a_store_is_visited_each_week_though_the_days_are_too_few_for_all(solver: str) -> None:
    asked = replace(company(150, 2), rounds=20)
    found = propose(asked)
    assert found.waiting
    assert not {store.key for store in asked.stores if store.grade == "A"} & set(found.waiting)


def test_the_same_seed_and_rounds_give_the_same_plan(solver: str) -> None:
    asked = company(30, 2)
    assert propose(asked) == propose(asked)


def test_who_says_stop_at_once_gets_a_plan_all_the_same(solver: str) -> None:
    found = propose(replace(company(30, 2), rounds=10**9), stop=lambda: True)
    assert sum(len(day.fresh) for day in found.days) > 20


def test_the_share_that_is_told_only_grows(solver: str) -> None:
    shares: list[float] = []
    propose(company(30, 3), told=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


def test_a_visit_together_is_when_both_can(solver: str) -> None:
    asked = company(30, 2)
    wednesday = MONDAY + timedelta(2)
    shared = replace(asked.stores[7], hours=None, joint={wednesday: ((10 * 60, 11 * 60),)})
    others = tuple(store for store in asked.stores if store.key != 7)
    found = propose(replace(asked, stores=(*others, shared)))
    assert visits(found)[7] == [wednesday]
    [begin] = [stop.begin for day in found.days for stop in day.route.stops if stop.key == 7]
    assert 10 * 60 <= begin <= 11 * 60 - 25


def test_a_distance_of_its_own_is_kept(solver: str) -> None:
    asked = company(20, 2)
    stores = tuple(
        replace(store, rhythm=Rhythm(pace(7, least=6))) if store.grade == "A" else store
        for store in asked.stores
    )
    found = visits(propose(replace(asked, stores=stores)))
    twice = [found[s.key] for s in stores if s.grade == "A" and len(found.get(s.key, [])) == 2]
    assert twice
    assert all((second - first).days >= 6 for first, second in twice)


def test_what_is_overdue_is_wanted_once_and_then_by_its_cadence() -> None:
    late = Store(1, "A", Rhythm(pace(7)), MONDAY - timedelta(30), MONDAY - timedelta(37))
    days = [MONDAY + timedelta(7 * week + n) for week in range(2) for n in range(5)]
    assert [visit.days for visit in wanted([late], days, Workdays())] == [(0, 1, 2, 3, 4), (5, 6, 7, 8, 9)]


def test_a_cadence_of_three_days_wants_two_visits_in_a_week() -> None:
    days = [MONDAY + timedelta(n) for n in range(5)]
    often = Store(1, "A", Rhythm(pace(3)), MONDAY, MONDAY - timedelta(3))
    assert [visit.days for visit in wanted([often], days, Workdays())] == [(0, 1, 2), (3, 4)]


def test_pyvrp_never_gives_a_worse_plan_and_each_of_its_days_works_with_lunch() -> None:
    chance = random.Random(4)
    places = [(chance.uniform(0, 60), chance.uniform(0, 60)) for _ in range(41)]
    minutes = [[abs(a - c) + abs(b - d) for c, d in places] for a, b in places]
    hours = tuple((float(a), float(b - 20)) for a, b in HOURS)
    days = [Day(40, 40, 8 * 60, 18 * 60, Lunch(11 * 60 + 45, 13 * 60, 45))] * 3
    windows = [[hours if (n + day) % 4 else () for n in range(40)] for day in range(3)]
    problem = Problem(minutes, minutes, [20.0] * 40, [100.0] * 40, windows, days)
    first = Search(problem).run(1)
    found = pyvrp_search.search(problem, first.tours, rounds=300)
    assert found.cost < first.cost
    assert found.cost == pytest.approx(total(problem, found.tours))
    seen = [stop for stops in found.tours for stop in stops]
    assert len(seen) == len(set(seen))
    assert sorted([*seen, *found.absent]) == list(range(40))
    assert all(tour(problem, day, stops) is not None for day, stops in enumerate(found.tours))
