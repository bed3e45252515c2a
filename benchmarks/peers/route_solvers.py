"""OR-Tools or VROOM on a routing problem given as JSON; writes tours. Runs on an interpreter of its own.

Both get what our own search gets: the same matrices, prizes, hours, breaks and seconds, one
thread. A stop has the same hours on each of its days. OR-Tools is also told which two visits
are of one store and how many days must lie between; VROOM has no word for that. ``fleet`` is
the price of a vehicle where everything is required.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

SCALE = 100
REQUIRED = 1e6
PRIORITIES = 100


def ticks(minutes: float) -> int:
    """Return whole hundredths, in which both solvers count."""
    return round(SCALE * minutes)


def ortools(asked: dict[str, Any]) -> list[list[int]]:
    """Solve by guided local search from the cheapest insertion on."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    days, size, nodes = asked["days"], len(asked["service"]), len(asked["minutes"])
    manager = pywrapcp.RoutingIndexManager(
        nodes, len(days), [day["start"] for day in days], [day["end"] for day in days]
    )
    routing = pywrapcp.RoutingModel(manager)
    service = [*map(ticks, asked["service"]), *([0] * (nodes - size))]
    times = [[ticks(way) + service[u] for way in row] for u, row in enumerate(asked["minutes"])]
    costs = [[ticks(way) for way in row] for row in asked["cost"]]
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(costs))
    routing.SetFixedCostOfAllVehicles(ticks(asked["fleet"]))
    horizon = ticks(max(day["latest"] for day in days))
    routing.AddDimension(routing.RegisterTransitMatrix(times), horizon, horizon, False, "time")
    clock = routing.GetDimensionOrDie("time")
    if asked["capacity"]:
        on_load = routing.RegisterUnaryTransitVector([*asked["load"], *([0] * (nodes - size))])
        routing.AddDimension(on_load, 0, asked["capacity"], True, "load")
    for stop in range(size):
        _hours(routing, manager, clock, asked, stop)
    for number, day in enumerate(days):
        clock.CumulVar(routing.Start(number)).SetRange(ticks(day["depart"]), horizon)
        clock.CumulVar(routing.End(number)).SetRange(0, ticks(day["latest"]))
        if day["lunch"]:
            pause = routing.solver().FixedDurationIntervalVar(*map(ticks, day["lunch"]), False, "lunch")
            clock.SetBreakIntervalsOfVehicle([pause], number, service)
    _apart(routing, manager, asked)
    wanted = pywrapcp.DefaultRoutingSearchParameters()
    wanted.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    wanted.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    wanted.time_limit.FromMilliseconds(round(1000 * asked["seconds"]))
    found = routing.SolveWithParameters(wanted)
    return [_tour(routing, manager, found, number) if found else [] for number in range(len(days))]


def _hours(routing: Any, manager: Any, clock: Any, asked: dict[str, Any], stop: int) -> None:
    index = manager.NodeToIndex(stop)
    open_on = [number for number, day in enumerate(asked["windows"]) if day[stop]]
    if asked["prize"][stop] < REQUIRED or not open_on:
        routing.AddDisjunction([index], ticks(asked["prize"][stop]))
    if not open_on:
        routing.VehicleVar(index).SetValues([-1])
        return
    if len(open_on) < len(asked["windows"]):
        routing.VehicleVar(index).SetValues([-1, *open_on])
    windows = sorted(asked["windows"][open_on[0]][stop])
    clock.CumulVar(index).SetRange(ticks(windows[0][0]), ticks(windows[-1][1]))
    for (_, shuts), (opens, _) in pairwise(windows):
        if ticks(opens) - ticks(shuts) > 1:
            clock.CumulVar(index).RemoveInterval(ticks(shuts) + 1, ticks(opens) - 1)


