"""Several weeks are planned by cadence; spacing, closed days and the day's hours hold in every plan."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from fieldcrm.rules.cadence import Rhythm, pace
from fieldcrm.rules.routing.day import Stop, Terms
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.weeks import Proposal, Store, Weeks, WorkDay, propose

MONDAY = date(2026, 11, 23)
HOME = Place(30.28, 120.12)
TERMS = Terms(start=HOME, end=HOME)
EVERY = {"A": 7, "B": 14, "C": 28}


def working_days(weeks: int, holidays: tuple[date, ...] = ()) -> tuple[date, ...]:
    days = (MONDAY + timedelta(7 * week + n) for week in range(weeks) for n in range(5))
    return tuple(day for day in days if day not in holidays)


def company(count: int, seed: int = 1) -> tuple[dict[int, Stop[int]], dict[int, Store[int]]]:
    chance = random.Random(seed)
    stops, stores = {}, {}
    for n in range(count):
        grade = "ABBCC"[n % 5]
        place = Place(30.28 + chance.gauss(0, 0.05), 120.12 + chance.gauss(0, 0.06))
        last = MONDAY - timedelta(chance.randint(1, EVERY[grade] + 5))
        stops[n] = Stop(n, place, 25)
        stores[n] = Store(
            n, grade, Rhythm(pace(EVERY[grade])), max(MONDAY, last + timedelta(EVERY[grade])), last
        )
    return stops, stores


def plan(
    stops: dict[int, Stop[int]], stores: dict[int, Store[int]], days: tuple[date, ...], **planned: object
) -> Proposal[int]:
    asked = Weeks(tuple(stores.values()), tuple(WorkDay(on, TERMS) for on in days), stops, seconds=2.0)
    return propose(asked)


def visits(found: Proposal[int]) -> dict[int, list[date]]:
    days: dict[int, list[date]] = {}
    for day in found.days:
        for key in day.fresh:
            days.setdefault(key, []).append(day.on)
    return days


def test_two_visits_of_a_store_keep_their_distance_also_to_the_one_before() -> None:
    stops, stores = company(40)
    for key, days in visits(plan(stops, stores, working_days(2))).items():
        before = stores[key].last_on
        assert before is not None
        for earlier, later in zip([before, *days], days, strict=False):
            assert (later - earlier).days >= stores[key].rhythm.pace.least


def test_every_a_store_is_visited_each_week_when_there_is_room() -> None:
    stops, stores = company(40)
    found = visits(plan(stops, stores, working_days(2)))
    for key, store in stores.items():
        if store.grade == "A":
            assert len({day.isocalendar()[1] for day in found.get(key, [])}) == 2


def test_when_the_days_are_too_few_a_stores_come_first() -> None:
    stops, stores = company(60)
    found = plan(stops, stores, working_days(1)[:2])
    assert found.waiting
    assert all(stores[key].grade != "A" for key in found.waiting)


def test_a_store_is_never_planned_on_a_day_it_is_closed() -> None:
    stops, stores = company(20)
    only_thursday = {4: ((9 * 60, 17 * 60),)}
    shut = {
        key: Store(key, s.grade, s.rhythm, s.due_on, s.last_on, only_thursday) for key, s in stores.items()
    }
    found = visits(plan(stops, shut, working_days(2)))
    assert found
    assert all(day.isoweekday() == 4 for days in found.values() for day in days)


def test_a_holiday_is_no_working_day() -> None:
    stops, stores = company(20)
    holiday = MONDAY + timedelta(1)
    found = plan(stops, stores, working_days(1, (holiday,)))
    assert holiday not in {day.on for day in found.days}


def test_what_is_planned_already_keeps_its_day() -> None:
    stops, stores = company(20)
    appointment = Stop(900, HOME, 60, appointment=10 * 60)
    days = [WorkDay(on, TERMS) for on in working_days(1)]
    days[2] = WorkDay(days[2].on, TERMS, (appointment,))
    found = propose(Weeks(tuple(stores.values()), tuple(days), stops, seconds=1.0))
    assert next(s.begin for s in found.days[2].route.stops if s.key == 900) == 10 * 60
    assert 900 not in found.days[2].fresh


def test_a_search_whose_time_is_over_before_it_begins_still_gives_a_plan() -> None:
    stops, stores = company(20)
    days = tuple(WorkDay(on, TERMS) for on in working_days(1))
    found = propose(Weeks(tuple(stores.values()), days, stops, seconds=1e-6))
    assert sum(len(day.fresh) for day in found.days) > 0


def test_no_day_is_longer_than_it_may_be_and_nobody_comes_to_closed_doors() -> None:
    stops, stores = company(60, 4)
    hours = dict.fromkeys(range(1, 6), ((9 * 60, 12 * 60), (14 * 60, 18 * 60)))
    stores = {key: replace(store, hours=hours) for key, store in stores.items()}
    for day in plan(stops, stores, working_days(2)).days:
        assert day.route.finish <= TERMS.latest
        assert not any(stop.closed for stop in day.route.stops)
