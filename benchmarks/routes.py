"""Days, re-plans, academic instances and distances; every plan is recomputed by ``route_check``.

Academic instances are read from the folder that ROUTE_INSTANCES names; they are not shipped.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path

from geopy.distance import geodesic

from benchmarks import route_check, route_instances
from benchmarks.figures import Figure, against, at_least, at_most, median, percentile, seconds
from fieldcrm.rules.routing.day import Stop, Terms
from fieldcrm.rules.routing.distances import Place, matrix, metres
from fieldcrm.rules.routing.offers import Question, first
from fieldcrm.rules.routing.planning import Keep, plan_day
from fieldcrm.rules.routing.search import solve
from fieldcrm.services import solving

PLACES = 200
DAYS = 10
_HOURS = ((8 * 60, 12 * 60), (13 * 60 + 30, 21 * 60))
_HOME = Place(30.28, 120.15)
_TERMS = Terms(start=_HOME, end=_HOME, latest=22 * 60)
_TSPTW = {"dumas-n20w60.001": 335.0, "gendreau-n40w160.002": 337.0, "spb-rc_203.3": 817.53}
_SCORES = {("pr01", 1): 308, ("pr01", 2): 502, ("pr01", 3): 622, ("pr01", 4): 657, ("pr02", 2): 715}


def figures(_folder: Path) -> Iterator[Figure]:
    """Plan days of 20 and 40, re-plan them, solve the instances there are, and compare distances."""
    for count, limit in ((20, 300.0), (40, 500.0)):
        yield from _first_plans(count, limit)
    yield from _days()
    yield from _replans()
    yield from _instances()
    yield from _worker()
    yield from _distances()


def _first_plans(count: int, limit: float) -> Iterator[Figure]:
    took = [seconds(partial(first, _question(count, seed))) for seed in range(DAYS)]
    yield at_most(f"routes: first usable plan of {count}, p95", 1000 * percentile(took, 0.95), "ms", limit)


def _days() -> Iterator[Figure]:
    faults = 0
    for count, limit in ((20, 1.0), (40, 3.0)):
        left = []
        for seed in range(3):
            asked = _question(count, seed)
            before = plan_day(asked.stops, asked.terms, keep=Keep.ORDER)
            found = plan_day(asked.stops, asked.terms, seconds=limit, rounds=10**6)
            faults += len(route_check.day(asked.stops, found.route, asked.terms))
            left.append(len(found.route.stops) / max(1, len(before.route.stops)))
        name = f"routes: visits of {count} beside the order as given, {limit:g} s"
        yield at_least(name, statistics.mean(left), "x", 1.0)
    yield at_most("routes: faults the checker finds in the days", faults, "", 0)


def _replans() -> Iterator[Figure]:
    """Drop a store and add one, an hour late, and keep as much of the day as possible."""
    took, arcs, pairs, km = [], [], [], []
    for seed in range(DAYS):
        stops = _question(20, seed).stops
        day = plan_day(stops[:19], _TERMS, seconds=1.0)
        by_key = {stop.key: stop for stop in stops}
        left = [stop.key for stop in day.route.stops]
        left.pop(len(left) // 2)
        asked = [*(by_key[key] for key in left), stops[19]]
        late = replace(_TERMS, depart=_TERMS.depart + 60)
        replan = partial(plan_day, asked, late, keep=Keep.SMALL, seconds=0.4)
        took.append(seconds(replan))
        small = replan()
        free = plan_day(asked, late, seconds=1.0)
        order = [stop.key for stop in small.route.stops]
        kept = [key for key in order if key != 19]
        still = [key for key in left if key in kept]
        arcs.append(len(set(pairwise(still)) & set(pairwise(kept))) / max(1, len(still) - 1))
        place = {key: n for n, key in enumerate(kept)}
        pairs.append(statistics.mean(place[a] < place[b] for a, b in combinations(still, 2)))
        if len(free.route.stops) == len(order):
            km.append(small.route.km / free.route.km)
    yield at_most("routes: re-plan of 20, p95", percentile(took, 0.95), "s", 0.5)
    yield at_least("routes: re-plan, arcs kept", 100 * statistics.mean(arcs), "%", 95.0)
    yield at_least("routes: re-plan, pair order kept", 100 * statistics.mean(pairs), "%", 97.0)
    yield at_least("routes: re-plan, pair order kept, worst", 100 * min(pairs), "%", 70.0)
    if km:
        yield at_most("routes: re-plan, km beside the free optimum", statistics.mean(km), "x", 1.02)


def _instances() -> Iterator[Figure]:
    folder = Path(os.environ.get("ROUTE_INSTANCES", ""))
    if not os.environ.get("ROUTE_INSTANCES"):
        yield Figure("routes: academic instances (ROUTE_INSTANCES is not set)", 0, "")
        return
    gaps, faults = [], list[str]()
    for name, best in _TSPTW.items():
        path = folder / f"tsptw-{name}.txt"
        if path.exists():
            plan = solve(route_instances.tsptw(path), 10**6, seconds=1.0)
            driven, wrong = route_check.tsptw(path, [stop + 1 for stop in plan.tours[0]])
            faults += wrong
            gaps.append(100 * (driven / best - 1))
    if gaps:
        yield at_most("routes: TSPTW in 1 s, mean gap", max(0.0, statistics.mean(gaps)), "%", 0.2)
        yield at_most("routes: TSPTW in 1 s, largest gap", max(0.0, *gaps), "%", 1.5)
    lost = []
    for (name, tours), score in _SCORES.items():
        path = folder / f"toptw-{name}.txt"
        if path.exists():
            plan = solve(route_instances.orienteering(path, tours), 10**7, seconds=5.0)
            found, wrong = route_check.orienteering(path, [[n + 1 for n in tour] for tour in plan.tours])
            faults += wrong
            lost.append(100 * (1 - found / score))
    if lost:
        yield at_most("routes: team orienteering in 5 s, mean lost", statistics.mean(lost), "%", 3.0)
    yield at_most("routes: faults the checker finds in the instances", len(faults), "", 0)


def _worker() -> Iterator[Figure]:
    """Measure the memory of a process that plans 40 stops, where the system tells it."""
    yield at_most("routes: memory of the worker", solving.solve(
        _memory, _question(40, 1), stop=lambda: False, told=lambda _share: None
    ), "MB", 150.0)  # fmt: skip


def _memory(question: Question[int], _told: object, _stop: object) -> float:
    plan_day(question.stops, question.terms, seconds=1.0)
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _distances() -> Iterator[Figure]:
    places = [stop.place for stop in _stops(PLACES, 1) if stop.place]
    ours = median(lambda: matrix(places), 5)
    tenth = [(p.latitude, p.longitude) for p in places[: PLACES // 10]]
    peer = 10 * seconds(lambda: [geodesic(a, (b.latitude, b.longitude)) for a in tenth for b in places])
    yield against(f"routes: distances {PLACES} x {PLACES}", ours, "s", "geopy", peer, at_most=0.1)
    yield at_most(f"routes: matrix of {PLACES}", 1000 * ours, "ms", 20.0)
    worst = max(
        abs(metres(a, b) / (geodesic((a.latitude, a.longitude), (b.latitude, b.longitude)).m or 1) - 1)
        for a, b in pairwise(places)
    )
    yield at_most("routes: largest error of a distance", 100 * worst, "%", 0.1)


def _question(count: int, seed: int) -> Question[int]:
    return Question(_stops(count, seed), _TERMS)


def _stops(count: int, seed: int) -> tuple[Stop[int], ...]:
    chance = random.Random(1000 * count + seed)
    return tuple(
        Stop(n, Place(30.28 + chance.gauss(0, 0.04), 120.15 + chance.gauss(0, 0.05)), 20, _HOURS)
        for n in range(count)
    )
