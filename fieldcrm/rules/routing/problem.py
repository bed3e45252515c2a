"""A routing problem in plain numbers: which stops, on which days, when, at what price.

Stops are numbered from 0; the points where days begin and end are further nodes of the same
matrices. Times are minutes of each day by itself, never offsets over several days: a plan in
24-hour offsets loses a tenth to a quarter of what can be visited. ``prize`` is what leaving a
stop out costs, in the unit of ``cost``; a stop is not put in where it costs more than that.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

Matrix = Sequence[Sequence[float]]
Starts = tuple[tuple[float, float], ...]
"""When a visit may begin: (earliest, latest) pairs in order; none for a closed day."""

SLACK = 1e-6
NEVER = float("inf")
REQUIRED = 1e6
"""The prize of a stop that is left out only if there is no way to fit it in."""


@dataclass(frozen=True, slots=True)
class Lunch:
    """A break of ``minutes`` that begins between ``earliest`` and ``latest``, wherever it suits."""

    earliest: float
    latest: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Day:
    """One tour: nodes where it begins and ends, when, and the break in it.

    A tour that is back before the break's latest beginning needs no break.
    """

    start: int
    end: int
    depart: float
    latest: float
    lunch: Lunch | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """``minutes`` and ``cost`` cover all nodes; ``windows[day][stop]``; ``service`` and ``prize`` by stop.

    ``waiting`` is what a minute costs in which one neither drives nor visits; lunch counts as one.
    ``load`` is what each stop takes of a day's ``capacity``, where that is limited.
    """

    minutes: Matrix
    cost: Matrix
    service: Sequence[float]
    prize: Sequence[float]
    windows: Sequence[Sequence[Starts]]
    days: Sequence[Day]
    waiting: float = 0.0
    load: Sequence[int] = ()
    capacity: int = 0

    @property
    def size(self) -> int:
        """Return how many stops there are."""
        return len(self.service)


@dataclass(frozen=True, slots=True)
class Plan:
    """Stops of each day in order, the stops left out, and what it all costs (``cost`` + prizes lost)."""

    tours: tuple[tuple[int, ...], ...]
    absent: tuple[int, ...]
    cost: float


def begins(starts: Starts, arrive: float) -> float | None:
    """Return when a visit begins for somebody who arrives then, or None if it is too late."""
    for earliest, latest in starts:
        if arrive <= latest + SLACK:
            return max(arrive, earliest)
    return None


def after_lunch(lunch: Lunch, leave: float, minutes: float) -> float | None:
    """Return when one is ready at the next stop after the way and lunch, or None if lunch comes too late.

    Lunch is taken there if it can begin in time, else before the way.
    """
    begin = max(leave + minutes, lunch.earliest)
    if begin <= lunch.latest + SLACK:
        return begin + lunch.minutes
    begin = max(leave, lunch.earliest)
    return begin + lunch.minutes + minutes if begin <= lunch.latest + SLACK else None


def total(problem: Problem, tours: Sequence[Sequence[int]]) -> float:
    """Return the cost of the ways and of what is left out."""
    cost, here = 0.0, set[int]()
    for day, tour in zip(problem.days, tours, strict=True):
        nodes = (day.start, *tour, day.end)
        if tour:
            cost += sum(problem.cost[u][v] for u, v in itertools.pairwise(nodes))
        here.update(tour)
    return cost + sum(prize for stop, prize in enumerate(problem.prize) if stop not in here)
