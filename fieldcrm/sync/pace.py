"""When the next sync is due: pure, with the clock and chance given to it.

Failures wait with full jitter between nothing and a limit that doubles, 1 s to 5 min, so that
a fleet of laptops does not come back in step after an outage. A server that names a time
(Retry-After) is obeyed, never undercut. Whatever says that the way is free (a network that is
back, waking up, a poke, somebody asking) ends the waiting.
"""

from __future__ import annotations

from collections.abc import Callable

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 300.0
USUAL_SECONDS = 300.0
AFTER_SAVE_SECONDS = 3.0
AFTER_NEWS_SECONDS = 0.05
AFTER_COMMON_NEWS_SECONDS = 20.0  # at most: a price list concerns everybody at the same moment
AFTER_WAKING_SECONDS = 2.0
ASLEEP_SECONDS = 60.0


def delay(failures: int, jitter: float, retry_after: float | None = None) -> float:
    """Return the seconds to wait after ``failures`` in a row; ``jitter`` is drawn from 0..1."""
    if failures <= 0:
        return retry_after or 0.0
    limit = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 16))
    return max(retry_after or 0.0, limit * jitter)


class Schedule:
    """One laptop's next sync; ``due`` is a moment of the clock it was given, or None for not by itself."""

    def __init__(self, now: Callable[[], float], jitter: Callable[[], float]) -> None:
        self._now, self._jitter = now, jitter
        self.due: float | None = None
        self.failures = 0
        self._running = False
        self._named: float | None = None  # until then the server asked to be left alone
        self._wish: float | None = None  # what came up while a sync ran

    @property
    def wait(self) -> float | None:
        """The seconds until the next sync, or None."""
        return None if self.due is None else max(0.0, self.due - self._now())

    def saved(self) -> None:
        """Something was saved: soon, and once for all saves until then; a waiting after failures stands."""
        if not self.failures:
            self._by(AFTER_SAVE_SECONDS)

    def poked(self, *, common: bool) -> None:
        """The server says that something changed; what everybody holds is fetched at different moments."""
        self._free()
        self._by(AFTER_COMMON_NEWS_SECONDS * self._jitter() if common else AFTER_NEWS_SECONDS)

    def reachable(self) -> None:
        """A network is back, or the laptop woke up."""
        self._free()
        self._by(AFTER_WAKING_SECONDS * self._jitter())

    def unreachable(self) -> None:
        """There is no network: nothing is tried but now and then, in case that is wrong."""
        self.due, self._wish = self._now() + LONGEST_SECONDS, None

    def asked(self) -> None:
        """Somebody wants it now, or the laptop is about to sleep."""
        self._free()
        self._by(0.0)

    def began(self) -> None:
        """A sync runs."""
        self._running, self.due, self._wish = True, None, None

    def succeeded(self) -> None:
        """It went through: the next by itself in about five minutes, unless something came up."""
        self.failures, self._named = 0, None
        self._ended(self._now() + USUAL_SECONDS * (0.9 + 0.2 * self._jitter()))

    def failed(self, retry_after: float | None = None) -> None:
        """It broke off."""
        self.failures += 1
        self._named = self._now() + retry_after if retry_after else None
        self._wish = None
        self._ended(self._now() + max(1.0, delay(self.failures, self._jitter(), retry_after)))

    def refused(self) -> None:
        """The server knows this device no more: nothing by itself until somebody signs in."""
        self._wish = None
        self._ended(None)

    def stop(self) -> None:
        """Nothing more by itself."""
        self.due = self._wish = None

    def _free(self) -> None:
        self.failures = 0

    def _by(self, seconds: float) -> None:
        at = max(self._now() + seconds, self._named or 0.0)
        if self._running:
            self._wish = at if self._wish is None else min(at, self._wish)
        else:
            self.due = at if self.due is None else min(at, self.due)

    def _ended(self, due: float | None) -> None:
        self._running = False
        wish, self._wish = self._wish, None
        self.due = due if wish is None else max(self._now(), wish if due is None else min(wish, due))


class Awake:
    """Notices that the laptop slept: its wall clock went on while nobody looked."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = now()

    def slept(self) -> bool:
        """Say whether much more time has passed since the last look than between two looks."""
        before, self._last = self._last, self._now()
        return self._last - before > ASLEEP_SECONDS
