"""Web Mercator in scene units: the world at zoom 20 is a square of 2**28 units.

The latitude ends at ±85.0511°, where the square closes. No Qt here.
"""

from __future__ import annotations

from math import asinh, atan, cos, degrees, pi, radians, sinh, tan

from fieldcrm.rules.positions import Position, of_degrees

SCENE_ZOOM = 20
TILE = 256
WORLD = float(TILE << SCENE_ZOOM)
EDGE = 85.05112877980659
EQUATOR_M = 40_075_016.685_578_49

MIN_ZOOM, MAX_ZOOM = 3.0, 19.0
_NICE = (1, 2, 5)


def to_scene(position: Position, datum: str) -> tuple[float, float]:
    """Return where a position lies on a map drawn in ``datum``."""
    here = position.to(datum)
    latitude = max(-EDGE, min(EDGE, here.latitude))
    x = (here.longitude + 180) / 360 * WORLD
    y = (1 - asinh(tan(radians(latitude))) / pi) / 2 * WORLD
    return x, y


def from_scene(x: float, y: float, datum: str) -> Position:
    """Return the position at a scene point, in the map's datum."""
    longitude = max(-180.0, min(180.0, x / WORLD * 360 - 180))
    latitude = degrees(atan(sinh(pi * (1 - 2 * max(0.0, min(WORLD, y)) / WORLD))))
    return of_degrees(latitude, longitude, datum)


def scale_of(zoom: float) -> float:
    """Return screen pixels per scene unit."""
    return float(2 ** (zoom - SCENE_ZOOM))


def metres_per_pixel(latitude: float, zoom: float) -> float:
    """Return the ground one screen pixel covers."""
    return EQUATOR_M * cos(radians(latitude)) / (TILE * 2**zoom)


def bar_metres(metres_a_pixel: float, most_pixels: float) -> int:
    """Return the longest 1, 2 or 5 × 10ⁿ metres that fit a scale bar."""
    most = metres_a_pixel * most_pixels
    best, power = 1, 1
    while power <= most:
        best = max([best, *(n * power for n in _NICE if n * power <= most)])
        power *= 10
    return best


def fitting(
    points: list[tuple[float, float]], width: float, height: float, most: float = 16.0
) -> tuple[tuple[float, float], float]:
    """Return the centre and zoom that show every point inside ``width`` × ``height`` pixels."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    centre = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    zoom = most
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    while zoom > MIN_ZOOM and (wide * scale_of(zoom) > width or high * scale_of(zoom) > height):
        zoom -= 0.125
    return centre, zoom


def tile_span(zoom: int) -> float:
    """Return the side of one tile of a zoom level in scene units."""
    return float(TILE << max(0, SCENE_ZOOM - zoom)) if zoom <= SCENE_ZOOM else TILE / 2 ** (zoom - SCENE_ZOOM)
