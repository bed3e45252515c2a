"""A rep's day on the road: when each stop of an order is reached, and the best order (V5).

Done stops keep their places at the head of the day. A stop that cannot be reached while it is
open may stay in an order and says so, because the rep decides; ``plan_day`` leaves it out and
says why. Lunch is taken where it costs least. Times are minutes after midnight, local.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar

from fieldcrm.rules.routing.distances import Place, Travel, matrix
from fieldcrm.rules.routing.problem import REQUIRED, SLACK, Lunch, after_lunch

Key = TypeVar("Key")
Window = tuple[int, int]
_LATE = 20.0  # a minute outside opening hours weighs as much as this many on the road
WAITING = 0.3  # and a minute of the day as this much


@dataclass(frozen=True)
class Stop(Generic[Key]):
    """A store to visit; without ``place`` it costs no travel, without ``windows`` it is always open.

    ``closed`` says that it is not open at all that day. ``joint`` is when whoever comes along can,
    if somebody does. ``worth`` is the minutes on the road that the visit is worth: one that costs
    more is left out. ``fixed`` stops are done already. What is not ``placed`` is new in the day and
    has no place in its order yet.
    """

    key: Key
    place: Place | None
    minutes: int = 30
    windows: tuple[Window, ...] = ()
    appointment: int | None = None
    fixed: bool = False
    closed: bool = False
    worth: float = REQUIRED
    joint: tuple[Window, ...] | None = None
    placed: bool = True

    @property
    def hours(self) -> tuple[Window, ...] | None:
        """Return when a visit is possible for everybody: None at any time, empty never."""
        if self.closed:
            return ()
        if self.joint is None or not self.windows:
            return tuple(sorted(self.windows)) or self.joint
        both = ((max(a, c), min(b, d)) for a, b in self.windows for c, d in self.joint)
        return tuple(sorted((opens, shuts) for opens, shuts in both if opens < shuts))


@dataclass(frozen=True, slots=True)
class Terms:
    """When the day begins and ends and where, and when lunch may begin (no ``lunch_from``: none).

    Without ``end`` the day is over at the last stop.
    """

    depart: int = 8 * 60 + 30
    start: Place | None = None
    lunch_from: int | None = 11 * 60 + 45
    lunch_minutes: int = 45
    travel: Travel = Travel()
    end: Place | None = None
    latest: int = 20 * 60
    lunch_until: int = 13 * 60 + 30

    @property
    def lunch(self) -> Lunch | None:
        """Return the break, or None for a day without."""
        if self.lunch_from is None or not self.lunch_minutes:
            return None
        return Lunch(self.lunch_from, max(self.lunch_until, self.lunch_from), self.lunch_minutes)


@dataclass(frozen=True)
class Timed(Generic[Key]):
    """One stop of a route; ``closed`` says that the store is not open then."""

    key: Key
    arrive: int
    begin: int
    leave: int
    km: float
    closed: bool


@dataclass(frozen=True)
class DayRoute(Generic[Key]):
    """The stops in order with their times; ``cost`` compares orders of the same stops.

    ``lunch`` tells before which stop (by place in ``stops``) and when the break begins; ``km``
    includes the way home.
    """

    stops: tuple[Timed[Key], ...]
    km: float
    finish: int
    cost: float
    lunch: tuple[int, int] | None = None


def timed(stops: Sequence[Stop[Key]], terms: Terms) -> DayRoute[Key]:
    """Walk ``stops`` in the order given and say when each one is reached; lunch where it costs least."""
    ways = _ways(stops, terms)
    if terms.lunch is None:
        return _walked(stops, terms, ways, None)
    breaks = range(_first_open(stops), len(stops) + 1)
    found = [route for place in breaks if (route := _walked(stops, terms, ways, place)).lunch is not None]
    return min([*found, *_without_lunch(stops, terms, ways, bool(found))], key=lambda r: (r.cost, r.finish))


def _without_lunch(
    stops: Sequence[Stop[Key]], terms: Terms, ways: list[tuple[float, float]], has_lunch: bool
) -> list[DayRoute[Key]]:
    """Return the day without a break, if it is over before the break must begin or none fits."""
    route = _walked(stops, terms, ways, None)
    return [route] if not has_lunch or (terms.lunch and route.finish <= terms.lunch.latest) else []


def _walked(
    stops: Sequence[Stop[Key]], terms: Terms, ways: list[tuple[float, float]], break_at: int | None
) -> DayRoute[Key]:
    clock, late, made = float(terms.depart), 0.0, list[Timed[Key]]()
    lunch: tuple[int, int] | None = None
    for number, stop in enumerate(stops):
        minutes, km = ways[number]
        arrive = clock + minutes
        if number == break_at and terms.lunch is not None:
            ready = after_lunch(terms.lunch, clock, minutes)
            if ready is not None:
                arrive, lunch = ready, (number, round(_lunch_begins(terms.lunch, clock, minutes)))
        begin, outside = _begin(stop, arrive)
        leave = round(begin) + stop.minutes
        made.append(Timed(stop.key, round(arrive), round(begin), leave, km, outside > 0))
        clock, late = begin + stop.minutes, late + outside
    minutes, km = ways[-1]
    if break_at == len(stops) and terms.lunch is not None:
        ready = after_lunch(terms.lunch, clock, minutes)
        if ready is not None:
            lunch = (len(stops), round(_lunch_begins(terms.lunch, clock, minutes)))
            clock = ready - minutes
    clock += minutes
    road = sum(way for way, _ in ways)
    cost = road + (clock - terms.depart) * WAITING + (late + max(0.0, clock - terms.latest)) * _LATE
    return DayRoute(tuple(made), sum(km for _, km in ways), round(clock), cost, lunch)


def _lunch_begins(lunch: Lunch, leave: float, minutes: float) -> float:
    there = max(leave + minutes, lunch.earliest)
    return there if there <= lunch.latest + SLACK else max(leave, lunch.earliest)


def _first_open(stops: Sequence[Stop[Key]]) -> int:
    """Return the place of the first stop that is not done: the past had its lunch or not."""
    return next((n for n, stop in enumerate(stops) if not stop.fixed), len(stops))


def _ways(stops: Sequence[Stop[Key]], terms: Terms) -> list[tuple[float, float]]:
    """Return minutes and kilometres to each stop, and home; a stop without a place is where one is."""
    here, ways = terms.start, list[tuple[float, float]]()
    for stop in stops:
        ways.append(leg(here, stop.place, terms.travel))
        here = stop.place or here
    return [*ways, leg(here, terms.end, terms.travel)]


def ways(places: Sequence[Place | None], travel: Travel) -> list[list[float]]:
    """Return the minutes between all places; none from or to nowhere."""
    known = [n for n, place in enumerate(places) if place is not None]
    far = matrix([place for place in places if place is not None])
    rows = [[0.0] * len(places) for _ in places]
    for u, row in zip(known, far, strict=True):
        for v, straight in zip(known, row, strict=True):
            rows[u][v] = travel.minutes_of(straight)
    if travel.roads:
        for u, v in product(known, known):
            here, there = places[u], places[v]
            if here is not None and there is not None and (here, there) in travel.roads:
                rows[u][v] = travel.minutes(here, there)
    return rows


def leg(here: Place | None, there: Place | None, travel: Travel) -> tuple[float, float]:
    """Return the minutes and kilometres of one way; none from or to nowhere."""
    if here is None or there is None:
        return 0.0, 0.0
    return travel.minutes(here, there), travel.km(here, there)


def _begin(stop: Stop[Key], arrive: float) -> tuple[float, float]:
    """Return when the visit begins and how many minutes it lies outside what is possible."""
    if stop.appointment is not None:
        return max(arrive, stop.appointment), max(0.0, arrive - stop.appointment)
    hours = stop.hours
    if hours is None:
        return arrive, 0.0
    for opens, closes in hours:
        begin = max(arrive, opens)
        if begin + stop.minutes <= closes:
            return begin, 0.0
    last = max((closes for _, closes in hours), default=arrive)
    return arrive, max(1.0, arrive + stop.minutes - last)
