"""When a visit report is to be decided (V9).

A report has ``DAYS`` working days, counted from the day after the check-out; whoever decides
later is late, and nothing else happens: a deadline reminds, it never decides.
"""

from __future__ import annotations

from datetime import date, timedelta

from fieldcrm.rules.workdays import Workdays

DAYS = 2


def due_on(left_on: date, workdays: Workdays, days: int = DAYS) -> date:
    """Return the last day for the decision on a visit that ended on ``left_on``."""
    day = left_on
    for _ in range(days):
        day = workdays.on_or_after(day + timedelta(1))
    return day