def _apart(routing: Any, manager: Any, asked: dict[str, Any]) -> None:
    """Forbid every two days that are too near for the two visits of a pair."""
    solver, on = routing.solver(), [day["on"] for day in asked["days"]]
    for first, second, days in asked["pairs"]:
        one, other = (routing.VehicleVar(manager.NodeToIndex(stop)) for stop in (first, second))
        for early in range(len(on)):
            near = [late for late in range(len(on)) if abs(on[late] - on[early]) < days]
            for late in near:
                solver.Add(solver.IsEqualCstVar(one, early) + solver.IsEqualCstVar(other, late) <= 1)


def _tour(routing: Any, manager: Any, found: Any, number: int) -> list[int]:
    tour, index = list[int](), found.Value(routing.NextVar(routing.Start(number)))
    while not routing.IsEnd(index):
        tour.append(manager.IndexToNode(index))
        index = found.Value(routing.NextVar(index))
    return tour


def vroom(asked: dict[str, Any]) -> list[list[int]]:
    """Solve at the highest level of exploration; a prize becomes a priority of 0 to 100."""
    import numpy
    import vroom as solver

    problem = solver.Input()
    for kind, put in (("minutes", problem.set_durations_matrix), ("cost", problem.set_costs_matrix)):
        put("car", numpy.rint(numpy.asarray(asked[kind]) * SCALE).astype(numpy.uint32))
    sets = sorted({_open_on(asked, stop) for stop in range(len(asked["service"]))})
    for number, day in enumerate(asked["days"]):
        problem.add_vehicle(_vehicle(solver, asked, number, day, sets))
    most = max((prize for prize in asked["prize"] if prize < REQUIRED), default=1.0)
    for stop, minutes in enumerate(asked["service"]):
        open_on = _open_on(asked, stop)
        if open_on:
            windows = [solver.TimeWindow(ticks(a), ticks(b)) for a, b in asked["windows"][open_on[0]][stop]]
            load = {"delivery": solver.Amount([asked["load"][stop]])} if asked["capacity"] else {}
            prize = min(PRIORITIES, max(1, round(PRIORITIES * asked["prize"][stop] / most)))
            problem.add_job(
                solver.Job(
                    stop, location=stop, default_service=ticks(minutes), skills={sets.index(open_on)},
                    priority=prize, time_windows=windows, **load,
                )
            )  # fmt: skip
    found = problem.solve(5, nb_threads=1, timeout=timedelta(seconds=asked["seconds"])).routes
    tours: list[list[int]] = [[] for _ in asked["days"]]
    for row in found[found["type"] == "job"].itertuples():
        tours[int(row.vehicle_id)].append(int(row.id))
    return tours


def _open_on(asked: dict[str, Any], stop: int) -> tuple[int, ...]:
    return tuple(number for number, day in enumerate(asked["windows"]) if day[stop])


def _vehicle(solver: Any, asked: dict[str, Any], number: int, day: dict[str, Any], sets: list[Any]) -> Any:
    pauses = []
    if day["lunch"]:
        earliest, latest, minutes = map(ticks, day["lunch"])
        pauses = [solver.Break(number, [solver.TimeWindow(earliest, latest)], service=minutes)]
    load = {"capacity": solver.Amount([asked["capacity"]])} if asked["capacity"] else {}
    return solver.Vehicle(
        number, start=day["start"], end=day["end"], breaks=pauses,
        skills={place for place, days in enumerate(sets) if number in days},
        time_window=solver.TimeWindow(ticks(day["depart"]), ticks(day["latest"])),
        costs=solver.VehicleCosts(fixed=ticks(asked["fleet"])), **load,
    )  # fmt: skip


def main() -> None:
    """Solve the problem in the file named first with the solver named second."""
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    began = time.perf_counter()
    tours = {"OR-Tools": ortools, "VROOM": vroom}[sys.argv[2]](asked)
    sys.stdout.write(json.dumps({"tours": tours, "seconds": time.perf_counter() - began}) + "\n")


if __name__ == "__main__":
    main()
