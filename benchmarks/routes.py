"""Days, re-plans, many days and distances beside OR-Tools and VROOM; every plan is recomputed."""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from geopy.distance import geodesic

from benchmarks import many_days, route_academic, route_check
from benchmarks.figures import Figure, against, at_least, at_most, median, percentile, seconds
from benchmarks.peers import routing
from benchmarks.peers.routing import Extras
from fieldcrm.rules.routing import weeks
from fieldcrm.rules.routing.day import Stop, Terms, timed
from fieldcrm.rules.routing.distances import Place, matrix, metres
from fieldcrm.rules.routing.offers import Question, first
from fieldcrm.rules.routing.planning import Keep, plan_day, problem_of
from fieldcrm.rules.routing.problem import Problem
from fieldcrm.rules.routing.wanted import Wanted
from fieldcrm.rules.routing.weeks import Weeks
from fieldcrm.services import solving

PLACES = 200
DAYS = 10
_LARGE_SECONDS = 3.0
_HOURS = ((8 * 60, 12 * 60), (13 * 60 + 30, 21 * 60))
_HOME = Place(30.28, 120.15)
_TERMS = Terms(start=_HOME, end=_HOME, latest=22 * 60)
_COMPANIES = (
    (200, 10, 10.0, "AABBBBCCCC", None),
    (500, 20, 20.0, "ABBBCCCCCC", 1.05),
)  # fmt: skip
"""Accounts, days, seconds, grades, and the ratio to OR-Tools (None: 1.0 to the better peer)."""


def figures(_folder: Path) -> Iterator[Figure]:
    """Plan days of 20 and 40, re-plan them, solve the instances there are, and compare distances."""
    for count, limit in ((20, 300.0), (40, 500.0)):
        yield from _first_plans(count, limit)
    yield from _days()
    yield from _replans()
    yield from _many_days()
    yield from route_academic.figures()
    yield from _worker()
    yield from _distances()


def _first_plans(count: int, limit: float) -> Iterator[Figure]:
    took = [seconds(partial(first, _question(count, seed))) for seed in range(DAYS)]
    yield at_most(f"routes: first usable plan of {count}, p95", 1000 * percentile(took, 0.95), "ms", limit)


def _days() -> Iterator[Figure]:
    """Plan days of 20 and 40 stores with lunch, beside VROOM with five seconds."""
    faults = 0
    for count, limit, most in ((20, 1.0, 1.02), (40, 3.0, 1.03)):
        visits, theirs, km, peer_km = 0, 0, 0.0, 0.0
        for seed in range(3):
            asked = _question(count, seed)
            found = plan_day(asked.stops, asked.terms, seconds=limit, rounds=10**6)
            faults += len(route_check.day(asked.stops, found.route, asked.terms))
            problem = problem_of([], asked.stops, asked.terms)
            [order] = routing.tours(problem, "VROOM", 5.0, Extras(is_optional=True))
            peer = timed([asked.stops[n] for n in order], asked.terms)
            visits, theirs = visits + len(found.route.stops), theirs + len(order)
            if len(order) == len(found.route.stops):
                km, peer_km = km + found.route.km, peer_km + peer.km
        name = f"routes: day of {count} with lunch, {limit:g} s"
        yield Figure(f"{name}, visits", visits, "", "VROOM 5 s", theirs, round(visits / theirs, 3),
                     ">= 1.0x VROOM 5 s", visits >= theirs)  # fmt: skip
        if peer_km:
            yield against(f"{name}, km where visits are equal", km, "km", "VROOM 5 s", peer_km, at_most=most)
    yield at_most("routes: faults the checker finds in the days", faults, "", 0)


