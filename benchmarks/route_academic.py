"""Academic instances beside OR-Tools and VROOM; every plan is recomputed by ``route_check``.

Files are found by their names (``tsptw-*``, ``vrptw-*``, ``toptw-*``) in the folder that
ROUTE_INSTANCES names; they are not shipped. What is the best known stands below or in a
``best-known.csv`` beside them (file stem, tours, value); else it is the best of this run.
"""

from __future__ import annotations

import csv
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks import route_check, route_instances
from benchmarks.figures import Figure, at_most
from benchmarks.peers import routing
from benchmarks.peers.routing import Extras
from fieldcrm.rules.routing import pyvrp_search
from fieldcrm.rules.routing.problem import Plan, Problem
from fieldcrm.rules.routing.search import Search, solve
from fieldcrm.rules.routing.weeks import own_search

_KNOWN: dict[tuple[str, int], float] = {
    ("tsptw-dumas-n20w60.001", 1): 335, ("tsptw-gendreau-n40w160.002", 1): 337,
    ("tsptw-spb-rc_203.3", 1): 817.53, ("vrptw-solomon-R101", 0): 1637.7,
    ("vrptw-solomon-RC101", 0): 1619.8, ("toptw-pr01", 1): 308, ("toptw-pr01", 2): 502,
    ("toptw-pr01", 3): 622, ("toptw-pr01", 4): 657, ("toptw-pr02", 2): 715,
}  # fmt: skip
_TOURS = (1, 2, 3, 4)
_ENDLESS = 10**9

Judge = Callable[[Path, Sequence[Sequence[int]]], tuple[float, list[str]]]


@dataclass
class _Family:
    """One kind of instance: how it is read, solved and judged; ``gaps`` by solver, in per cent."""

    title: str
    seconds: float
    is_score: bool
    judge: Judge
    gaps: dict[str, list[float]] = field(default_factory=dict)
    infeasible: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def measure(
        self, path: Path, tours: int, ours: Callable[[], Plan], problem: Problem, extras: Extras
    ) -> None:
        """Solve one instance with everything there is and keep how far each is from the best known."""
        found = {"fieldcrm": [list(stops) for stops in ours().tours]}
        for solver in routing.SOLVERS:
            found[solver] = routing.tours(problem, solver, self.seconds, extras)
        values: dict[str, float] = {}
        for solver, plan in found.items():
            value, wrong = self.judge(path, [[stop + 1 for stop in stops] for stops in plan])
            if wrong:
                self.infeasible[solver] = self.infeasible.get(solver, 0) + 1
                self.faults += wrong if solver == "fieldcrm" else []
            else:
                values[solver] = value
        known = _known(path, tours) or (max if self.is_score else min)(values.values(), default=1.0)
        for solver, value in values.items():
            gap = 1 - value / known if self.is_score else value / known - 1
            self.gaps.setdefault(solver, []).append(max(0.0, 100 * gap))

    def figures(self, mean: float, worst: float | None = None) -> Iterator[Figure]:
        """Report the mean, the worst and the peers."""
        mine = self.gaps.get("fieldcrm", [])
        if not mine and not self.faults:
            return
        kind = "mean lost" if self.is_score else "mean gap"
        name = f"routes: {self.title} in {self.seconds:g} s"
        yield at_most(f"{name}, {kind}", statistics.mean(mine) if mine else 100.0, "%", mean)
        if worst is not None:
            yield at_most(f"{name}, largest gap", max(mine, default=100.0), "%", worst)
        for solver in routing.SOLVERS:
            theirs = self.gaps.get(solver, [])
            failed = self.infeasible.get(solver, 0)
            label = f"{name}, {kind} of {solver}" + (f" ({failed} not feasible)" if failed else "")
            yield Figure(label, round(statistics.mean(theirs), 4) if theirs else 100.0, "%")


def figures() -> Iterator[Figure]:
    """Solve every instance in the folder."""
    if not os.environ.get("ROUTE_INSTANCES"):
        yield Figure("routes: academic instances (ROUTE_INSTANCES is not set)", 0, "")
        return
    folder = Path(os.environ["ROUTE_INSTANCES"])
    single = _Family("TSPTW", 1.0, False, lambda path, tours: route_check.tsptw(path, tours[0]))
    fleet = _Family("VRPTW", 5.0, False, route_check.vrptw)
    score = _Family("team orienteering", 5.0, True, route_check.orienteering)
    for path in sorted(folder.glob("tsptw-*.txt")):
        problem = route_instances.tsptw(path)
        single.measure(path, 1, partial(solve, problem, _ENDLESS, seconds=1.0), problem, Extras())
    for path in sorted(folder.glob("vrptw-*.txt")):
        problem = route_instances.vrptw(path)
        extras = Extras(load=problem.load, capacity=problem.capacity)
        fleet.measure(path, 0, partial(_fleet, problem, fleet.seconds), problem, extras)
    for path in sorted(folder.glob("toptw-*.txt")):
        for tours in _TOURS:
            if _known(path, tours) or (path.stem, 2) not in _KNOWN:
                problem = route_instances.orienteering(path, tours)
                ours = partial(solve, problem, _ENDLESS, seconds=score.seconds)
                score.measure(path, tours, ours, problem, Extras())
    yield from single.figures(0.2, 1.5)
    yield from fleet.figures(2.5, 5.0)
    yield from score.figures(3.0)
    faults = [*single.faults, *fleet.faults, *score.faults]
    yield at_most("routes: faults the checker finds in the instances", len(faults), "", 0)


def _fleet(problem: Problem, seconds: float) -> Plan:
    """Search as many days are searched: from what insertion finds, by PyVRP if it is here."""
    first = Search(problem).run(1).tours
    search = pyvrp_search.search if pyvrp_search.is_here() else own_search
    return search(problem, first, rounds=_ENDLESS, seconds=seconds)


def _known(path: Path, tours: int) -> float | None:
    beside = path.with_name("best-known.csv")
    if beside.exists():
        with beside.open(encoding="utf-8", newline="") as lines:
            for stem, number, value in csv.reader(lines):
                if stem == path.stem and number.strip() in ("", str(tours)):
                    return float(value)
    return _KNOWN.get((path.stem, tours))
