"""Which store on which day over several weeks, by cadence, and the order of each day (V1, V5).

Every visit that falls due competes for all the days it may be on, two weeks at a time: first by
insertion, then by PyVRP where it is installed and else by our own search, then each day by itself
with its lunch. What finds no place waits. Visits that are planned already keep their day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, groupby
from typing import Generic

from fieldcrm import clock
from fieldcrm.rules.routing import pyvrp_search
from fieldcrm.rules.routing.day import WAITING, DayRoute, Key, Stop, Terms, timed, ways
from fieldcrm.rules.routing.horizon import Horizon
from fieldcrm.rules.routing.planning import starts_of
from fieldcrm.rules.routing.problem import REQUIRED, Day, Plan, Problem, Starts
from fieldcrm.rules.routing.search import Search
from fieldcrm.rules.routing.wanted import Store, Wanted, wanted
from fieldcrm.rules.workdays import Workdays

_WORTH: Mapping[str, float] = {"A": 3200.0, "B": 240.0}  # minutes on the road; A is not traded away
_WORTH_C = 120.0
_MOST_OVERDUE = 2.0  # times more worth
_TOGETHER = 2  # weeks in one search
_SHARES = (0.5, 0.0, 1.0)
_SEARCHED = 0.56  # of the time; the rest is for single days
_PASSES, _PASSES_OF_EACH = 4, 2  # over two weeks, over each pair of more
_ROUNDS_A_STOP = 60
_ENDLESS = 10**9


@dataclass(frozen=True)
class WorkDay(Generic[Key]):
    """A day with room; holidays are simply not among them."""

    on: date
    terms: Terms
    planned: tuple[Stop[Key], ...] = ()


@dataclass(frozen=True)
class Weeks(Generic[Key]):
    """Stores that want visits and the days there are.

    ``rounds`` limits each search by iterations: the same ones and ``seed`` give the same plan.
    """

    stores: tuple[Store[Key], ...]
    days: tuple[WorkDay[Key], ...]
    stops: Mapping[Key, Stop[Key]]
    seconds: float | None = 10.0
    rounds: int = _ENDLESS
    seed: int = 0
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
    began = clock.monotonic_ms()
    problem, visits, stops = problem_of(asked)
    horizon = Horizon(problem, visits, [day.on for day in asked.days])
    horizon.fill()
    _search(asked, horizon, began, told, stop)
    proposed = [
        _proposed(day, [(n < len(visits), _at(visits, stops, n, day.on)) for n in tour])
        for day, tour in zip(asked.days, horizon.tours, strict=True)
    ]
    late = (visits[n].store for n in horizon.absent if n < len(visits))
    waiting = dict.fromkeys(store.key for store in late if store.earliest <= horizon.on[-1])
    return Proposal(tuple(proposed), tuple(waiting))


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


def _search(
    asked: Weeks[Key], horizon: Horizon[Key], began: int, told: Callable[[float], None],
    stop: Callable[[], bool],
) -> None:  # fmt: skip
    """Plan two weeks at a time, neighbours together, and after each time their days one by one."""
    places = groupby(range(len(horizon.on)), lambda place: horizon.on[place].isocalendar()[:2])
    weeks = [list(run) for _, run in places]
    pairs = [
        list(chain.from_iterable(weeks[n : n + _TOGETHER])) for n in range(max(1, len(weeks) - _TOGETHER + 1))
    ]
    passes = pairs * (_PASSES_OF_EACH if len(pairs) > 1 else _PASSES)
    for number, days in enumerate(passes):
        if stop():
            return
        left = None
        if asked.seconds is not None:  # what lies between searches takes time as well
            left = (asked.seconds - (clock.monotonic_ms() - began) / 1000) / (len(passes) - number)
            if left <= 0:
                return

        def heard(share: float, number: int = number) -> None:
            told((number + share) / len(passes))

        def solve(
            problem: Problem, first: Sequence[Sequence[int]], number: int = number,
            heard: Callable[[float], None] = heard, left: float | None = left,
        ) -> Plan:  # fmt: skip
            search = pyvrp_search.search if pyvrp_search.is_here() else own_search
            return search(
                problem, first, rounds=asked.rounds, seconds=None if left is None else left * _SEARCHED,
                seed=asked.seed + number, stop=stop,
                told=lambda share: heard(_SEARCHED * share),
            )  # fmt: skip

        horizon.improve(days, _SHARES[number % len(_SHARES)], solve)
        _polish(asked, horizon, days, asked.seed + number, left, heard, stop)


def own_search(
    problem: Problem, first: Sequence[Sequence[int]], *, rounds: int, seconds: float | None = None,
    seed: int = 0, stop: Callable[[], bool] = lambda: False,
    told: Callable[[float], None] = lambda _share: None,
) -> Plan:  # fmt: skip
    """Return the best plan found without PyVRP."""
    limit = min(rounds, _ROUNDS_A_STOP * problem.size)
    search = Search(problem, seed=seed, first=first)
    return search.run(limit, seconds=seconds, stop=stop, told=lambda share, _plan: told(share))


def _polish(
    asked: Weeks[Key], horizon: Horizon[Key], days: Sequence[int], seed: int, left: float | None,
    told: Callable[[float], None], stop: Callable[[], bool],
) -> None:  # fmt: skip
    seconds = None if left is None else left * (1 - _SEARCHED) / len(days)
    for number, day in enumerate(days, 1):
        if stop():
            return
        horizon.polish(day, rounds=asked.rounds, seconds=seconds, seed=seed, stop=stop)
        told(_SEARCHED + (1 - _SEARCHED) * number / len(days))


def problem_of(asked: Weeks[Key]) -> tuple[Problem, list[Wanted[Key]], list[Stop[Key]]]:
    """Return all days as one problem: its first stops are the visits, the others those planned already."""
    visits = wanted(asked.stores, [day.on for day in asked.days], asked.workdays)
    stops = [asked.stops[visit.store.key] for visit in visits]
    stops += [each for day in asked.days for each in day.planned]
    return _problem(asked, visits, stops), visits, stops


def _problem(asked: Weeks[Key], visits: Sequence[Wanted[Key]], stops: Sequence[Stop[Key]]) -> Problem:
    ends = [place for day in asked.days for place in (day.terms.start, day.terms.end)]
    nodes = [*(each.place for each in stops), *ends]
    distinct = {place: n for n, place in enumerate(dict.fromkeys(nodes))}
    rows = ways(list(distinct), asked.days[0].terms.travel) if asked.days else []
    columns = [distinct[place] for place in nodes]
    minutes = [[row[v] for v in columns] for row in (rows[u] for u in columns)]
    size = len(stops)
    tours = [
        Day(size + 2 * n, size + 2 * n + 1, day.terms.depart, day.terms.latest, day.terms.lunch)
        for n, day in enumerate(asked.days)
    ]
    prizes = [*(_prize(visit, asked.days[0].on) for visit in visits)]
    prizes += [REQUIRED] * (size - len(visits))
    return Problem(
        minutes, minutes, [each.minutes for each in stops], prizes, _windows(asked, visits, stops), tours,
        WAITING,
    )  # fmt: skip


def _windows(
    asked: Weeks[Key], visits: Sequence[Wanted[Key]], stops: Sequence[Stop[Key]]
) -> list[list[Starts]]:
    """Return when each stop may begin on each day; what is planned already may on its own day only."""
    windows: list[list[Starts]] = [[() for _ in stops] for _ in asked.days]
    for n, visit in enumerate(visits):
        for number in visit.days:
            windows[number][n] = starts_of(_at(visits, stops, n, asked.days[number].on))
    place = len(visits)
    for number, day in enumerate(asked.days):
        for each in day.planned:
            windows[number][place] = starts_of(each)
            place += 1
    return windows


def _prize(visit: Wanted[Key], first: date) -> float:
    if visit.is_joint:
        return REQUIRED
    late = max(0, (first - visit.due_on).days) / visit.store.rhythm.on(first).every
    return _WORTH.get(visit.store.grade, _WORTH_C) * (1 + min(_MOST_OVERDUE, late))


def _at(visits: Sequence[Wanted[Key]], stops: Sequence[Stop[Key]], n: int, on: date) -> Stop[Key]:
    """Return a stop as it is on a day, with the hours of its weekday and of who comes along."""
    if n >= len(visits):
        return stops[n]
    store, joint = visits[n].store, None
    hours = () if store.hours is None else store.hours.get(on.isoweekday(), ())
    if visits[n].is_joint and store.joint is not None:
        joint = store.joint.get(on, ())
    return replace(stops[n], windows=hours, closed=not store.is_open(on), joint=joint, worth=REQUIRED)


def _proposed(day: WorkDay[Key], order: Sequence[tuple[bool, Stop[Key]]]) -> Proposed[Key]:
    route = timed([stop for _, stop in order], day.terms)
    return Proposed(day.on, route, tuple(stop.key for is_fresh, stop in order if is_fresh))


__all__ = [
    "Proposal", "Proposed", "Store", "Weeks", "WorkDay", "edited", "own_search", "problem_of", "propose",
]  # fmt: skip
