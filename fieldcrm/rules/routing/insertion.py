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
    """Do what ``_plain`` does on a day with a break: before the stop, after it, or elsewhere.

    Most of a search's time is spent here, so it is written out.
    """
    nodes, arcs, idle, waiting = tour.nodes, tour.arcs, tour.idle, problem.waiting
    fed, hungry, arrive, arrive_hungry = tour.leave, tour.leave_hungry, tour.arrive, tour.arrive_hungry
    assert hungry is not None  # noqa: S101 - a day with lunch has both
    assert arrive_hungry is not None  # noqa: S101
    cost, minutes, service = problem.cost, problem.minutes, problem.service[stop]
    cost_on, minutes_on = cost[stop], minutes[stop]
    earliest, latest, pause = lunch.earliest, lunch.latest + SLACK, lunch.minutes
    last = starts[-1][1] + SLACK
    best: Place | None = None
    u = nodes[0]
    for i in range(1, len(nodes)):
        v = nodes[i]
        more = cost[u][stop] + cost_on[v] - arcs[i - 1]
        before, full = hungry[i - 1], fed[i - 1]
        left = full if full < before else before
        if more - waiting * idle[i] >= limit:
            u = v
            continue
        to, on = minutes[u][stop], minutes_on[v]
        if left + to > last:
            break  # whoever comes later comes later still
        if waiting:
            begin = _begin(starts, left + to)
            shift = begin + service + on - left - minutes[u][v]
            more += waiting * (begin - left - to - (shift if shift < idle[i] else idle[i]))
        if more < limit:
            fits = False
            ready = full + to
            if before < NEVER:  # lunch on the way to the stop
                there = before + to if before + to > earliest else earliest
                if there > latest:
                    there = (before if before > earliest else earliest) + to
                    there = there if there - to <= latest else NEVER
                if there + pause < ready:
                    ready = there + pause
            if ready <= last:
                fits = _begin(starts, ready) + service + on <= arrive[i] + SLACK
            if not fits and before + to <= last:
                away = _begin(starts, before + to) + service
                fits = away + on <= arrive_hungry[i] + SLACK
                if not fits:
                    full_again = after_lunch(lunch, away, on)
                    fits = full_again is not None and full_again <= arrive[i] + SLACK
            if fits and not (skip is not None and skip()):
                best, limit = (more, tour.day, i), more
        u = v
    return best


def _begin(starts: Starts, arrive: float) -> float:
    for earliest, latest in starts:
        if arrive <= latest + SLACK:
            return arrive if arrive > earliest else earliest
    return NEVER
