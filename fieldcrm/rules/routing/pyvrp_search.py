"""A problem of many days, searched by PyVRP where it is installed (extra ``routes``).

Every day is a vehicle with a road profile of its own, in which no way leads to a stop that has
no hours that day; several hours of one stop are clients of which at most one is visited. PyVRP
knows no breaks: lunch is taken out of the clock at its usual time, and what comes back is put
to the real lunch by ``mended``. So the answer is a plan of ours like any other.
"""

from __future__ import annotations

import importlib.util
import itertools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fieldcrm import clock
from fieldcrm.rules.routing.problem import Day, Lunch, Plan, Problem, total
from fieldcrm.rules.routing.tours import tour

_TICKS = 60  # in a minute; PyVRP counts in whole numbers
_FAR = 1 << 30  # ticks: no prize pays for such a way
_LOOK = 20  # iterations between two words
_DISTURBED = 3
_NEIGHBOURS = 30
_Window = tuple[int, int]


def is_here() -> bool:
    """Say whether PyVRP can be used."""
    return importlib.util.find_spec("pyvrp") is not None


@dataclass(frozen=True, slots=True)
class _Client:
    """One way to visit a stop: in one window, on the days that have it."""

    stop: int
    window: _Window
    days: frozenset[int]


def search(
    problem: Problem, first: Sequence[Sequence[int]], *, rounds: int, seconds: float | None = None,
    seed: int = 0, stop: Callable[[], bool] = lambda: False,
    told: Callable[[float], None] = lambda _share: None,
) -> Plan:  # fmt: skip
    """Return the best plan PyVRP finds from ``first`` on; it never is a worse one."""
    import pyvrp
    from pyvrp.exceptions import PenaltyBoundWarning

    clients = [client for each in range(problem.size) for client in _clients(problem, each)]
    data = _data(problem, clients)
    begin = pyvrp.Solution(data, _routes(problem, clients, first, data))
    ending = _Ending(rounds, seconds, stop, told)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        found = pyvrp.solve(
            data, ending, seed, collect_stats=False, params=_parameters(), initial_solution=begin
        )
    before = _plan(problem, first)
    tours: list[tuple[int, ...]] = [() for _ in problem.days]
    for route in found.best.routes():
        visits = [clients[visit.idx].stop for visit in route if visit.is_client()]
        tours[route.vehicle_type()] = mended(problem, route.vehicle_type(), visits)
    after = _plan(problem, tours)
    return min(before, after, key=lambda plan: plan.cost)


def _parameters() -> Any:
    """Disturb little and look near: in seconds, many small steps find more than few large ones."""
    from pyvrp.search import NeighbourhoodParams, PerturbationParams
    from pyvrp.solve import SolveParams

    return SolveParams(
        perturbation=PerturbationParams(1, _DISTURBED),
        neighbourhood=NeighbourhoodParams(num_neighbours=_NEIGHBOURS),
    )


class _Ending:
    """Ends the search after so many rounds or seconds, or when somebody says stop."""

    def __init__(
        self, rounds: int, seconds: float | None, stop: Callable[[], bool], told: Callable[[float], None]
    ) -> None:
        self._rounds, self._seconds, self._stop, self._told = rounds, seconds, stop, told
        self._number, self._began = 0, clock.monotonic_ms()

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002 - PyVRP's word
        share = self._number / self._rounds
        self._number += 1
        if self._seconds is not None:
            share = max(share, (clock.monotonic_ms() - self._began) / 1000 / self._seconds)
        if self._number % _LOOK == 1:
            self._told(min(share, 1.0))
            return share >= 1.0 or self._stop()
        return share >= 1.0


def _clients(problem: Problem, stop: int) -> list[_Client]:
    days: dict[_Window, set[int]] = {}
    for number, day in enumerate(problem.days):
        for earliest, latest in problem.windows[number][stop]:
            window = (_compressed(earliest, day.lunch), _compressed(latest, day.lunch))
            days.setdefault(window, set()).add(number)
    return [_Client(stop, window, frozenset(on)) for window, on in days.items()]


def _compressed(minute: float, lunch: Lunch | None) -> int:
    """Return the ticks on a clock that stands still over lunch."""
    if lunch is not None:
        noon = (lunch.earliest + lunch.latest) / 2
        minute = minute - min(max(0.0, minute - noon), lunch.minutes)
    return round(minute * _TICKS)


