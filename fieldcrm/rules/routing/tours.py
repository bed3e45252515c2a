"""A tour with everything needed to judge one more stop in it without walking it again.

For every place of the tour: the earliest moment one can leave it, and the latest at which one
may arrive so that the rest still works; both once with lunch eaten and once without. Putting a
stop in between is then a comparison of two numbers, also with several opening windows.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from fieldcrm.rules.routing.problem import NEVER, SLACK, Day, Lunch, Problem, Starts, begins


@dataclass(frozen=True, slots=True)
class Tour:
    """``nodes`` begin and end with the day's own; ``leave`` and ``arrive`` go with them.

    ``leave_hungry`` and ``arrive_hungry`` are the same without lunch; they are None on a day
    that has none. ``arcs[i]`` is the cost from node i to the next, ``idle[i]`` the minutes one waits
    at node i for it to open.
    """

    day: int
    nodes: tuple[int, ...]
    leave: list[float]
    arrive: list[float]
    leave_hungry: list[float] | None
    arrive_hungry: list[float] | None
    arcs: list[float]
    idle: list[float]

    @property
    def stops(self) -> tuple[int, ...]:
        """Return the stops without the day's own nodes."""
        return self.nodes[1:-1]


def tour(problem: Problem, number: int, stops: Sequence[int]) -> Tour | None:
    """Return the tour of one day, or None if these stops in this order do not work."""
    if problem.load and sum(problem.load[stop] for stop in stops) > problem.capacity:
        return None
    day, windows = problem.days[number], problem.windows[number]
    nodes = (day.start, *stops, day.end)
    ways = [problem.minutes[u][v] for u, v in itertools.pairwise(nodes)]
    row = problem.cost
    arcs = [row[u][v] for u, v in itertools.pairwise(nodes)] if stops else [0.0]
    if day.lunch is None:
        idle = [0.0] * len(nodes)
        leave = _forward(problem, windows, nodes, ways, day.depart, idle)
        if leave is None or leave[-1] > day.latest + SLACK:
            return None
        arrive = _backward(problem, windows, nodes, ways, day)
        return Tour(number, nodes, leave, arrive, None, None, arcs, idle)
    return _with_lunch(problem, windows, number, day, nodes, ways, arcs)


def finish(problem: Problem, number: int, stops: Sequence[int]) -> float | None:
    """Return when a day is over at the earliest, or None if these stops in this order do not work."""
    if problem.load and sum(problem.load[stop] for stop in stops) > problem.capacity:
        return None
    day, windows = problem.days[number], problem.windows[number]
    nodes = (day.start, *stops, day.end)
    ways = [problem.minutes[u][v] for u, v in itertools.pairwise(nodes)]
    if day.lunch is None:
        leave = _forward(problem, windows, nodes, ways, day.depart, [0.0] * len(nodes))
        over = NEVER if leave is None else leave[-1]
    else:
        fed, hungry = _forward_hungry(problem, windows, nodes, ways, day, day.lunch)
        over = min(fed[-1], hungry[-1])
    return over if over <= day.latest + SLACK else None


def waited(problem: Problem, found: Tour) -> float:
    """Return the minutes of a tour in which one neither drives nor visits; lunch counts as some."""
    if not found.stops:
        return 0.0
    over = found.leave[-1] if found.leave_hungry is None else min(found.leave[-1], found.leave_hungry[-1])
    driven = sum(problem.minutes[u][v] for u, v in itertools.pairwise(found.nodes))
    return over - problem.days[found.day].depart - driven - sum(problem.service[n] for n in found.stops)


def _forward(
    problem: Problem,
    windows: Sequence[Starts],
    nodes: tuple[int, ...],
    ways: list[float],
    depart: float,
    idle: list[float],
) -> list[float] | None:
    leave, now, service = [depart], depart, problem.service
    for place in range(1, len(nodes) - 1):
        stop = nodes[place]
        now += ways[place - 1]
        begin = begins(windows[stop], now)
        if begin is None:
            return None
        idle[place] = begin - now
        now = begin + service[stop]
        leave.append(now)
    leave.append(now + ways[-1])
    return leave


