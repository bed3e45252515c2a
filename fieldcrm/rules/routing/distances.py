"""Distances on the ellipsoid without a library call, and the travel time they stand for.

The local-ellipsoid formula uses WGS84's curvature radii at the mid latitude and stays
within a metre of the geodesic under 100 km; positions are WGS84 degrees.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_A = 6_378_137.0
_E2 = 0.006_694_379_990_14


@dataclass(frozen=True, slots=True)
class Place:
    """A WGS84 position in degrees."""

    latitude: float
    longitude: float


Roads = Mapping[tuple[Place, Place], tuple[float, float]]
"""Minutes and kilometres of ways that somebody knows; a way back is another way."""


@dataclass(frozen=True, slots=True)
class Travel:
    """How travel time is estimated: straight metres times ``detour``, at ``kmh``, plus parking.

    A way that is among ``roads`` takes what is said there, plus parking.
    """

    detour: float = 1.35
    kmh: float = 24.0
    parking_minutes: float = 3.0
    roads: Roads = field(default_factory=dict, compare=False)

    def km(self, here: Place, there: Place) -> float:
        """Return the road kilometres, known or estimated."""
        known = self.roads.get((here, there))
        return known[1] if known else metres(here, there) * self.detour / 1000

    def minutes(self, here: Place, there: Place) -> float:
        """Return the minutes from door to door; none between neighbours at one spot."""
        known = self.roads.get((here, there))
        return self._parked(*known) if known else self.minutes_of(metres(here, there))

    def _parked(self, minutes: float, km: float) -> float:
        return minutes + self.parking_minutes if km > 0.05 else 0.0

    def road_minutes(self, straight_km: float) -> float:
        """Return the minutes that so many straight kilometres take on the road, without parking."""
        return straight_km * self.detour / self.kmh * 60

    def minutes_of(self, straight: float) -> float:
        """Return the minutes for so many straight metres."""
        km = straight * self.detour / 1000
        return km / self.kmh * 60 + self.parking_minutes if km > 0.05 else 0.0


def matrix(places: Sequence[Place]) -> list[list[float]]:
    """Return ``metres`` between all places; written out, because it is the first thing a plan waits for."""
    size = len(places)
    rows = [[0.0] * size for _ in places]
    points = [(math.radians(place.latitude), math.radians(place.longitude)) for place in places]
    sin, cos, hypot, sqrt = math.sin, math.cos, math.hypot, math.sqrt
    for u, (north, east) in enumerate(points):
        row = rows[u]
        for v in range(u):
            there, beside = points[v]
            middle = (north + there) / 2
            wave = sin(middle)
            bend = 1 - _E2 * wave * wave
            normal = _A / sqrt(bend)
            row[v] = rows[v][u] = hypot(
                (north - there) * normal * (1 - _E2) / bend, (east - beside) * normal * cos(middle)
            )
    return rows


def metres(here: Place, there: Place) -> float:
    """Return the metres between two places less than some 100 km apart."""
    middle = math.radians((here.latitude + there.latitude) / 2)
    bend = 1 - _E2 * math.sin(middle) ** 2
    meridian = _A * (1 - _E2) / bend**1.5
    normal = _A / math.sqrt(bend)
    north = math.radians(there.latitude - here.latitude) * meridian
    east = math.radians(there.longitude - here.longitude) * normal * math.cos(middle)
    return math.hypot(north, east)
