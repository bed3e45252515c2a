"""The map of 10,000 stores with a route of 20 stops, offscreen: frames while it is panned and zoomed.

A frame is a whole repaint of the viewport. The peer draws the same stores as one disc each,
which is what a scene of items does without gathering them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.figures import Figure, percentile
from fieldcrm.rules.positions import GCJ02, WGS84, Position, of_degrees
from fieldcrm.storage.account_points import Points
from fieldcrm.ui.map.crowd import gather
from fieldcrm.ui.map.pins import Mark, Pin

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from fieldcrm.ui.map.canvas import MapCanvas

STORES, STOPS, FRAMES = 10_000, 20, 120


def figures(_folder: Path) -> Iterator[Figure]:
    """Gather the stores once, then draw frames."""
    from PySide6.QtWidgets import QApplication

    from fieldcrm.ui import theme
    from fieldcrm.ui.map.canvas import MapCanvas
    from fieldcrm.ui.map.stores import StoreMap

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.load_fonts()
    theme.apply(app, "light", "zh_CN")
    places = _places()
    ids = tuple(str(number) for number in range(STORES))
    points = Points(ids, ids, places, tuple(number % 4 == 0 for number in range(STORES)))
    before = time.perf_counter()
    crowd = gather(points, WGS84)
    yield Figure(
        "map: gathering 10,000 stores in GCJ-02", round(1000 * (time.perf_counter() - before), 1), "ms"
    )
    route = [Mark(place, Pin.OPEN, str(n + 1)) for n, place in enumerate(places[:STOPS])]
    ours = StoreMap("map")
    ours.resize(1100, 800)
    ours.show_marks(route, (), places[:STOPS])
    ours.show_crowd(crowd)
    frames = _frames(app, ours)
    discs = MapCanvas("peer")
    discs.resize(1100, 800)
    discs.show_marks([Mark(place, Pin.OPEN) for place in places])
    peer = _frames(app, discs, 24)
    slow, alone = (1000 * percentile(times, 0.95) for times in (frames, peer))
    yield Figure(
        "map: a frame of 10,000 stores, p95", round(slow, 2), "ms", "a disc a store", round(alone, 2),
        round(slow / alone, 3), "<= 33 ms", slow <= 33,
    )  # fmt: skip
    corners = list(zip(crowd.xs[:40].tolist(), crowd.ys[:40].tolist(), strict=True))
    lasso = _timed(lambda: crowd.inside(corners))
    yield Figure("map: a lasso of 40 corners", round(1000 * lasso, 2), "ms")


def _places() -> tuple[Position, ...]:
    dice = Random(7)
    return tuple(
        of_degrees(30.27 + dice.gauss(0, 0.15), 120.15 + dice.gauss(0, 0.15), GCJ02) for _ in range(STORES)
    )


def _frames(app: QApplication, canvas: MapCanvas, number: int = FRAMES) -> list[float]:
    """Pan and zoom, and return how long each repaint took."""
    canvas.show()
    app.processEvents()
    taken = []
    for frame in range(number):
        if frame % 12 == 11:
            canvas.zoom_by(0.5 if frame % 24 == 11 else -0.5)
        else:
            canvas.pan(9 if frame % 24 < 12 else -9, 5)
        taken.append(_timed(canvas.viewport().repaint))
    return taken


def _timed(act: Callable[[], object]) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before
