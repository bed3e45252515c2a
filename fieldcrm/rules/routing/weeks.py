"""Which store on which day over several weeks, by cadence, and the order of each day (V1, V5).

Week after week: what falls due in a week competes for its days, so two visits of one store
never meet in one search and their spacing is plain arithmetic. What finds no place waits for
the next week and counts as overdue there. Visits that are planned already keep their day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Generic

from fieldcrm.rules.cadence import Rhythm
from fieldcrm.rules.routing.day import WAITING, DayRoute, Key, Stop, Terms, Window, timed, ways
from fieldcrm.rules.routing.planning import Keep, plan_day, starts_of
from fieldcrm.rules.routing.problem import REQUIRED, Day, Problem
from fieldcrm.rules.routing.search import Search
from fieldcrm.rules.workdays import Workdays

_WORTH: Mapping[str, float] = {"A": 1600.0, "B": 160.0}  # minutes on the road; A is not traded away
_WORTH_C = 120.0
_MOST_OVERDUE = 2.0  # times more worth
_ROUNDS_A_STOP = 60
_POLISH_SECONDS = 0.2


@dataclass(frozen=True)
class Store(Generic[Key]):
    """A store with its rhythm; ``hours`` by ISO weekday, empty if nobody wrote them down."""

    key: Key
    grade: str
    rhythm: Rhythm
    due_on: date
    last_on: date | None = None
    hours: Mapping[int, tuple[Window, ...]] | None = None

    @property
    def earliest(self) -> date:
        """Return the first day that keeps the distance to the visit before."""
        return self.rhythm.earliest(self.last_on)


@dataclass(frozen=True)
class WorkDay(Generic[Key]):
    """A day with room; holidays are simply not among them."""

    on: date
    terms: Terms
    planned: tuple[Stop[Key], ...] = ()


@dataclass(frozen=True)
class Weeks(Generic[Key]):
    """Stores that want visits and the days there are."""

    stores: tuple[Store[Key], ...]
    days: tuple[WorkDay[Key], ...]
    stops: Mapping[Key, Stop[Key]]
    seconds: float = 10.0
    workdays: Workdays = field(default_factory=Workdays)


@dataclass(frozen=True)
class Proposed(Generic[Key]):
    """A day as proposed; ``fresh`` are the stores that are new in it, ``added`` those a person put there."""

    on: date
    route: DayRoute[Key]
    fresh: tuple[Key, ...]
    added: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Proposal(Generic[Key]):
    """Every day, and the stores that fall due and found no day."""

    days: tuple[Proposed[Key], ...]
    waiting: tuple[Key, ...]


def propose(
    asked: Weeks[Key],
    told: Callable[[float], None] = lambda _share: None,
    stop: Callable[[], bool] = lambda: False,
) -> Proposal[Key]:
    """Return a plan for all the days; what ``stop`` leaves unsearched is still a plan."""
    weeks = [list(days) for _, days in groupby(asked.days, key=lambda day: day.on.isocalendar()[:2])]
    stores = {store.key: store for store in asked.stores}
    made: list[Proposed[Key]] = []
    for number, days in enumerate(weeks):
        found = _week(asked, days, stores, asked.seconds / len(weeks), stop)
        for proposed in found:
            for key in proposed.fresh:
                due_on = stores[key].rhythm.due(proposed.on, asked.workdays)
                stores[key] = replace(stores[key], last_on=proposed.on, due_on=due_on)
        made += found
        told((number + 1) / len(weeks))
    return Proposal(tuple(made), tuple(_waiting(stores, asked.days)))


def edited(
    days: Sequence[Proposed[Key]],
    refused: Collection[tuple[date, Key]],
    moved: Mapping[tuple[date, Key], date],
) -> list[Proposed[Key]]:
    """Return the days as a person changed them, without those in which nothing is new.

    The others keep their times; what was moved comes last on its day, without a time.
    """
    made = []
    for day in days:
        out = {key for key in day.fresh if (day.on, key) in refused or (day.on, key) in moved}
        fresh = tuple(key for key in day.fresh if key not in out)
        there = {key for (_, key), on in moved.items() if on == day.on}
        stops = tuple(stop for stop in day.route.stops if stop.key not in out)
        made.append(Proposed(day.on, replace(day.route, stops=stops), fresh, tuple(there - set(fresh))))
    return [day for day in made if day.fresh or day.added]


def _waiting(stores: Mapping[Key, Store[Key]], days: Sequence[WorkDay[Key]]) -> list[Key]:
    """Return what was due and could have had a day, had there been more room."""
    last = days[-1].on if days else date.min
    return [key for key, store in stores.items() if store.due_on <= _sunday(last) and store.earliest <= last]


def _week(
    asked: Weeks[Key], days: Sequence[WorkDay[Key]], stores: Mapping[Key, Store[Key]], seconds: float,
    stop: Callable[[], bool],
) -> list[Proposed[Key]]:  # fmt: skip
    due = [store for store in stores.values() if store.due_on <= _sunday(days[-1].on)]
    taken = [(number, each) for number, day in enumerate(days) for each in day.planned]
    stops = [*(asked.stops[store.key] for store in due), *(each for _, each in taken)]
    if not stops:
        return [_proposed(day, [], set(), stop) for day in days]
    problem = _problem(due, taken, stops, days)
    search = Search(problem)
    plan = search.run(_ROUNDS_A_STOP * len(stops), seconds=seconds, stop=stop)
    fresh = {store.key for store in due}
    return [
        _proposed(day, [_on(stops[n], due[n] if n < len(due) else None, day.on) for n in tour], fresh, stop)
        for day, tour in zip(days, plan.tours, strict=True)
    ]


def _problem(
    due: Sequence[Store[Key]], taken: Sequence[tuple[int, Stop[Key]]], stops: Sequence[Stop[Key]],
    days: Sequence[WorkDay[Key]],
) -> Problem:  # fmt: skip
    ends = [place for day in days for place in (day.terms.start, day.terms.end)]
    nodes = [*(each.place for each in stops), *ends]
    minutes = ways(nodes, days[0].terms.travel)
    size = len(stops)
    tours = [
        Day(size + 2 * n, size + 2 * n + 1, day.terms.depart, day.terms.latest, day.terms.lunch)
        for n, day in enumerate(days)
    ]
    windows = [
        [
            *(starts_of(_on(each, store, day.on)) for each, store in zip(stops, due, strict=False)),
            *(starts_of(each) if number == place else () for place, each in taken),
        ]
        for number, day in enumerate(days)
    ]
    prizes = [*(_prize(store, days[0].on) for store in due), *(REQUIRED for _ in taken)]
    return Problem(minutes, minutes, [each.minutes for each in stops], prizes, windows, tours, WAITING)


def _sunday(on: date) -> date:
    """Return the end of the week: what falls due on a free day is visited before it."""
    return on + timedelta(7 - on.isoweekday())


def _prize(store: Store[Key], monday: date) -> float:
    late = max(0, (monday - store.due_on).days) / store.rhythm.on(monday).every
    return _WORTH.get(store.grade, _WORTH_C) * (1 + min(_MOST_OVERDUE, late))


def _on(stop: Stop[Key], store: Store[Key] | None, on: date) -> Stop[Key]:
    """Return the stop as it is on a day: closed too soon after the visit before, or by the week."""
    if store is None:
        return stop
    hours = () if store.hours is None else store.hours.get(on.isoweekday(), ())
    closed = on < store.earliest or (store.hours is not None and not hours)
    return replace(stop, windows=hours, closed=closed)


def _proposed(
    day: WorkDay[Key], order: Sequence[Stop[Key]], fresh: set[Key], stop: Callable[[], bool]
) -> Proposed[Key]:
    """Polish the order of one day; it never loses a visit."""
    required = [replace(each, worth=REQUIRED) for each in order]
    route = timed(required, day.terms)
    if required and not stop():
        polished = plan_day(required, day.terms, keep=Keep.BEST, seconds=_POLISH_SECONDS)
        if not polished.left_out and polished.route.cost < route.cost:
            route = polished.route
    return Proposed(day.on, route, tuple(each.key for each in route.stops if each.key in fresh))