def _replans() -> Iterator[Figure]:
    """Drop a store and add one, an hour late, and keep as much of the day as possible."""
    took, arcs, pairs, km = [], [], [], []
    visits, most = 0, 0
    for seed in range(DAYS):
        stops = _question(20, seed).stops
        day = plan_day(stops[:19], _TERMS, seconds=1.0)
        by_key = {stop.key: stop for stop in stops}
        left = [stop.key for stop in day.route.stops]
        left.pop(len(left) // 2)
        asked = [*(by_key[key] for key in left), replace(stops[19], placed=False)]
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
        visits, most = visits + len(order), most + len(free.route.stops)
        if len(free.route.stops) == len(order):
            km.append(small.route.km / free.route.km)
    yield at_most("routes: re-plan of 20, p95", percentile(took, 0.95), "s", 0.5)
    yield Figure("routes: re-plan, visits", visits, "", "free optimum", most, round(visits / most, 3))
    yield at_least("routes: re-plan, arcs kept", 100 * statistics.mean(arcs), "%", 95.0)
    yield at_least("routes: re-plan, pair order kept", 100 * statistics.mean(pairs), "%", 97.0)
    yield at_least("routes: re-plan, pair order kept, worst", 100 * min(pairs), "%", 70.0)
    if km:
        yield at_most("routes: re-plan, km beside the free optimum", statistics.mean(km), "x", 1.02)


def _many_days() -> Iterator[Figure]:
    """Plan companies over many days, and let the peers plan the same visits on the same days."""
    for accounts, days, limit, grades, goal in _COMPANIES:
        asked = many_days.company(accounts, days, limit, grades)
        problem, visits, _ = weeks.problem_of(asked)
        found = weeks.propose(asked)
        mine = many_days.judged(asked, [(day.on, [s.key for s in day.route.stops]) for day in found.days])
        faults = [*mine.faults, *many_days.timing_faults(asked, found)]
        name = f"routes: {accounts} accounts over {days} days, {limit:g} s"
        pairs = [(n, n + 1, visit.apart) for n, visit in enumerate(visits[1:]) if visit.number]
        extras = Extras([day.on.toordinal() for day in asked.days], pairs, is_optional=True)
        judged = {solver: _judged(asked, problem, visits, solver, extras) for solver in routing.SOLVERS}
        peers = judged if goal is None else {"OR-Tools": judged["OR-Tools"]}
        best = max(peers, key=lambda solver: peers[solver].worth)
        worth = max(peers[best].worth, 0.1)
        ratio, least = round(mine.worth / worth, 3), goal or 1.0
        yield Figure(f"{name}, worth", round(mine.worth, 1), "", best, round(worth, 1), ratio,
                     f">= {least}x {best}", ratio >= least)  # fmt: skip
        reached = judged["OR-Tools"].a_share
        yield at_least(f"{name}, A visits made", 100 * mine.a_share, "%", 100.0 if reached >= 1.0 else 0.0)
        for solver, plan in judged.items():
            label = f"{name}, worth of {solver} (A {100 * plan.a_share:.0f} %, {plan.visits} visits)"
            yield Figure(label, round(plan.worth, 1), "")
        yield at_most(f"{name}, faults the checker finds", len(faults), "", 0)


def _judged(
    asked: Weeks[int], problem: Problem, visits: Sequence[Wanted[int]], solver: str, extras: Extras
) -> many_days.Judged:
    tours = routing.tours(problem, solver, asked.seconds or 0.0, extras)
    stores = [[visits[stop].store.key for stop in stops] for stops in tours]
    return many_days.judged(asked, list(zip((day.on for day in asked.days), stores, strict=True)))


def _worker() -> Iterator[Figure]:
    """Measure the memory of processes that plan 40 stops and 500 accounts, where the system tells it."""
    quiet: dict[str, Any] = {"stop": lambda: False, "told": lambda _share: None}
    most = solving.solve(_day_memory, _question(40, 1), **quiet)
    yield at_most("routes: memory of the worker", most, "MB", 150.0)
    large = many_days.company(500, 20, _LARGE_SECONDS, "ABBBCCCCCC")
    most = solving.solve(_days_memory, large, **quiet)
    yield at_most("routes: memory of the worker, 500 accounts over 20 days", most, "MB", 150.0)


def _day_memory(question: Question[int], _told: object, _stop: object) -> float:
    plan_day(question.stops, question.terms, seconds=1.0)
    return _most_memory()


def _days_memory(asked: Weeks[int], _told: object, _stop: object) -> float:
    weeks.propose(asked)
    return _most_memory()


def _most_memory() -> float:
    """Return the most this process has held; the usage a child is told counts its parent's too on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
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
