"""The terms of a rep's days as he set them: where and when they begin and end, lunch, how fast (V5).

Stored as plain JSON; what cannot be read is the usual. Positions are WGS84 degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldcrm.errors import Invalid
from fieldcrm.rules.routing.day import Terms
from fieldcrm.rules.routing.distances import Place, Travel

USUAL = Terms()
LIMITS: Mapping[str, tuple[float, float]] = {
    "depart": (0, 24 * 60 - 1), "latest": (1, 24 * 60), "lunch_from": (0, 24 * 60 - 1),
    "lunch_until": (0, 24 * 60 - 1), "lunch_minutes": (0, 180), "kmh": (5, 130), "detour": (1, 3),
    "parking_minutes": (0, 60),
}  # fmt: skip


def stored(terms: Terms) -> dict[str, Any]:
    """Return terms as they are kept, or raise ``Invalid`` naming the field that makes no sense."""
    values: dict[str, Any] = {
        "depart": terms.depart, "latest": terms.latest, "lunch_from": terms.lunch_from,
        "lunch_until": terms.lunch_until, "lunch_minutes": terms.lunch_minutes, "kmh": terms.travel.kmh,
        "detour": terms.travel.detour, "parking_minutes": terms.travel.parking_minutes,
    }  # fmt: skip
    for name, (least, most) in LIMITS.items():
        if values[name] is not None and not least <= values[name] <= most:
            raise Invalid("out_of_range", field=name, minimum=least, maximum=most)
    if terms.latest <= terms.depart:
        raise Invalid("ends_before_it_begins", field="latest")
    if terms.lunch_from is not None and terms.lunch_until < terms.lunch_from:
        raise Invalid("ends_before_it_begins", field="lunch_until")
    places = {"start": _pair(terms.start), "end": _pair(terms.end)}
    return values | places


def read(kept: Any) -> Terms:
    """Return the terms kept; the usual ones for what is missing or makes no sense."""
    if not isinstance(kept, Mapping):
        return USUAL
    try:
        terms = _read(kept)
        stored(terms)
    except (Invalid, KeyError, TypeError, ValueError):
        return USUAL
    return terms


def _read(kept: Mapping[str, Any]) -> Terms:
    lunch = kept["lunch_from"]
    return Terms(
        depart=int(kept["depart"]),
        start=_place(kept.get("start")),
        lunch_from=None if lunch is None else int(lunch),
        lunch_minutes=int(kept["lunch_minutes"]),
        travel=Travel(float(kept["detour"]), float(kept["kmh"]), float(kept["parking_minutes"])),
        end=_place(kept.get("end")),
        latest=int(kept["latest"]),
        lunch_until=int(kept["lunch_until"]),
    )


def _pair(place: Place | None) -> list[float] | None:
    return None if place is None else [place.latitude, place.longitude]


def _place(pair: Any) -> Place | None:
    return None if pair is None else Place(float(pair[0]), float(pair[1]))
