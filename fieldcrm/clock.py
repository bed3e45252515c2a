"""The only place that asks the time.

A moment is an aware UTC ``datetime``; a business day is a ``date`` in the
organisation's zone, computed once at the edge. Everyone else takes ``at`` or ``on``.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEADY: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC_RAW", None))


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def monotonic_ms() -> int:
    """Return milliseconds on a clock that nobody can set and that goes on while the machine sleeps."""
    return _steady_ns() // 1_000_000


def _steady_ns() -> int:
    if _STEADY is None:  # Windows: this one counts sleep
        return time.monotonic_ns()
    return time.clock_gettime_ns(_STEADY)


def to_ms(moment: datetime) -> int:
    """Return whole milliseconds since 1970; a naive moment is a ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return the moment ``ms`` milliseconds after 1970."""
    return _EPOCH + timedelta(milliseconds=ms)


def business_day(moment: datetime, zone: ZoneInfo = DEFAULT_ZONE) -> date:
    """Return the calendar day that ``moment`` falls on in ``zone``."""
    return moment.astimezone(zone).date()
