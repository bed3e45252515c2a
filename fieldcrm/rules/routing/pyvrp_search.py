"""A problem of many days, searched by PyVRP where it is installed (extra ``routes``).

Days that are alike are vehicles of one kind; every kind has a road profile of its own, in which
no way leads to a stop that has no hours then. Several hours of one stop are clients of which
at most one is visited. PyVRP knows no breaks: lunch is taken out of the clock at its usual
time, and what comes back is put to the real lunch by ``mended``. So the answer is a plan of
ours like any other.
"""

from __future__ import annotations

import importlib.util
import itertools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fieldcrm import clock
from fieldcrm.rules.routing.problem import Lunch, Plan, Problem, total
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
    """One way to visit a stop: in one window, on the kinds of days that have it."""

    stop: int
    window: _Window
    kinds: frozenset[int]


class _Kinds:
    """The days by kind: alike in everything, their stops' hours included."""

    def __init__(self, problem: Problem) -> None:
        found: dict[object, list[int]] = {}
        for number, day in enumerate(problem.days):
            found.setdefault((day, tuple(problem.windows[number])), []).append(number)
        self.days = list(found.values())
        self.of = {day: kind for kind, days in enumerate(self.days) for day in days}


def search(
    problem: Problem, first: Sequence[Sequence[int]], *, rounds: int, seconds: float | None = None,
    seed: int = 0, stop: Callable[[], bool] = lambda: False,
    told: Callable[[float], None] = lambda _share: None,
) -> Plan:  # fmt: skip
    """Return the best plan PyVRP finds from ``first`` on; it never is a worse one."""
    import pyvrp
    from pyvrp.exceptions import PenaltyBoundWarning

    kinds = _Kinds(problem)
    clients = [client for each in range(problem.size) for client in _clients(problem, kinds, each)]
    data = _data(problem, kinds, clients)
    begin = pyvrp.Solution(data, _routes(problem, kinds, clients, first, data))
    ending = _Ending(rounds, seconds, stop, told)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        found = pyvrp.solve(
            data, ending, seed, collect_stats=False, params=_parameters(), initial_solution=begin
        )
    before = _plan(problem, first)
    tours: list[tuple[int, ...]] = [() for _ in problem.days]
    free = [list(days) for days in kinds.days]
    for route in found.best.routes():
        visits = [clients[visit.idx].stop for visit in route if visit.is_client()]
        day = free[route.vehicle_type()].pop(0)
        tours[day] = mended(problem, day, visits)
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


def _clients(problem: Problem, kinds: _Kinds, stop: int) -> list[_Client]:
    found: dict[_Window, set[int]] = {}
    for kind, (number, *_) in enumerate(kinds.days):
        for earliest, latest in problem.windows[number][stop]:
            lunch = problem.days[number].lunch
            window = (_compressed(earliest, lunch), _compressed(latest, lunch))
            found.setdefault(window, set()).add(kind)
    return [_Client(stop, window, frozenset(on)) for window, on in found.items()]


def _compressed(minute: float, lunch: Lunch | None) -> int:
    """Return the ticks on a clock that stands still over lunch."""
    if lunch is not None:
        noon = (lunch.earliest + lunch.latest) / 2
        minute = minute - min(max(0.0, minute - noon), lunch.minutes)
    return round(minute * _TICKS)


def _data(problem: Problem, kinds: _Kinds, clients: Sequence[_Client]) -> Any:
    import numpy
    import pyvrp

    ends = sorted({node for day in problem.days for node in (day.start, day.end)})
    depots = {node: number for number, node in enumerate(ends)}
    spots = list(dict.fromkeys((client.stop, client.kinds) for client in clients))
    location = {spot: len(ends) + number for number, spot in enumerate(spots)}
    nodes = [*ends, *(stop for stop, _ in spots)]
    minutes = _taken(problem.minutes, nodes)
    cost = minutes if problem.cost is problem.minutes else _taken(problem.cost, nodes)
    dear = []
    for kind in range(len(kinds.days)):
        there = cost.copy()
        there[:, [location[spot] for spot in spots if kind not in spot[1]]] = _FAR
        numpy.fill_diagonal(there, 0)
        dear.append(there)
    groups, members = _groups(clients)
    return pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in nodes],
        [_client(problem, c, location[c.stop, c.kinds], members.get(n)) for n, c in enumerate(clients)],
        [pyvrp.Depot(number) for number in range(len(ends))],
        [_vehicle(problem, kind, days, depots) for kind, days in enumerate(kinds.days)],
        dear, [minutes] * len(kinds.days), groups,
    )  # fmt: skip


def _taken(rows: Sequence[Sequence[float]], nodes: Sequence[int]) -> Any:
    import numpy

    return numpy.array([[round(rows[u][v] * _TICKS) for v in nodes] for u in nodes], dtype=numpy.int64)


def _client(problem: Problem, client: _Client, location: int, group: int | None) -> Any:
    import pyvrp

    earliest, latest = client.window
    return pyvrp.Client(
        location, [problem.load[client.stop]] if problem.load else [],
        service_duration=round(problem.service[client.stop] * _TICKS), tw_early=earliest,
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


def _vehicle(problem: Problem, kind: int, days: Sequence[int], depots: dict[int, int]) -> Any:
    import pyvrp

    day = problem.days[days[0]]
    depart = round(day.depart * _TICKS)
    return pyvrp.VehicleType(
        len(days), [problem.capacity] if problem.load else [], depots[day.start], depots[day.end],
        tw_early=depart, tw_late=_compressed(day.latest, day.lunch), profile=kind, start_late=depart,
    )  # fmt: skip


def _routes(
    problem: Problem, kinds: _Kinds, clients: Sequence[_Client], tours: Sequence[Sequence[int]], data: Any
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
            open_then = [n for n in by_stop[stop] if kinds.of[day] in clients[n].kinds]
            chosen = min(open_then, key=lambda n: (now > clients[n].window[1], clients[n].window))
            visits.append(chosen)
            now = max(now, clients[chosen].window[0]) + problem.service[stop] * _TICKS
            here = stop
        if visits:
            routes.append(pyvrp.Route(data, visits, kinds.of[day]))
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
