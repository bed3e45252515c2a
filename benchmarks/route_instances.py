"""Academic routing instances as problems of ours; the files' formats are told in their README."""

from __future__ import annotations

import math
from pathlib import Path

from fieldcrm.rules.routing.problem import REQUIRED, Day, Problem


def tsptw(path: Path) -> Problem:
    """Read a TSPTW file: the least sum of arcs through all nodes, waiting allowed."""
    numbers = iter(path.read_text(encoding="utf-8").split())
    size = int(next(numbers))
    between = [[float(next(numbers)) for _ in range(size)] for _ in range(size)]
    windows = [(float(next(numbers)), float(next(numbers))) for _ in range(size)]
    order = [*range(1, size), 0]
    minutes = [[between[u][v] for v in order] for u in order]
    depot = size - 1
    day = Day(depot, depot, windows[0][0], windows[0][1])
    starts = [((max(a, 0.0), b),) for a, b in windows[1:]]
    return Problem(minutes, minutes, [0.0] * depot, [REQUIRED] * depot, [starts], [day])


def orienteering(path: Path, tours: int) -> Problem:
    """Read a team orienteering file: the most score in ``tours`` tours; distance only breaks ties."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    points = [list(map(float, line)) for line in lines[2:]]
    order = [*points[1:], points[0]]
    minutes = [[math.floor(math.dist(u[1:3], v[1:3]) * 100) / 100 for v in order] for u in order]
    depot = len(points) - 1
    day = Day(depot, depot, points[0][-2], points[0][-1])
    starts = [((point[-2], point[-1]),) for point in points[1:]]
    cost = [[way * 0.002 for way in row] for row in minutes]
    return Problem(
        minutes, cost, [p[3] for p in points[1:]], [p[4] for p in points[1:]], [starts] * tours, [day] * tours
    )


def vrptw(path: Path) -> Problem:
    """Read a Solomon file: the least distance (cut to one decimal) for all customers, within the fleet."""
    words = path.read_text(encoding="utf-8").split()
    first = next(n for n in range(len(words)) if words[n].isdigit() and words[n - 1] == "CAPACITY")
    vehicles, capacity = int(words[first]), int(words[first + 1])
    numbers = [float(word) for word in words[first + 2 :] if _is_number(word)]
    rows = [numbers[n : n + 7] for n in range(0, len(numbers), 7)]
    order = [*rows[1:], rows[0]]
    minutes = [[math.floor(math.dist(u[1:3], v[1:3]) * 10) / 10 for v in order] for u in order]
    depot = len(rows) - 1
    day = Day(depot, depot, rows[0][4], rows[0][5])
    starts = [((row[4], row[5]),) for row in rows[1:]]
    return Problem(
        minutes, minutes, [row[6] for row in rows[1:]], [REQUIRED] * depot, [starts] * vehicles,
        [day] * vehicles, load=[int(row[3]) for row in rows[1:]], capacity=capacity,
    )  # fmt: skip


def _is_number(word: str) -> bool:
    return word.lstrip("-").replace(".", "", 1).isdigit()