def _backward(
    problem: Problem, windows: Sequence[Starts], nodes: tuple[int, ...], ways: list[float], day: Day
) -> list[float]:
    arrive = [day.latest] * len(nodes)
    latest = day.latest
    for place in range(len(nodes) - 2, 0, -1):
        stop = nodes[place]
        latest = _last(windows[stop], latest - ways[place] - problem.service[stop])
        arrive[place] = latest
    return arrive


def _last(starts: Starts, limit: float) -> float:
    """Return the latest possible beginning that is not after ``limit``."""
    for earliest, latest in reversed(starts):
        if earliest <= limit + SLACK:
            return min(latest, limit)
    return -NEVER


def _with_lunch(
    problem: Problem, windows: Sequence[Starts], number: int, day: Day, nodes: tuple[int, ...],
    ways: list[float], arcs: list[float],
) -> Tour | None:  # fmt: skip
    assert day.lunch is not None  # noqa: S101 - the caller looked
    fed, hungry = _forward_hungry(problem, windows, nodes, ways, day, day.lunch)
    if min(fed[-1], hungry[-1]) > day.latest + SLACK:
        return None
    late, late_hungry = _backward_hungry(problem, windows, nodes, ways, day, day.lunch)
    idle = _idle(problem, nodes, ways, fed, hungry)
    return Tour(number, nodes, fed, late, hungry, late_hungry, arcs, idle)


def _idle(
    problem: Problem, nodes: tuple[int, ...], ways: list[float], fed: list[float], hungry: list[float]
) -> list[float]:
    """Return about how long one waits at each stop: lunch, where it is taken, counts as waiting."""
    idle = [0.0] * len(nodes)
    for place in range(1, len(nodes) - 1):
        before = min(fed[place - 1], hungry[place - 1]) + ways[place - 1]
        left = min(fed[place], hungry[place]) - problem.service[nodes[place]]
        idle[place] = max(0.0, left - before)
    return idle


def _forward_hungry(
    problem: Problem, windows: Sequence[Starts], nodes: tuple[int, ...], ways: list[float], day: Day,
    lunch: Lunch,
) -> tuple[list[float], list[float]]:  # fmt: skip
    """Return when one can leave each place, with lunch and without; written out like ``_hungry``."""
    fed, hungry, service = [NEVER], [day.depart], problem.service
    earliest, latest, pause = lunch.earliest, lunch.latest + SLACK, lunch.minutes
    last, with_it, without = len(nodes) - 1, NEVER, day.depart
    for place in range(1, last + 1):
        way = ways[place - 1]
        with_it += way
        if without < NEVER:
            there = without + way
            begin = there if there > earliest else earliest
            if begin > latest:
                begin = without if without > earliest else earliest
                begin = begin + way if begin <= latest else NEVER
            if begin + pause < with_it:
                with_it = begin + pause
            without = there
        if place == last:
            break
        stop = nodes[place]
        starts, took = windows[stop], service[stop]
        with_it, without = _begin(starts, with_it) + took, _begin(starts, without) + took
        fed.append(with_it)
        hungry.append(without)
    fed.append(with_it)
    hungry.append(without if without <= latest else NEVER)
    return fed, hungry


def _begin(starts: Starts, arrive: float) -> float:
    for earliest, latest in starts:
        if arrive <= latest + SLACK:
            return arrive if arrive > earliest else earliest
    return NEVER


def _backward_hungry(
    problem: Problem, windows: Sequence[Starts], nodes: tuple[int, ...], ways: list[float], day: Day,
    lunch: Lunch,
) -> tuple[list[float], list[float]]:  # fmt: skip
    """Return the latest arrivals from which the rest works, lunch eaten before and not."""
    size = len(nodes)
    fed, hungry = [day.latest] * size, [min(day.latest, lunch.latest)] * size
    after, before = fed[-1], hungry[-1]
    earliest, latest, pause = lunch.earliest - SLACK, lunch.latest, lunch.minutes
    for place in range(size - 2, 0, -1):
        stop, way = nodes[place], ways[place]
        took, starts = problem.service[stop], windows[stop]
        leave = before - way
        ready = after - pause if after - pause < latest else latest
        on_the_way = after - pause - way if after - pause - way < latest else latest
        if on_the_way >= earliest:
            leave = on_the_way if on_the_way > leave else leave
        elif ready >= earliest and ready - way > leave:
            leave = ready - way
        before = hungry[place] = _last(starts, leave - took)
        after = fed[place] = _last(starts, after - way - took)
    return fed, hungry
