"""Chance that can be repeated: numbers and ids from one seed."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime
from uuid import UUID

from fieldcrm.clock import to_ms


class Seed:
    """A source of random numbers and of UUIDv7s that grow with ``at``."""

    def __init__(self, seed: int, start: datetime, today: date) -> None:
        self.random = random.Random(seed)  # noqa: S311  # a demo must repeat itself
        self.today = today
        self._ms = to_ms(start)
        self._serial = 0
        self._counts: Counter[str] = Counter()

    def id(self, at: datetime | None = None) -> UUID:
        """Return the next id, dated ``at`` (the company's founding without it)."""
        ms = to_ms(at) if at else self._ms
        self._serial += 1
        tail = (self._serial & 0xFFFFFF) << 38 | self.random.getrandbits(38)
        return UUID(int=ms << 80 | 0x7 << 76 | (self._serial >> 24 & 0xFFF) << 64 | 0b10 << 62 | tail)

    def count(self, noun: str) -> int:
        """Return 1, 2, 3… for each noun."""
        self._counts[noun] += 1
        return self._counts[noun]
