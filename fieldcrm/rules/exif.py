"""What a photo's file says of itself (V6): when and where it was taken, with what, edited with what.

Only these few facts are kept; owner, serial number and maker's notes are not even read. A
file can lie in both directions and most have lost these facts on their way, so what they
contradict is a reason to ask, and their absence is none. Camera clocks are wrong by minutes
and often by whole hours of a time zone.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from fieldcrm.clock import DEFAULT_ZONE, to_ms
from fieldcrm.rules import positions
from fieldcrm.rules.findings import Code, Finding, Weight
from fieldcrm.rules.positions import Position

NEAR = timedelta(hours=3)
OLD = timedelta(days=1)
APART_M = 1_000
EDITORS = (
    "photoshop", "lightroom", "snapseed", "gimp", "meitu", "美图", "picsart", "vsco", "pixlr", "affinity",
    "醒图", "facetune", "canva", "paint.net",
)  # fmt: skip
_MAKE, _MODEL, _SOFTWARE, _EXIF, _GPS = 0x010F, 0x0110, 0x0131, 0x8769, 0x8825
_TAKEN, _OFFSET = 0x9003, 0x9011
_LONGEST = 60


def read(content: bytes) -> dict[str, Any] | None:
    """Return what is kept of a picture's EXIF, as plain JSON; None when it says nothing of use."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as picture:
            tags = picture.getexif()
            inner, place = tags.get_ifd(_EXIF), tags.get_ifd(_GPS)
        device = " ".join(part for part in (_text(tags.get(_MAKE)), _text(tags.get(_MODEL))) if part)
        said = {
            "taken_at": _moment(_text(inner.get(_TAKEN)), _text(inner.get(_OFFSET))),
            "latitude_e7": _degrees(place.get(2), place.get(1)),
            "longitude_e7": _degrees(place.get(4), place.get(3)),
            "device": device[:_LONGEST],
            "software": _text(tags.get(_SOFTWARE)),
        }
    except Exception:
        return None
    return {name: value for name, value in said.items() if value not in (None, "")} or None


def contradictions(
    said: Mapping[str, Any],
    caption: str,
    started_at: datetime,
    left_at: datetime | None,
    store: Position | None,
) -> Iterator[Finding]:
    """Yield what a photo says of itself that does not fit its visit."""
    if isinstance(at := said.get("taken_at"), int):
        early = to_ms(started_at) - at
        late = at - to_ms(left_at or started_at)
        off = max(early, late)
        if off > NEAR // timedelta(milliseconds=1):
            weight = Weight.STRONG if off > OLD // timedelta(milliseconds=1) else Weight.NOTICE
            yield Finding(Code.PHOTO_TIME, weight, {"caption": caption, "at": at})
    here = positions.stored(said.get("latitude_e7"), said.get("longitude_e7"), positions.WGS84)
    if here is not None and store is not None:
        away = positions.quick_distance_m(here, store)
        if away > APART_M:
            yield Finding(Code.PHOTO_PLACE, Weight.NOTICE, {"caption": caption, "metres": round(away)})
    software = str(said.get("software", ""))
    if any(name in software.lower() for name in EDITORS):
        yield Finding(Code.PHOTO_EDITED, Weight.NOTICE, {"caption": caption, "software": software})


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value or "").replace("\0", " ").strip()[:_LONGEST]


def _moment(text: str, offset: str) -> int | None:
    """Return the moment a camera wrote; without an offset it is taken for the organisation's zone."""
    try:
        local = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - its zone comes next
    except ValueError:
        return None
    return to_ms(local.replace(tzinfo=_zone(offset) or DEFAULT_ZONE))


def _zone(offset: str) -> timezone | None:
    try:
        hours, minutes = offset[1:].split(":")
        away = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-away if offset[0] == "-" else away)
    except (ValueError, IndexError):
        return None


def _degrees(parts: Any, side: Any) -> int | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    degrees, minutes, seconds = (float(part) for part in parts)
    found = round((degrees + minutes / 60 + seconds / 3600) * 10_000_000)
    return -found if _text(side).upper() in {"S", "W"} else found
