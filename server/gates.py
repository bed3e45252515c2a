"""How often the pages for customers may be asked for: leaky buckets in the memory of one worker.

A look at a page is not worth writing down, and nobody who looks shall wait for the writer. So each
worker counts for itself, and a restart forgets. Of many addresses the ones asked for last are known.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from fieldcrm import clock
from fieldcrm.errors import Throttled
from server.throttles import Bucket

LOOKS = Bucket("page", 240, timedelta(seconds=0.1))  # of one page: a press is two, its form and what follows
MISSES = Bucket("guess", 120, timedelta(seconds=1))  # of one address, where no page is
MOST = 10_000
_HOSTS_OF_ONE = 64


class Gate:
    """One kind of bucket for everybody."""

    def __init__(self, bucket: Bucket, most: int = MOST) -> None:
        self._bucket, self._most = bucket, most
        self._levels: dict[str, tuple[float, int]] = {}
        self._turn = threading.Lock()

    def enter(self, whose: str, now_ms: int | None = None) -> None:
        """Take one look, or raise ``Throttled`` with the seconds until there is one."""
        now = clock.monotonic_ms() if now_ms is None else now_ms
        key = self._bucket.key(whose)
        with self._turn:
            level, at = self._levels.get(key, (0.0, now))
            level = self._bucket.left(level, timedelta(milliseconds=now - at)) + 1
            if level > self._bucket.holds:
                raise Throttled("throttled", seconds=self._bucket.wait(level))
            self._levels.pop(key, None)
            self._levels[key] = (level, now)  # the last one now
            if len(self._levels) > self._most:
                del self._levels[next(iter(self._levels))]


class Gates:
    """What stands before the pages for customers."""

    def __init__(self) -> None:
        self.looks = Gate(LOOKS)
        self.misses = Gate(MISSES)


def whose(address: str) -> str:
    """Return who is behind an address: of the long ones a customer of a network has 2^64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(int(found) >> _HOSTS_OF_ONE) if isinstance(found, IPv6Address) else address
