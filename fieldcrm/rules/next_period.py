"""What to change in the next period: the Act of plan, do, check, act (V1).

Looked at are the visits of half a year. A gap between two visits is late when the later one
came after the last day in time; the time since the last visit counts once it is late too.

- **never met**: three gaps or more, and every one late: the store gets the rhythm it really has
  (the middle gap), or somebody must find the time for it
- **overdue again**: two of the last three gaps late: the store goes first in the next period
- **missed again**: planned and missed three times for one reason: what the reason names is wrong
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from statistics import median_high
from uuid import UUID

from fieldcrm.rules.cadence import LONGEST, Rhythm
from fieldcrm.rules.visit_board import MOVED, Plan, Store, is_over, why
from fieldcrm.rules.workdays import Workdays

LOOKED_BACK = timedelta(days=182)
Latest = Callable[[Rhythm, date], date]
_NEVER, _AGAIN, _RECENT, _SAME = 3, 2, 3, 3


class Change(StrEnum):
    """What is proposed for a store, the weightiest first."""

    SLOWER = "slower"
    FIRST = "first"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Proposed:
    """One change; ``gaps`` are the days it is drawn from, ``days`` what was really reached."""

    change: Change
    account_id: UUID
    wanted: int
    gaps: tuple[int, ...] = ()
    days: int = 0
    reason: str = ""


def proposals(
    stores: Sequence[Store], plans: Sequence[Plan], done: frozenset[UUID], workdays: Workdays, today: date
) -> list[Proposed]:
    """Return what to change, one a store; ``done`` are the plans with a finished visit."""
    missed = _reasons(plans, done, today)
    latest = cache(lambda rhythm, day: rhythm.latest(day, workdays))  # many stores share a rhythm and a day
    found = [_proposed(store, missed.get(store.account_id), latest, today) for store in stores]
    order = list(Change)
    made = [each for each in found if each is not None]
    return sorted(made, key=lambda each: (order.index(each.change), -max(each.gaps, default=0)))


def _proposed(store: Store, reason: tuple[str, int] | None, latest: Latest, today: date) -> Proposed | None:
    gaps = _gaps(store, latest, today)
    every = store.rhythm.on(today).every
    days = tuple(length for length, _ in gaps)
    closed = [late for (_, late), ended in zip(gaps, _ended(store, today), strict=False) if ended]
    if len(closed) >= _NEVER and all(closed):
        reached = min(LONGEST, median_high(days))
        return Proposed(Change.SLOWER, store.account_id, every, days, reached)
    if sum(late for _, late in gaps[-_RECENT:]) >= _AGAIN:
        return Proposed(Change.FIRST, store.account_id, every, days)
    if reason is not None:
        return Proposed(Change.REASON, store.account_id, every, days, reason[1], reason[0])
    return None


def _gaps(store: Store, latest: Latest, today: date) -> list[tuple[int, bool]]:
    """Return how long each gap was and whether it was late; the running one only when it is late."""
    seen = _seen(store, today)
    gaps = [
        ((later - earlier).days, later > latest(store.rhythm, earlier)) for earlier, later in pairwise(seen)
    ]
    if seen and today > latest(store.rhythm, seen[-1]):
        gaps.append(((today - seen[-1]).days, True))
    return gaps


def _ended(store: Store, today: date) -> list[bool]:
    number = max(0, len(_seen(store, today)) - 1)
    return [True] * number + [False]


def _seen(store: Store, today: date) -> list[date]:
    return sorted({day for day in store.visited if today - LOOKED_BACK <= day <= today})


def _reasons(plans: Sequence[Plan], done: frozenset[UUID], today: date) -> dict[UUID, tuple[str, int]]:
    """Return the one reason for which a store was missed again and again."""
    counted: dict[UUID, Counter[str]] = {}
    for plan in plans:
        missed = plan.id not in done and is_over(plan, today)
        if missed and why(plan) not in ("", MOVED) and plan.on >= today - LOOKED_BACK:
            counted.setdefault(plan.account_id, Counter())[why(plan)] += 1
    tops = {account: counts.most_common(1)[0] for account, counts in counted.items()}
    return {account: top for account, top in tops.items() if top[1] >= _SAME}
