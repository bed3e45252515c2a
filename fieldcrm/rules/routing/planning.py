"""The best day of visits: which stops, in which order, and what stays out (V5).

Done stops are walked first; the rest becomes a ``Problem`` from where and when the rep stands
then. How a plan that exists is treated is the rep's choice: ``Keep.ORDER`` only takes out what
does not work, ``Keep.SMALL`` prefers the order of before (each changed way and each turned
pair costs kilometres), ``Keep.BEST`` is free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Generic

from fieldcrm.rules.routing.day import WAITING, DayRoute, Key, Stop, Terms, timed, ways
from fieldcrm.rules.routing.problem import REQUIRED, Day, Lunch, Problem, Starts
from fieldcrm.rules.routing.small_changes import Limits, kept, small_changes

_ROUNDS_A_STOP = 60
_ANY_TIME: Starts = ((0.0, 24 * 60.0),)


class Keep(StrEnum):
    """How much of the order of before a new plan keeps."""

    ORDER = "order"
    SMALL = "small"
    BEST = "best"


@dataclass(frozen=True)
class DayPlan(Generic[Key]):
    """The day as planned, and the stops it leaves out."""

    route: DayRoute[Key]
    left_out: tuple[Stop[Key], ...]
    ways_changed: int


def plan_day(
    stops: Sequence[Stop[Key]], terms: Terms, *, keep: Keep = Keep.BEST, seed: int = 0,
    seconds: float | None = None, rounds: int | None = None, stop: Callable[[], bool] = lambda: False,
    told: Callable[[float], None] = lambda _share: None,
) -> DayPlan[Key]:  # fmt: skip
    """Return the best day found; the same stops, seed and rounds give the same day."""
    head = [each for each in stops if each.fixed]
    rest = [each for each in stops if not each.fixed]
    problem = problem_of(head, rest, terms)
    if keep is Keep.ORDER:
        order, absent = kept(problem, range(problem.size))
    else:
        wanted = rounds if rounds is not None else max(150, _ROUNDS_A_STOP * len(rest))
        limits = Limits(wanted, seconds, seed, stop, told)
        fresh = {n for n, each in enumerate(rest) if not each.placed}
        plan = (
            small_changes(problem, fresh, limits, terms.travel.road_minutes(1.0))
            if keep is Keep.SMALL
            else limits.search(problem)
        )
        order, absent = list(plan.tours[0]), list(plan.absent)
    route = timed([*head, *(rest[n] for n in order)], terms)
    changed = sum(1 for here, there in pairwise([-1, *order]) if there != here + 1)
    return DayPlan(route, tuple(rest[n] for n in absent), changed)


def problem_of(head: Sequence[Stop[Key]], rest: Sequence[Stop[Key]], terms: Terms) -> Problem:
    """Return the rest of a day as a problem; its start and end are the nodes after the stops."""
    before = timed(head, terms)
    places = [stop.place for stop in rest]
    here = next((stop.place for stop in reversed(head) if stop.place), terms.start)
    nodes = [*places, here, terms.end]
    minutes = ways(nodes, terms.travel)
    day = Day(len(rest), len(rest) + 1, before.stops[-1].leave if head else terms.depart, terms.latest,
              _lunch_left(before, terms))  # fmt: skip
    return Problem(
        minutes, minutes, [stop.minutes for stop in rest], [stop.worth for stop in rest],
        [[starts_of(stop) for stop in rest]], [day], WAITING,
    )  # fmt: skip


def starts_of(stop: Stop[Key]) -> Starts:
    """Return when a visit may begin so that it ends while the store is open."""
    if stop.appointment is not None:
        return ((stop.appointment, stop.appointment),)
    hours = stop.hours
    if hours is None:
        return _ANY_TIME
    return tuple((a, b - stop.minutes) for a, b in hours if b - a >= stop.minutes)


def _lunch_left(before: DayRoute[Key], terms: Terms) -> Lunch | None:
    """Return the break if it was not taken among the stops that are done."""
    lunch = terms.lunch
    over = before.stops and lunch is not None and before.stops[-1].leave > lunch.latest
    return None if over or before.lunch is not None else lunch


def best_order(stops: Sequence[Stop[Key]], terms: Terms) -> DayRoute[Key]:
    """Return the best order of all the stops; what does not fit is put where it is least late."""
    plan = plan_day([_required(stop) for stop in stops], terms)
    by_key = {stop.key: stop for stop in stops}
    order = [by_key[stop.key] for stop in plan.route.stops]
    head = sum(stop.fixed for stop in stops)
    for late in plan.left_out:
        places = range(head, len(order) + 1)
        order = min(
            ([*order[:n], by_key[late.key], *order[n:]] for n in places), key=lambda o: timed(o, terms).cost
        )
    given = timed([*(s for s in stops if s.fixed), *(s for s in stops if not s.fixed)], terms)
    return min(given, timed(order, terms), key=lambda route: route.cost)


def _required(stop: Stop[Key]) -> Stop[Key]:
    return replace(stop, worth=REQUIRED)


__all__ = ["DayPlan", "Keep", "best_order", "kept", "plan_day", "problem_of", "starts_of"]