def _data(problem: Problem, clients: Sequence[_Client]) -> Any:
    import numpy
    import pyvrp

    ends = sorted({node for day in problem.days for node in (day.start, day.end)})
    depots = {node: number for number, node in enumerate(ends)}
    spots = list(dict.fromkeys((client.stop, client.days) for client in clients))
    location = {spot: len(ends) + number for number, spot in enumerate(spots)}
    nodes = [*ends, *(stop for stop, _ in spots)]
    minutes = _taken(problem.minutes, nodes)
    cost = minutes if problem.cost is problem.minutes else _taken(problem.cost, nodes)
    dear = []
    for number in range(len(problem.days)):
        there = cost.copy()
        there[:, [location[spot] for spot in spots if number not in spot[1]]] = _FAR
        numpy.fill_diagonal(there, 0)
        dear.append(there)
    groups, members = _groups(clients)
    return pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in nodes],
        [_client(problem, c, location[c.stop, c.days], members.get(n)) for n, c in enumerate(clients)],
        [pyvrp.Depot(number) for number in range(len(ends))],
        [_vehicle(day, number, depots) for number, day in enumerate(problem.days)],
        dear, [minutes] * len(problem.days), groups,
    )  # fmt: skip


def _taken(rows: Sequence[Sequence[float]], nodes: Sequence[int]) -> Any:
    import numpy

    return numpy.array([[round(rows[u][v] * _TICKS) for v in nodes] for u in nodes], dtype=numpy.int64)


def _client(problem: Problem, client: _Client, location: int, group: int | None) -> Any:
    import pyvrp

    earliest, latest = client.window
    return pyvrp.Client(
        location, service_duration=round(problem.service[client.stop] * _TICKS), tw_early=earliest,
        tw_late=max(earliest, latest), prize=round(problem.prize[client.stop] * _TICKS), required=False,
        group=group,
    )  # fmt: skip


def _groups(clients: Sequence[_Client]) -> tuple[list[Any], dict[int, int]]:
    """Return the groups of clients that are one stop, and which client is in which."""
    import pyvrp

    groups, members = list[Any](), dict[int, int]()
    for _, run in itertools.groupby(range(len(clients)), key=lambda n: clients[n].stop):
        same = list(run)
        if len(same) > 1:
            members |= dict.fromkeys(same, len(groups))
            groups.append(pyvrp.ClientGroup(same, required=False))
    return groups, members


def _vehicle(day: Day, number: int, depots: dict[int, int]) -> Any:
    import pyvrp

    return pyvrp.VehicleType(
        1, start_depot=depots[day.start], end_depot=depots[day.end], profile=number,
        tw_early=round(day.depart * _TICKS), tw_late=_compressed(day.latest, day.lunch),
        start_late=round(day.depart * _TICKS),
    )  # fmt: skip


def _routes(
    problem: Problem, clients: Sequence[_Client], tours: Sequence[Sequence[int]], data: Any
) -> list[Any]:
    """Return the plan to begin with; of several windows each visit takes the one it falls into."""
    import pyvrp

    by_stop: dict[int, list[int]] = {}
    for number, client in enumerate(clients):
        by_stop.setdefault(client.stop, []).append(number)
    routes = []
    for day, stops in enumerate(tours):
        visits, now, here = list[int](), problem.days[day].depart * _TICKS, problem.days[day].start
        for stop in stops:
            now += problem.minutes[here][stop] * _TICKS
            open_then = [n for n in by_stop[stop] if day in clients[n].days]
            chosen = min(open_then, key=lambda n: (now > clients[n].window[1], clients[n].window))
            visits.append(chosen)
            now = max(now, clients[chosen].window[0]) + problem.service[stop] * _TICKS
            here = stop
        if visits:
            routes.append(pyvrp.Route(data, visits, day))
    return routes


def mended(problem: Problem, day: int, stops: Sequence[int]) -> tuple[int, ...]:
    """Return the stops in their order, less those that must go for the day to work with its lunch."""
    if tour(problem, day, stops) is not None:
        return tuple(stops)
    order: list[int] = []
    for stop in sorted(stops, key=lambda stop: -problem.prize[stop]):
        tried = [each for each in stops if each == stop or each in order]
        if tour(problem, day, tried) is not None:
            order = tried
    return tuple(order)


def _plan(problem: Problem, tours: Sequence[Sequence[int]]) -> Plan:
    here = {stop for stops in tours for stop in stops}
    absent = tuple(stop for stop in range(problem.size) if stop not in here)
    return Plan(tuple(tuple(stops) for stops in tours), absent, total(problem, tours))
