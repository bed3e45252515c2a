"""Recomputes every plan that a benchmark reports, and shares no code with what made it.

Instances are read from their files again, roads come from geopy's geodesic, and times are
walked one by one. A fault is a sentence; no sentence means that the plan holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from geopy.distance import geodesic

_SLACK = 1e-3
_MINUTE = 1.01  # reported times are whole minutes


def tsptw(path: Path, order: Sequence[int]) -> tuple[float, list[str]]:
    """Return the sum of arcs of a tour (customers 1…n−1 of the file) and what is wrong with it."""
    words = path.read_text(encoding="utf-8").split()
    size = int(words[0])
    rows = [[float(word) for word in words[1 + size * r : 1 + size * (r + 1)]] for r in range(size)]
    ends = [float(word) for word in words[1 + size * size : 1 + size * size + 2 * size]]
    faults = [] if sorted(order) == list(range(1, size)) else ["not every customer once"]
    now, driven, here = ends[0], 0.0, 0
    for there in [*order, 0]:
        now += rows[here][there]
        driven += rows[here][there]
        if now > ends[2 * there + 1] + _SLACK:
            faults.append(f"customer {there} is reached at {now}, after {ends[2 * there + 1]}")
        now, here = max(now, ends[2 * there]), there
    return driven, faults


def orienteering(path: Path, tours: Sequence[Sequence[int]]) -> tuple[float, list[str]]:
    """Return the score of some tours (points 1…N of the file) and what is wrong with them."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    points = {int(line[0]): [float(word) for word in line] for line in lines[2:]}
    seen = [point for tour in tours for point in tour]
    faults = [] if len(seen) == len(set(seen)) else ["a point is visited twice"]
    for tour in tours:
        now, here = points[0][-2], points[0]
        for there in [*(points[n] for n in tour), points[0]]:
            now += math.floor(math.hypot(here[1] - there[1], here[2] - there[2]) * 100) / 100
            if now > there[-1] + _SLACK:
                faults.append(f"point {there[0]:.0f} is reached at {now:.2f}, after {there[-1]}")
            now, here = max(now, there[-2]) + there[3], there
    return sum(points[n][4] for n in seen), faults


def vrptw(path: Path, tours: Sequence[Sequence[int]]) -> tuple[float, list[str]]:
    """Return the distance of some tours (customers 1…N of a Solomon file) and what is wrong with them."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    rows = {int(line[0]): [float(word) for word in line] for line in lines if len(line) == 7}
    vehicles, capacity = next(map(int, line) for line in lines if len(line) == 2 and line[0].isdigit())
    seen = sorted(point for tour in tours for point in tour)
    faults = [] if seen == sorted(set(rows) - {0}) else ["not every customer once"]
    driven = 0.0
    if sum(map(bool, tours)) > vehicles:
        faults.append("more vehicles than there are")
    for tour in filter(None, tours):
        now, here = rows[0][4], rows[0]
        if sum(rows[n][3] for n in tour) > capacity:
            faults.append("a vehicle carries too much")
        for there in [*(rows[n] for n in tour), rows[0]]:
            way = math.floor(math.hypot(here[1] - there[1], here[2] - there[2]) * 10) / 10
            now, driven = now + way, driven + way
            if now > there[5] + _SLACK:
                faults.append(f"customer {there[0]:.0f} is reached at {now:.1f}, after {there[5]}")
            now, here = max(now, there[4]) + there[6], there
    return driven, faults


def day(stops: Sequence[Any], route: Any, terms: Any) -> list[str]:
    """Return what is wrong with a day: roads, opening hours, the order of times, lunch, the end."""
    return list(_day(stops, route, terms))


def _day(stops: Sequence[Any], route: Any, terms: Any) -> Iterator[str]:
    by_key = {stop.key: stop for stop in stops}
    here, free, km, idle = terms.start, terms.depart, 0.0, []
    if len({timed.key for timed in route.stops}) != len(route.stops):
        yield "a stop is visited twice"
    for timed in route.stops:
        stop = by_key[timed.key]
        way, minutes = _road(here, stop.place, terms)
        km += way
        if timed.begin + _MINUTE < free + minutes:
            yield f"{stop.key} begins at {timed.begin}, the way ends at {free + minutes:.1f}"
        if stop.windows and not any(
            a - _MINUTE <= timed.begin and timed.begin + stop.minutes <= b + _MINUTE for a, b in stop.windows
        ):
            yield f"{stop.key} is visited at {timed.begin}, outside its hours"
        idle.append((free, minutes, timed.begin))
        here, free = stop.place, timed.begin + stop.minutes
    way, minutes = _road(here, terms.end, terms)
    km += way
    idle.append((free, minutes, route.finish))
    if abs(km - route.km) > 0.005 * km + 0.01:
        yield f"{route.km:.2f} km are told, {km:.2f} are driven"
    if route.finish > terms.latest + _MINUTE or route.finish + _MINUTE < free + minutes:
        yield f"the day ends at {route.finish}"
    if (
        terms.lunch_from is not None
        and route.finish > terms.lunch_until + _MINUTE
        and not any(_eats(terms, *gap) for gap in idle)
    ):
        yield "there is no lunch"


def _eats(terms: Any, free: float, minutes: float, begin: float) -> bool:
    """Say whether lunch fits between two visits, before the way or after it."""
    before, after = max(free, terms.lunch_from), max(free + minutes, terms.lunch_from)
    return (
        before <= terms.lunch_until + _MINUTE
        and before + terms.lunch_minutes + minutes <= begin + 2 * _MINUTE
    ) or (after <= terms.lunch_until + _MINUTE and after + terms.lunch_minutes <= begin + 2 * _MINUTE)


def _road(here: Any, there: Any, terms: Any) -> tuple[float, float]:
    if here is None or there is None:
        return 0.0, 0.0
    travel = terms.travel
    km = geodesic((here.latitude, here.longitude), (there.latitude, there.longitude)).km * travel.detour
    return km, (km / travel.kmh * 60 + travel.parking_minutes if km > 0.05 else 0.0)
