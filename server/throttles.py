"""How often somebody may try: leaky buckets in the database, so restarts and workers share them.

A try is charged before the password is looked at and given back when it was right, so a
busy office behind one address is never slowed down by people who know their passwords.
A device that has signed in before has a bucket of its own for its user: a stranger who
empties the user's bucket does not lock the user out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, text, update

from fieldcrm.clock import to_ms
from fieldcrm.errors import Throttled
from server.tables_auth import throttle


@dataclass(frozen=True, slots=True)
class Bucket:
    """``holds`` tries at once, and one more every ``refill``."""

    name: str
    holds: int
    refill: timedelta

    def key(self, whose: str) -> str:
        """Return the stored key; names and addresses are stored as hashes only."""
        return f"{self.name}:{hashlib.sha256(whose.encode()).hexdigest()[:40]}"

    def left(self, level: float, passed: timedelta) -> float:
        """Return how full a bucket still is after a time."""
        return max(0.0, level - max(timedelta(), passed) / self.refill)

    def wait(self, level: float) -> int:
        """Return the seconds until a bucket that is over full has room."""
        return max(1, round(((level - self.holds) * self.refill).total_seconds()))


USER = Bucket("user", 10, timedelta(seconds=60))
DEVICE = Bucket("device", 10, timedelta(seconds=30))
ADDRESS = Bucket("address", 40, timedelta(seconds=6))

_LONGEST = max(bucket.holds * bucket.refill for bucket in (USER, DEVICE, ADDRESS))
_MAKE = text('INSERT INTO throttle ("key", level, at) VALUES (:key, 0, :at) ON CONFLICT ("key") DO NOTHING')


def charge(connection: Connection, bucket: Bucket, whose: str, at: datetime) -> None:
    """Take one try, or raise ``Throttled`` with the seconds until there is one."""
    key = bucket.key(whose)
    connection.execute(_MAKE, {"key": key, "at": to_ms(at)})
    found = select(throttle.c.level, throttle.c.at).where(throttle.c.key == key).with_for_update()
    row = connection.execute(found).one()
    level = bucket.left(row.level, at - row.at) + 1
    if level > bucket.holds:
        raise Throttled("throttled", seconds=bucket.wait(level))
    connection.execute(update(throttle).where(throttle.c.key == key).values(level=level, at=at))


def give_back(connection: Connection, bucket: Bucket, whose: str) -> None:
    """Return the try of somebody who was right."""
    mine = throttle.c.key == bucket.key(whose)
    connection.execute(update(throttle).where(mine).values(level=throttle.c.level - 1))


def forget_empty(connection: Connection, at: datetime) -> None:
    """Drop the buckets that have filled up again."""
    connection.execute(delete(throttle).where(throttle.c.at < at - _LONGEST))
