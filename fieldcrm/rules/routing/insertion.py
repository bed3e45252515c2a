"""Where one more stop fits best: the innermost loop of route planning."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fieldcrm.rules.routing.problem import NEVER, SLACK, Lunch, Problem, Starts, after_lunch
from fieldcrm.rules.routing.tours import Tour

Place = tuple[float, int, int]
"""What it costs, the day, and the place in its tour to put the stop before."""


def cheapest(
    problem: Problem, tours: Sequence[Tour], stop: int, limit: float, skip: Callable[[], bool] | None = None
) -> Place | None:
    """Return the cheapest place that costs less than ``limit``; ``skip`` passes over a place now and then."""
    best: Place | None = None
    for tour in tours:
        starts = problem.windows[tour.day][stop]
        if not starts:
            continue
        lunch = problem.days[tour.day].lunch
        found = (
            _plain(problem, tour, stop, starts, limit, skip)
            if lunch is None
            else _hungry(problem, tour, stop, starts, lunch, limit, skip)
        )
        if found is not None:
            best, limit = found, found[0]
    return best


def _plain(
    problem: Problem, tour: Tour, stop: int, starts: Starts, limit: float, skip: Callable[[], bool] | None
) -> Place | None:
    nodes, leave, arrive, arcs, idle = tour.nodes, tour.leave, tour.arrive, tour.arcs, tour.idle
    cost, minutes, service, waiting = problem.cost, problem.minutes, problem.service[stop], problem.waiting
    cost_on, minutes_on = cost[stop], minutes[stop]
    last = starts[-1][1] + SLACK
    best: Place | None = None
    u = nodes[0]
    for i in range(1, len(nodes)):
        v = nodes[i]
        more = cost[u][stop] + cost_on[v] - arcs[i - 1]
        if more - waiting * idle[i] < limit:
            there = leave[i - 1] + minutes[u][stop]
            if there > last:
                break  # whoever comes later comes later still
            for earliest, latest in starts:
                if there <= latest + SLACK:
                    begin = there if there > earliest else earliest
                    on = begin + service + minutes_on[v]
                    if waiting:
                        shift = on - leave[i - 1] - minutes[u][v]
                        more += waiting * (begin - there - min(shift, idle[i]))
                    if on <= arrive[i] + SLACK and more < limit and not (skip is not None and skip()):
                        best, limit = (more, tour.day, i), more
                    break
        u = v
    return best


def _hungry(
    problem: Problem, tour: Tour, stop: int, starts: Starts, lunch: Lunch, limit: float,
    skip: Callable[[], bool] | None,
) -> Place | None:  # fmt: skip
    nodes, arcs, waiting = tour.nodes, tour.arcs, problem.waiting
    best: Place | None = None
    for i in range(1, len(nodes)):
        u, v = nodes[i - 1], nodes[i]
        more = problem.cost[u][stop] + problem.cost[stop][v] - arcs[i - 1]
        if more - waiting * tour.idle[i] >= limit:
            continue
        if waiting:
            more += waiting * _more_idle(problem, tour, stop, starts, i)
        if more < limit and _fits(problem, tour, stop, starts, lunch, i) and not (skip and skip()):
            best, limit = (more, tour.day, i), more
    return best


def _more_idle(problem: Problem, tour: Tour, stop: int, starts: Starts, i: int) -> float:
    """Return about how many minutes more one waits: at the stop itself, less what the next one waits less."""
    assert tour.leave_hungry is not None  # noqa: S101 - a day with lunch has both
    u, v = tour.nodes[i - 1], tour.nodes[i]
    left = min(tour.leave[i - 1], tour.leave_hungry[i - 1])
    there = left + problem.minutes[u][stop]
    out = _leaves(starts, there, problem.service[stop])
    if out == NEVER:
        return 0.0
    shift = out + problem.minutes[stop][v] - left - problem.minutes[u][v]
    return out - problem.service[stop] - there - min(shift, tour.idle[i])


def _fits(problem: Problem, tour: Tour, stop: int, starts: Starts, lunch: Lunch, i: int) -> bool:
    """Say whether the stop fits before place ``i``, with lunch before it, after it, or elsewhere."""
    assert tour.leave_hungry is not None  # noqa: S101 - a day with lunch has both
    assert tour.arrive_hungry is not None  # noqa: S101
    u, v = tour.nodes[i - 1], tour.nodes[i]
    to, on = problem.minutes[u][stop], problem.minutes[stop][v]
    service, hungry = problem.service[stop], tour.leave_hungry[i - 1]
    ready = min(tour.leave[i - 1] + to, (after_lunch(lunch, hungry, to) if hungry < NEVER else None) or NEVER)
    if _leaves(starts, ready, service) + on <= tour.arrive[i] + SLACK:
        return True
    left = _leaves(starts, hungry + to, service)
    if left == NEVER:
        return False
    if left + on <= tour.arrive_hungry[i] + SLACK:
        return True
    fed = after_lunch(lunch, left, on)
    return fed is not None and fed <= tour.arrive[i] + SLACK


def _leaves(starts: Starts, arrive: float, service: float) -> float:
    for earliest, latest in starts:
        if arrive <= latest + SLACK:
            return max(arrive, earliest) + service
    return NEVER
