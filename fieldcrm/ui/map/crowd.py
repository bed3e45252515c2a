"""Many stores on one map: how they gather into clusters at each zoom, and which lie where.

Everything is worked out once, beside the interface, for every whole zoom level; a frame then
only picks what is in view. Stores gather by a grid, and circles that would touch are joined,
so no circle hides another. No Qt here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import floor

import numpy as np
from numpy.typing import NDArray

from fieldcrm.storage.account_points import Points
from fieldcrm.ui.map import mercator

CELL_PX = 64
APART_PX = 44
LEVELS = range(int(mercator.MIN_ZOOM), int(mercator.MAX_ZOOM) + 1)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clusters:
    """The circles of one zoom level; ``members`` lists the stores of all, circle by circle."""

    xs: Floats
    ys: Floats
    counts: Ints
    due: Ints
    members: Ints
    starts: Ints

    def of(self, number: int) -> Ints:
        """Return the stores in one circle."""
        return self.members[self.starts[number] : self.starts[number] + self.counts[number]]

    def within(self, left: float, top: float, right: float, bottom: float) -> Ints:
        """Return the circles whose middle lies in a rectangle of the scene."""
        inside = (self.xs >= left) & (self.xs <= right) & (self.ys >= top) & (self.ys <= bottom)
        return np.flatnonzero(inside).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Stores at their places in the scene of one datum."""

    points: Points = field(default_factory=Points)
    datum: str = ""
    xs: Floats = field(default_factory=lambda: np.zeros(0))
    ys: Floats = field(default_factory=lambda: np.zeros(0))
    levels: tuple[Clusters, ...] = field(default_factory=lambda: gather(Points(), "").levels)

    def __len__(self) -> int:
        return len(self.points.ids)

    def at(self, zoom: float) -> Clusters:
        """Return the clusters for a zoom."""
        return self.levels[min(max(floor(zoom), LEVELS[0]), LEVELS[-1]) - LEVELS[0]]

    def inside(self, corners: Sequence[tuple[float, float]]) -> list[int]:
        """Return the stores inside a polygon of the scene, by the even-odd rule."""
        if len(corners) < 3 or not len(self):
            return []
        inside = np.zeros(len(self), dtype=bool)
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
            crosses = (y1 > self.ys) != (y2 > self.ys)
            if y1 != y2:
                inside ^= crosses & (self.xs < (x2 - x1) * (self.ys - y1) / (y2 - y1) + x1)
        return [int(number) for number in np.flatnonzero(inside)]


def gather(points: Points, datum: str, apart: Collection[str] = ()) -> Crowd:
    """Place the stores on a map of ``datum`` and gather them for every zoom level.

    Stores ``apart`` (by id) are in no circle: the map draws them as stops of a route.
    """
    placed = np.array([mercator.to_scene(each, datum) for each in points.positions], dtype=float)
    xs, ys = (placed[:, 0], placed[:, 1]) if len(placed) else (np.zeros(0), np.zeros(0))
    due = np.array(points.due, dtype=np.int64)
    alone = set(apart)
    free = np.array([n for n, key in enumerate(points.ids) if key not in alone], dtype=np.int64)
    levels = tuple(_clusters(xs[free], ys[free], due[free], free, level) for level in LEVELS)
    return Crowd(points, datum, xs, ys, levels)


def _clusters(xs: Floats, ys: Floats, due: Ints, stores: Ints, level: int) -> Clusters:
    if not len(xs):
        return Clusters(xs, ys, due, due, stores, stores)
    scale = mercator.scale_of(level)
    cells = _cells(xs, ys, CELL_PX / scale)
    groups = _joined(_middles(xs, ys, cells), APART_PX / scale)[cells]
    order = np.argsort(groups, kind="stable").astype(np.int64)
    _, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    return Clusters(
        np.add.reduceat(xs[order], starts) / counts,
        np.add.reduceat(ys[order], starts) / counts,
        counts.astype(np.int64),
        np.add.reduceat(due[order], starts),
        stores[order],
        starts.astype(np.int64),
    )


def _cells(xs: Floats, ys: Floats, side: float) -> Ints:
    """Return the number of each store's cell, counted from 0."""
    across, down = np.floor(xs / side).astype(np.int64), np.floor(ys / side).astype(np.int64)
    _, cells = np.unique(across * (1 << 31) + down, return_inverse=True)
    numbers: Ints = cells.reshape(-1).astype(np.int64)
    return numbers


def _middles(xs: Floats, ys: Floats, cells: Ints) -> list[tuple[float, float, int]]:
    """Return the middle of each cell's stores and how many they are."""
    counts = np.bincount(cells)
    across, down = np.bincount(cells, xs) / counts, np.bincount(cells, ys) / counts
    return list(zip(across.tolist(), down.tolist(), counts.tolist(), strict=True))


def _joined(middles: Sequence[tuple[float, float, int]], apart: float) -> Ints:
    """Return for each cell the one it joins: the fullest one that it would touch, or itself."""
    kept: dict[tuple[int, int], list[int]] = {}
    joins = np.arange(len(middles), dtype=np.int64)
    for number in sorted(range(len(middles)), key=lambda n: -middles[n][2]):
        x, y, _ = middles[number]
        column, line = floor(x / apart), floor(y / apart)
        near = (
            other
            for across in (column - 1, column, column + 1)
            for down in (line - 1, line, line + 1)
            for other in kept.get((across, down), ())
            if (middles[other][0] - x) ** 2 + (middles[other][1] - y) ** 2 < apart**2
        )
        if (joined := next(near, None)) is not None:
            joins[number] = joined
        else:
            kept.setdefault((column, line), []).append(number)
    return joins
