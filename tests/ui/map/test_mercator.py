"""Positions and scene points agree, in every datum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.rules.positions import GCJ02, WGS84, of_degrees, quick_distance_m
from fieldcrm.ui.map import mercator

places = st.tuples(st.floats(-80, 80), st.floats(-179, 179))


@given(places)
def test_there_and_back_is_within_centimetres(degrees: tuple[float, float]) -> None:
    here = of_degrees(*degrees)
    back = mercator.from_scene(*mercator.to_scene(here, WGS84), WGS84)
    assert quick_distance_m(here, back) < 0.1


def test_a_map_in_another_datum_shows_stores_where_its_tiles_have_them() -> None:
    here = of_degrees(30.2741, 120.1551)
    assert mercator.to_scene(here, GCJ02) == mercator.to_scene(here.to(GCJ02), GCJ02)
    assert mercator.to_scene(here, GCJ02) != mercator.to_scene(here, WGS84)


@pytest.mark.parametrize(("per_pixel", "metres"), [(1.0, 50), (2.2, 200), (60.0, 5000), (0.01, 1)])
def test_the_scale_bar_is_a_round_number_that_fits(per_pixel: float, metres: int) -> None:
    assert mercator.bar_metres(per_pixel, 96) == metres


def test_what_is_fitted_is_inside() -> None:
    points = [mercator.to_scene(of_degrees(30.2 + n / 50, 120.1), WGS84) for n in range(5)]
    _, zoom = mercator.fitting(points, 300, 200)
    span = (points[0][1] - points[-1][1]) * mercator.scale_of(zoom)
    assert 150 < abs(span) <= 200
