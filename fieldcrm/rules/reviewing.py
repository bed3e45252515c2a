"""When a visit report is to be decided, and which need no reading (V9).

A report has ``DAYS`` working days, counted from the day after the check-out; whoever decides
later is late, and nothing else happens: a deadline reminds, it never decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

DAYS = 2


def is_weekday(day: date) -> bool:
    """Return whether a day is Monday to Friday."""
    return day.isoweekday() <= 5


def due_on(left_on: date, *, days: int = DAYS, is_open: Callable[[date], bool] = is_weekday) -> date:
    """Return the last day for the decision on a visit that ended on ``left_on``."""
    day, left = left_on, days
    while left:
        day += timedelta(1)
        left -= is_open(day)
    return day
