"""The one word a list says of an account: what needs doing first.

At most one badge per row, the gravest first; an account that needs nothing is ``NORMAL``
and gets no badge at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

QUIET = timedelta(days=30)


class Standing(StrEnum):
    """What an account needs, gravest first."""

    CONFLICT = "conflict"
    OVERDUE = "overdue"
    TODAY = "today"
    DUE = "due"
    QUIET = "quiet"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the word is decided by; no ``due_on`` means never visited."""

    conflicts: int = 0
    receivable: Decimal = Decimal()
    overdue_since: date | None = None
    planned_on: date | None = None
    due_on: date | None = None
    last_order_on: date | None = None


def standing(facts: Facts, today: date) -> Standing:
    """Return what this account needs today."""
    if facts.conflicts:
        return Standing.CONFLICT
    if is_overdue(facts.receivable, facts.overdue_since, today):
        return Standing.OVERDUE
    if facts.planned_on == today:
        return Standing.TODAY
    if facts.due_on is None or facts.due_on <= today:
        return Standing.DUE
    return Standing.QUIET if is_quiet(facts.last_order_on, today) else Standing.NORMAL


def is_overdue(receivable: Decimal, since: date | None, today: date) -> bool:
    """Return whether money should have come before ``today``."""
    return receivable > 0 and since is not None and since <= today


def is_quiet(last_order_on: date | None, today: date) -> bool:
    """Return whether nothing was ordered in the last 30 days."""
    return last_order_on is None or last_order_on <= today - QUIET
