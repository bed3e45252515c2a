"""Which days the office works: what it says itself, else the public holidays, else Monday to Friday.

``_PUBLIC`` holds the holidays of mainland China and the weekends worked for them (调休), from
the notices of the State Council: 2025 from that of 12 November 2024, 2026 from that of 4
November 2025. Both were compared day by day with a second source and are sure. The notice
for 2027 is not in it: until somebody adds it, days of 2027 are Monday to Friday, and the
office marks them itself (``knows`` tells a screen so).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

WEEK = 5
_FAR = 60  # no office is closed for longer


@dataclass(frozen=True, slots=True)
class PublicDay:
    """A day that is not what its weekday says."""

    name: str
    is_open: bool


_HOLIDAYS = (
    ("New Year", "2025-01-01", 1), ("Spring Festival", "2025-01-28", 8), ("Qingming", "2025-04-04", 3),
    ("Labour Day", "2025-05-01", 5), ("Dragon Boat Festival", "2025-05-31", 3),
    ("National Day", "2025-10-01", 8),
    ("New Year", "2026-01-01", 3), ("Spring Festival", "2026-02-15", 9), ("Qingming", "2026-04-04", 3),
    ("Labour Day", "2026-05-01", 5), ("Dragon Boat Festival", "2026-06-19", 3),
    ("Mid-Autumn Festival", "2026-09-25", 3), ("National Day", "2026-10-01", 7),
)  # fmt: skip
_WORKED = (
    ("Spring Festival", "2025-01-26"), ("Spring Festival", "2025-02-08"), ("Labour Day", "2025-04-27"),
    ("National Day", "2025-09-28"), ("National Day", "2025-10-11"), ("New Year", "2026-01-04"),
    ("Spring Festival", "2026-02-14"), ("Spring Festival", "2026-02-28"), ("Labour Day", "2026-05-09"),
    ("National Day", "2026-09-20"), ("National Day", "2026-10-10"),
)  # fmt: skip


def _public() -> Iterator[tuple[date, PublicDay]]:
    for name, first, length in _HOLIDAYS:
        for n in range(length):
            yield date.fromisoformat(first) + timedelta(n), PublicDay(name, is_open=False)
    for name, on in _WORKED:
        yield date.fromisoformat(on), PublicDay(name, is_open=True)


_PUBLIC: Mapping[date, PublicDay] = dict(_public())


def public_days(year: int) -> dict[date, PublicDay]:
    """Return the public holidays of a year and the weekends worked for them, in order."""
    return {on: day for on, day in sorted(_PUBLIC.items()) if on.year == year}


def knows(year: int) -> bool:
    """Return whether the public holidays of this year are known."""
    return any(on.year == year for on in _PUBLIC)


@dataclass(frozen=True, slots=True)
class Workdays:
    """The calendar of one area; ``marked`` is what the office says of single days."""

    marked: Mapping[date, bool] = field(default_factory=dict)

    def is_open(self, on: date) -> bool:
        """Return whether stores are visited on this day."""
        if on in self.marked:
            return self.marked[on]
        public = _PUBLIC.get(on)
        return on.isoweekday() <= WEEK if public is None else public.is_open

    def on_or_before(self, on: date, least: date) -> date | None:
        """Return the last open day up to ``on``, none before ``least``."""
        days = (on - timedelta(n) for n in range(max(0, (on - least).days) + 1))
        return next((day for day in days if self.is_open(day)), None)

    def on_or_after(self, on: date) -> date:
        """Return the first open day from ``on``; an office that never opens is taken at its word."""
        days = (on + timedelta(n) for n in range(_FAR))
        return next((day for day in days if self.is_open(day)), on)

    def between(self, first: date, last: date) -> list[date]:
        """Return the open days of a span."""
        days = (first + timedelta(n) for n in range((last - first).days + 1))
        return [day for day in days if self.is_open(day)]
