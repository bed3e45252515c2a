"""The order of one day's stops: least time on the road that respects opening hours and lunch.

Done and locked stops keep their places at the head of the day. The rest is built by
cheapest insertion and improved by moving runs of one to three stops and turning segments
round, until nothing helps; the same stops give the same order. A stop that cannot be
reached while it is open stays in the route and says so, because the rep decides.
Times are minutes after midnight, local.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fieldcrm.rules.routing.distances import Place, Travel

Key = TypeVar("Key")
Window = tuple[int, int]
_LATE = 20.0  # a minute outside opening hours weighs as much as this many on the road


@dataclass(frozen=True)
class Stop(Generic[Key]):
    """A store to visit; without ``place`` it costs no travel, without ``windows`` it is always open."""

    key: Key
    place: Place | None
    minutes: int = 30
    windows: tuple[Window, ...] = ()
    appointment: int | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """When the day starts and where, and when lunch may begin (None for no lunch)."""

    depart: int = 8 * 60 + 30
    start: Place | None = None
    lunch_from: int | None = 11 * 60 + 45
    lunch_minutes: int = 45
    travel: Travel = Travel()


@dataclass(frozen=True)
class Timed(Generic[Key]):
    """One stop of the finished route; ``closed`` says that the store is not open then."""

    key: Key
    arrive: int
    begin: int
    leave: int
    km: float
    closed: bool


@dataclass(frozen=True)
class DayRoute(Generic[Key]):
    """The stops in order with their times; ``cost`` compares orders of the same stops."""

    stops: tuple[Timed[Key], ...]
    km: float
    finish: int
    cost: float


def timed(stops: Sequence[Stop[Key]], terms: Terms) -> DayRoute[Key]:
    """Walk ``stops`` in the order given and say when each one is reached."""
    clock, here, ate = float(terms.depart), terms.start, terms.lunch_from is None
    made: list[Timed[Key]] = []
    road = late = 0.0
    for stop in stops:
        if not ate and terms.lunch_from is not None and clock >= terms.lunch_from:
            clock, ate = clock + terms.lunch_minutes, True
        minutes, km = _leg(here, stop.place, terms.travel)
        arrive = clock + minutes
        begin, outside = _begin(stop, arrive)
        made.append(
            Timed(stop.key, round(arrive), round(begin), round(begin) + stop.minutes, km, outside > 0)
        )
        clock = begin + stop.minutes
        here = stop.place or here
        road, late = road + minutes, late + outside
    km = sum(stop.km for stop in made)
    return DayRoute(tuple(made), km, round(clock), road + (clock - terms.depart) * 0.2 + late * _LATE)


def best_order(stops: Sequence[Stop[Key]], terms: Terms) -> DayRoute[Key]:
    """Return the best order found for ``stops``; fixed ones stay first, as given."""
    head = [stop for stop in stops if stop.fixed]
    route = list(head)
    for stop in sorted((s for s in stops if not s.fixed), key=_slack):
        places = range(len(head), len(route) + 1)
        route = min(([*route[:i], stop, *route[i:]] for i in places), key=lambda r: timed(r, terms).cost)
    return _improved(route, len(head), terms)


def _improved(route: list[Stop[Key]], head: int, terms: Terms) -> DayRoute[Key]:
    best = timed(route, terms)
    better = True
    while better:
        better = False
        for candidate in _neighbours(route, head):
            found = timed(candidate, terms)
            if found.cost < best.cost - 1e-9:
                route, best, better = candidate, found, True
                break
    return best


def _neighbours(route: list[Stop[Key]], head: int) -> list[list[Stop[Key]]]:
    size, found = len(route), []
    for length in (1, 2, 3):
        for i in range(head, size - length + 1):
            run, rest = route[i : i + length], route[:i] + route[i + length :]
            found += [rest[:j] + run + rest[j:] for j in range(head, len(rest) + 1) if j != i]
    for i in range(head, size - 1):
        found += [route[:i] + route[i:j][::-1] + route[j:] for j in range(i + 2, size + 1)]
    return found


def _leg(here: Place | None, there: Place | None, travel: Travel) -> tuple[float, float]:
    if here is None or there is None:
        return 0.0, 0.0
    return travel.minutes(here, there), travel.km(here, there)


def _begin(stop: Stop[Key], arrive: float) -> tuple[float, float]:
    """Return when the visit begins and how many minutes it lies outside what is possible."""
    if stop.appointment is not None:
        return max(arrive, stop.appointment), max(0.0, arrive - stop.appointment)
    if not stop.windows:
        return arrive, 0.0
    for opens, closes in sorted(stop.windows):
        begin = max(arrive, opens)
        if begin + stop.minutes <= closes:
            return begin, 0.0
    return arrive, arrive + stop.minutes - max(closes for _, closes in stop.windows)


def _slack(stop: Stop[Key]) -> tuple[int, int]:
    if stop.appointment is not None:
        return 0, stop.appointment
    return 1, sum(closes - opens for opens, closes in stop.windows) or 1440
