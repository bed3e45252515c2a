"""Positions survive every change of datum."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldcrm.errors import Invalid
from fieldcrm.rules.positions import (
    BD09,
    GCJ02,
    WGS84,
    Position,
    distance_m,
    of_degrees,
    quick_distance_m,
    stored,
    typed,
)

DATUMS = (WGS84, GCJ02, BD09)
in_china = st.tuples(st.floats(18.2, 53.4), st.floats(73.7, 135.0))
WEST_LAKE = of_degrees(30.2741, 120.1551)


@given(in_china, st.sampled_from(DATUMS), st.sampled_from(DATUMS))
def test_there_and_back_is_under_a_metre(degrees: tuple[float, float], datum: str, via: str) -> None:
    here = of_degrees(*degrees, datum)
    assert quick_distance_m(here, here.to(via).to(datum)) < 1


@given(in_china)
def test_gcj02_lies_a_few_hundred_metres_off(degrees: tuple[float, float]) -> None:
    here = of_degrees(*degrees)
    shown = here.to(GCJ02)
    apart = quick_distance_m(here, Position(shown.latitude_e7, shown.longitude_e7))
    assert 20 < apart < 1500


def test_published_points_agree() -> None:
    tiananmen = of_degrees(39.90734, 116.39089)
    gcj = tiananmen.to(GCJ02)
    assert (round(gcj.latitude, 4), round(gcj.longitude, 4)) == (39.9087, 116.3971)
    bd = of_degrees(39.915, 116.404, GCJ02).to(BD09)
    assert (round(bd.latitude, 4), round(bd.longitude, 4)) == (39.9213, 116.4104)


def test_outside_the_mainland_the_datums_agree() -> None:
    tokyo = of_degrees(35.6812, 139.7671)
    assert tokyo.to(GCJ02) == Position(tokyo.latitude_e7, tokyo.longitude_e7, GCJ02)


@settings(deadline=None)  # the first call imports geopy
@given(in_china, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_the_quick_distance_follows_the_geodesic(
    degrees: tuple[float, float], north: float, east: float
) -> None:
    one = of_degrees(*degrees)
    other = of_degrees(degrees[0] + north, degrees[1] + east)
    assert quick_distance_m(one, other) == pytest.approx(distance_m(one, other), abs=1)


def test_distance_is_measured_across_datums() -> None:
    assert distance_m(WEST_LAKE, WEST_LAKE.to(BD09)) < 1


@pytest.mark.parametrize("text", ["30.2741, 120.1551", "30.2741，120.1551", " 30.2741°  120.1551° "])
def test_typed_coordinates_are_read_as_people_write_them(text: str) -> None:
    assert typed(text) == WEST_LAKE


@pytest.mark.parametrize("text", ["", "30.2741", "a, b", "1,2,3", "nan, 1", "91, 0", "0, 181"])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        typed(text)


def test_half_a_position_is_none() -> None:
    assert stored(302741000, None, WGS84) is None


def test_an_unknown_datum_is_refused() -> None:
    with pytest.raises(Invalid):
        Position(0, 0, "nad27").to(WGS84)
