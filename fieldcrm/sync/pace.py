"""When to try again: full jitter between nothing and a limit that doubles, 1 s to 5 min.

Full jitter keeps a fleet of laptops from coming back in step after an outage. A server
that names a time (Retry-After) is obeyed, never undercut.
"""

from __future__ import annotations

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 300.0


def delay(failures: int, jitter: float, retry_after: float | None = None) -> float:
    """Return the seconds to wait after ``failures`` in a row; ``jitter`` is drawn from 0..1."""
    if failures <= 0:
        return retry_after or 0.0
    limit = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 16))
    return max(retry_after or 0.0, limit * jitter)
