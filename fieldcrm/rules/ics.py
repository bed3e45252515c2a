"""Planned visits as an iCalendar file (RFC 5545), for any calendar program.

Written here and not by a library: it is one component with ten properties, no repetition
and no zone of its own. Moments are in UTC, which every program shows in its owner's zone; a
visit without a time is a whole day. The tests read it back with an independent parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_PRODUCT = "-//fieldcrm//visit plan//EN"
_LINE = 75  # octets, the line's end not counted
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Event:
    """One visit; ``uid`` stays the same for as long as the visit does, ``sequence`` never goes down."""

    uid: str
    on: date
    title: str
    start: datetime | None = None
    minutes: int = 0
    sequence: int = 0
    cancelled: bool = False
    place: str = ""
    note: str = ""
    position: tuple[float, float] | None = None


def write(name: str, events: Iterable[Event], at: datetime) -> bytes:
    """Return the whole calendar as of ``at``; a program that subscribes looks again every hour."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        *(line for event in events for line in _event(event, at)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_moment(at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield from _times(event)
    yield f"SUMMARY:{_text(event.title)}"
    if event.place:
        yield f"LOCATION:{_text(event.place)}"
    if event.note:
        yield f"DESCRIPTION:{_text(event.note)}"
    if event.position is not None:
        yield "GEO:{:.6f};{:.6f}".format(*event.position)
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield f"TRANSP:{'OPAQUE' if event.start and not event.cancelled else 'TRANSPARENT'}"
    yield "END:VEVENT"


def _times(event: Event) -> Iterator[str]:
    if event.start is None:
        yield f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{event.on + timedelta(1):%Y%m%d}"
    else:
        yield f"DTSTART:{_moment(event.start)}"
        yield f"DTEND:{_moment(event.start + timedelta(minutes=event.minutes))}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    for mark in ("\\", ";", ","):
        plain = plain.replace(mark, f"\\{mark}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Break a line after 75 octets at the most, never inside a character."""
    parts: list[bytes] = []
    part = b""
    for char in line:
        octets = char.encode()
        if len(part) + len(octets) > _LINE - (1 if parts else 0):
            parts.append(part)
            part = b""
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"
