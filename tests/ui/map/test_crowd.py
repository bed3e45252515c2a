"""Stores gather into circles that do not touch, and a lasso finds those inside."""

from __future__ import annotations

from random import Random

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPolygonF

from fieldcrm.rules.positions import GCJ02, WGS84, of_degrees
from fieldcrm.storage.account_points import Points
from fieldcrm.ui.map import crowd, mercator
from fieldcrm.ui.map.crowd import Crowd, gather


def scattered(number: int, datum: str = WGS84) -> Points:
    dice = Random(4)
    places = tuple(
        of_degrees(30.27 + dice.gauss(0, 0.1), 120.15 + dice.gauss(0, 0.1), datum) for _ in range(number)
    )
    ids = tuple(map(str, range(number)))
    return Points(ids, ids, places, tuple(n % 3 == 0 for n in range(number)))


@pytest.fixture(scope="module")
def town() -> Crowd:
    return gather(scattered(2000), WGS84)


@pytest.mark.parametrize("zoom", [5.0, 10.5, 13.0, 19.0])
def test_each_store_is_in_one_circle_and_each_circle_knows_how_many_are_due(town: Crowd, zoom: float) -> None:
    clusters = town.at(zoom)
    members = [clusters.of(number).tolist() for number in range(len(clusters.counts))]
    assert sorted(store for circle in members for store in circle) == list(range(2000))
    assert clusters.due.tolist() == [sum(n % 3 == 0 for n in circle) for circle in members]


def test_few_circles_far_out_and_single_stores_near(town: Crowd) -> None:
    assert len(town.at(3).counts) == 1
    numbers = [len(town.at(zoom).counts) for zoom in crowd.LEVELS]
    assert numbers == sorted(numbers)
    assert (town.at(19).counts == 1).mean() > 0.95


@pytest.mark.parametrize("zoom", [9, 11, 13])
def test_circles_hardly_ever_touch(town: Crowd, zoom: int) -> None:
    clusters, scale = town.at(zoom), mercator.scale_of(zoom)
    places = list(zip(clusters.xs.tolist(), clusters.ys.tolist(), strict=True))
    close = sum(
        ((x1 - x2) ** 2 + (y1 - y2) ** 2) ** 0.5 * scale < 2 * 12
        for n, (x1, y1) in enumerate(places)
        for x2, y2 in places[:n]
    )
    assert close <= len(places) * 0.02


def test_a_lasso_takes_the_stores_that_qt_finds_inside(town: Crowd) -> None:
    x, y, side = float(town.xs.mean()), float(town.ys.mean()), float(town.xs.std())
    turns = ((0, -2), (1, 1), (-1.5, -0.5), (1.5, -0.5), (-1, 1))
    star = [(x + across * side, y + down * side) for across, down in turns]
    shape = QPolygonF([QPointF(*corner) for corner in star])
    expected = [
        n for n in range(2000)
        if shape.containsPoint(QPointF(town.xs[n], town.ys[n]), Qt.FillRule.OddEvenFill)
    ]  # fmt: skip
    assert len(expected) > 100
    assert town.inside(star) == expected


def test_a_line_or_a_point_holds_nothing(town: Crowd) -> None:
    assert town.inside([]) == town.inside([(0, 0), (1, 1)]) == []


def test_stores_in_another_datum_lie_where_the_map_has_them() -> None:
    one = of_degrees(30.27, 120.15, GCJ02)
    placed = gather(Points(("a",), ("a",), (one,), (False,)), WGS84)
    assert (placed.xs[0], placed.ys[0]) == mercator.to_scene(one.to(WGS84), WGS84)


def test_nothing_at_all_can_be_shown() -> None:
    empty = gather(Points(), WGS84)
    assert len(empty.at(12).counts) == 0
    assert empty.inside([(0, 0), (9, 0), (9, 9)]) == []
