"""Where something is: degrees times 10,000,000 and the datum they were taken in.

Chinese maps hand out GCJ-02 (300–600 m off WGS84) or BD-09 (GCJ-02 shifted once more), so a
position without its datum is worthless and two positions are only compared after conversion.
The published forward formulas have no closed inverse; ours iterates until the way back is
exact to well under a metre. Outside mainland China's box GCJ-02 is WGS84.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, radians, sin, sqrt

from fieldcrm.errors import Invalid
from fieldcrm.rules.routing.distances import Place, metres

WGS84 = "wgs84"
DATUMS = frozenset({WGS84, "gcj02", "bd09"})
DATUM_SLACK_E7 = 150_000  # more than GCJ-02 and BD-09 are off, about 1.6 km
GCJ02 = "gcj02"
BD09 = "bd09"
E7 = 10_000_000

_KRASOVSKY_A = 6_378_245.0
_KRASOVSKY_E2 = 0.006_693_421_622_965_943
_BAIDU_TURN = pi * 3000 / 180
_INVERSE_ROUNDS = 12

_Degrees = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the ground; ``datum`` is wgs84, gcj02 or bd09."""

    latitude_e7: int
    longitude_e7: int
    datum: str = WGS84

    @property
    def latitude(self) -> float:
        """Return degrees north."""
        return self.latitude_e7 / E7

    @property
    def longitude(self) -> float:
        """Return degrees east."""
        return self.longitude_e7 / E7

    def to(self, datum: str) -> Position:
        """Return the same point in another datum."""
        if datum == self.datum:
            return self
        degrees = _from_wgs84(datum, *_to_wgs84(self.datum, self.latitude, self.longitude))
        return of_degrees(*degrees, datum)

    def place(self) -> Place:
        """Return the point in WGS84 degrees, as routes measure it."""
        here = self.to(WGS84)
        return Place(here.latitude, here.longitude)


def of_degrees(latitude: float, longitude: float, datum: str = WGS84) -> Position:
    """Return the position at these degrees, or raise ``Invalid`` when they are off the globe."""
    if not -90 <= latitude <= 90:
        raise Invalid("out_of_range", field="latitude", minimum=-90, maximum=90)
    if not -180 <= longitude <= 180:
        raise Invalid("out_of_range", field="longitude", minimum=-180, maximum=180)
    return Position(round(latitude * E7), round(longitude * E7), datum)


def stored(latitude_e7: int | None, longitude_e7: int | None, datum: str) -> Position | None:
    """Return the position in two nullable columns; None without one, or in a datum unknown here."""
    if latitude_e7 is None or longitude_e7 is None or str(datum) not in DATUMS:
        return None
    return Position(latitude_e7, longitude_e7, str(datum))


def typed(text: str, datum: str = WGS84) -> Position:
    """Read "30.2741, 120.1551" as a person types it; Chinese commas and blanks are fine.

    Raises ``Invalid`` when it is not two numbers on the globe.
    """
    parts = text.replace("，", ",").replace("、", ",").replace(",", " ").split()
    try:
        latitude, longitude = (float(part.rstrip("°")) for part in parts)
    except ValueError as error:
        raise Invalid("not_a_position", field="position") from error
    return of_degrees(latitude, longitude, datum)


def distance_m(one: Position, other: Position) -> float:
    """Return metres along the ellipsoid; for check-ins, where the exact figure is evidence."""
    from geopy.distance import geodesic

    a, b = one.to(WGS84), other.to(WGS84)
    return float(geodesic((a.latitude, a.longitude), (b.latitude, b.longitude)).meters)


def quick_distance_m(one: Position, other: Position) -> float:
    """Return metres within a metre of the geodesic below 100 km; for lists of many stores."""
    return metres(one.place(), other.place())


def in_mainland_box(latitude: float, longitude: float) -> bool:
    """Return whether GCJ-02 differs from WGS84 here."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def _to_wgs84(datum: str, latitude: float, longitude: float) -> _Degrees:
    match datum:
        case "wgs84":
            return latitude, longitude
        case "gcj02":
            return _inverse(_gcj02_of_wgs84, latitude, longitude)
        case "bd09":
            return _inverse(_gcj02_of_wgs84, *_inverse(_bd09_of_gcj02, latitude, longitude))
    raise Invalid("unknown_datum", field="datum", value=datum)


def _from_wgs84(datum: str, latitude: float, longitude: float) -> _Degrees:
    match datum:
        case "wgs84":
            return latitude, longitude
        case "gcj02":
            return _gcj02_of_wgs84(latitude, longitude)
        case "bd09":
            return _bd09_of_gcj02(*_gcj02_of_wgs84(latitude, longitude))
    raise Invalid("unknown_datum", field="datum", value=datum)


def _inverse(forward: Callable[[float, float], _Degrees], latitude: float, longitude: float) -> _Degrees:
    guess_lat, guess_lon = latitude, longitude
    for _ in range(_INVERSE_ROUNDS):
        seen_lat, seen_lon = forward(guess_lat, guess_lon)
        guess_lat += latitude - seen_lat
        guess_lon += longitude - seen_lon
    return guess_lat, guess_lon


def _gcj02_of_wgs84(latitude: float, longitude: float) -> _Degrees:
    if not in_mainland_box(latitude, longitude):
        return latitude, longitude
    x, y = longitude - 105.0, latitude - 35.0
    phi = radians(latitude)
    w2 = 1 - _KRASOVSKY_E2 * sin(phi) ** 2
    north = _north_shift(x, y) * 180 / (_KRASOVSKY_A * (1 - _KRASOVSKY_E2) / (w2 * sqrt(w2)) * pi)
    east = _east_shift(x, y) * 180 / (_KRASOVSKY_A / sqrt(w2) * cos(phi) * pi)
    return latitude + north, longitude + east


def _waves(value: float, *terms: tuple[float, float]) -> float:
    return sum(size * sin(value * pi * pace) for size, pace in terms) * 2 / 3


def _north_shift(x: float, y: float) -> float:
    shift = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    shift += _waves(x, (20, 6), (20, 2))
    return shift + _waves(y, (20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))


def _east_shift(x: float, y: float) -> float:
    shift = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    shift += _waves(x, (20, 6), (20, 2))
    return shift + _waves(x, (20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))


def _bd09_of_gcj02(latitude: float, longitude: float) -> _Degrees:
    radius = hypot(longitude, latitude) + 0.000_02 * sin(latitude * _BAIDU_TURN)
    angle = atan2(latitude, longitude) + 0.000_003 * cos(longitude * _BAIDU_TURN)
    return radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065
