"""Companies that are planned over many days, and what a plan of them is worth, recomputed.

A company has stores of three grades around a town, closed on one weekday each, with a break at
noon. A plan's worth is the sum over the visits it makes: A counts three,
B two, C one, and the overdue up to half as much again. A visit that comes too near to the one
before, or to a closed door, or on a day that its cadence does not allow, counts nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from benchmarks import route_check
from fieldcrm.rules.cadence import Rhythm, pace
from fieldcrm.rules.routing.day import Stop, Terms
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.wanted import Store
from fieldcrm.rules.routing.weeks import Proposal, Weeks, WorkDay

MONDAY = date(2026, 11, 23)
HOME = Place(30.28, 120.15)
HOURS = ((8 * 60, 12 * 60), (13 * 60 + 30, 21 * 60))
TERMS = Terms(start=HOME, end=HOME)
_EVERY = {"A": 7, "B": 14, "C": 28}
_WORTH = {"A": 3.0, "B": 2.0, "C": 1.0}


def company(accounts: int, days: int, seconds: float, grades: str, seed: int = 0) -> Weeks[int]:
    """Return ``accounts`` stores and ``days`` working days; ``grades`` names ten stores' grades."""
    chance = random.Random(1000 * accounts + seed)
    stores, stops = [], {}
    for key in range(accounts):
        grade = grades[key % len(grades)]
        every = _EVERY[grade]
        place = Place(30.28 + chance.gauss(0, 0.06), 120.15 + chance.gauss(0, 0.07))
        last = MONDAY - timedelta(chance.randint(every // 2, every + every // 3))
        shut = chance.randint(1, 7)
        hours = {weekday: HOURS for weekday in range(1, 8) if weekday != shut}
        stores.append(Store(key, grade, Rhythm(pace(every)), last + timedelta(every), last, hours))
        stops[key] = Stop(key, place, chance.choice((15, 20, 25, 30)))
    working = [MONDAY + timedelta(7 * (n // 5) + n % 5) for n in range(days)]
    return Weeks(tuple(stores), tuple(WorkDay(day, TERMS) for day in working), stops, seconds)


@dataclass(frozen=True)
class Judged:
    """What a plan is worth, which share of the A visits it makes, how many visits, and its faults."""

    worth: float
    a_share: float
    visits: int
    faults: tuple[str, ...]


def judged(asked: Weeks[int], days: Sequence[tuple[date, Sequence[int]]]) -> Judged:
    """Judge the stores visited on each day by cadence and doors; times are judged elsewhere."""
    stores = {store.key: store for store in asked.stores}
    on: dict[int, list[date]] = {}
    for day, keys in days:
        for key in keys:
            on.setdefault(key, []).append(day)
    end = MONDAY + timedelta(7 * ((asked.days[-1].on - MONDAY).days // 7) + 6)
    worth, visits, due_a, made_a, faults = 0.0, 0, 0, 0, list[str]()
    for key, store in stores.items():
        periods = _periods(store, end)
        before, taken = store.last_on, set[int]()
        for day in sorted(on.get(key, ())):
            period = next((n for n, (first, over) in enumerate(periods) if first <= day < over), None)
            if store.hours is not None and day.isoweekday() not in store.hours:
                faults.append(f"{key} is closed on {day}")
            elif before is not None and (day - before).days < store.rhythm.pace.least:
                faults.append(f"{key} is visited on {day}, {(day - before).days} days after the last time")
            elif period is None or period in taken:
                faults.append(f"{key} wants no visit on {day}")
            else:
                taken.add(period)
                late = max(0, (MONDAY - store.due_on).days) / store.rhythm.pace.every if period == 0 else 0.0
                worth += _WORTH[store.grade] * (1 + min(0.5, late))
                visits += 1
                before = day
        if store.grade == "A":
            possible = [n for n, period in enumerate(periods) if _has_day(asked, store, period)]
            due_a += len(possible)
            made_a += len(taken & set(possible))
    return Judged(worth, made_a / due_a if due_a else 1.0, visits, tuple(faults))


def timing_faults(asked: Weeks[int], found: Proposal[int]) -> list[str]:
    """Walk every proposed day again: roads, doors, lunch, the end of the day."""
    stores, faults = {store.key: store for store in asked.stores}, list[str]()
    for day, proposed in zip(asked.days, found.days, strict=True):
        hours = {key: (store.hours or {}).get(day.on.isoweekday(), ()) for key, store in stores.items()}
        stops = [replace(asked.stops[s.key], windows=hours[s.key]) for s in proposed.route.stops]
        faults += [f"{day.on}: {fault}" for fault in route_check.day(stops, proposed.route, day.terms)]
    return faults


def _periods(store: Store[int], end: date) -> list[tuple[date, date]]:
    """Return from when to when (exclusive) each visit that is due may be."""
    due, periods = store.due_on, list[tuple[date, date]]()
    while due <= end:
        after = max(due, MONDAY) + timedelta(store.rhythm.pace.every)
        over = after - timedelta(after.weekday())
        periods.append((due - timedelta(due.weekday()), over if after <= end else end + timedelta(1)))
        due = after
    return periods


def _has_day(asked: Weeks[int], store: Store[int], period: tuple[date, date]) -> bool:
    earliest = store.last_on + timedelta(store.rhythm.pace.least) if store.last_on else date.min
    days = (day.on for day in asked.days if period[0] <= day.on < period[1] and day.on >= earliest)
    return any(store.hours is None or day.isoweekday() in store.hours for day in days)
