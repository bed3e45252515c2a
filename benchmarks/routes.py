"""The order of a day's stops, and distances against geopy's geodesic, in one run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from geopy.distance import geodesic

from benchmarks.figures import Figure, against, at_most, median, seconds
from fieldcrm.rules.routing.day import Stop, Terms, timed
from fieldcrm.rules.routing.distances import Place, metres
from fieldcrm.rules.routing.planning import best_order

PLACES = 200
_WINDOWS = ((8 * 60, 12 * 60), (13 * 60 + 30, 21 * 60))


def figures(_folder: Path) -> Iterator[Figure]:
    """Order days of 20 and of 40 stops, then compare distances."""
    terms = Terms(start=Place(30.28, 120.15))
    for count, limit in ((20, 1.0), (40, 5.0)):
        stops = _stops(count)
        name = f"routes: best order of {count} stops"
        yield at_most(name, median(lambda s=stops: best_order(s, terms), 1), "s", limit)  # type: ignore[misc]
        shorter = best_order(stops, terms).km / timed(stops, terms).km
        yield Figure(f"routes: road left of {count} stops as given", round(100 * shorter), "%")
    plan = seconds(lambda: timed(_stops(40), terms))
    yield at_most("routes: first usable plan of 40 stops", 1000 * plan, "ms", 500.0)
    yield from _distances()


def _distances() -> Iterator[Figure]:
    places = [stop.place for stop in _stops(PLACES) if stop.place]
    ours = median(lambda: [metres(a, b) for a in places for b in places], 3)
    tenth = [(p.latitude, p.longitude) for p in places[: PLACES // 10]]
    peer = 10 * seconds(lambda: [geodesic(a, (b.latitude, b.longitude)) for a in tenth for b in places])
    yield against(f"routes: distances {PLACES} x {PLACES}", ours, "s", "geopy", peer, at_most=0.1)
    worst = max(
        abs(metres(a, b) / (geodesic((a.latitude, a.longitude), (b.latitude, b.longitude)).m or 1) - 1)
        for a, b in pairwise(places)
    )
    yield at_most("routes: largest error of a distance", 100 * worst, "%", 0.1)


def _stops(count: int) -> list[Stop[int]]:
    chance = random.Random(count)
    return [
        Stop(n, Place(30.28 + chance.gauss(0, 0.04), 120.15 + chance.gauss(0, 0.05)), 20, _WINDOWS)
        for n in range(count)
    ]
