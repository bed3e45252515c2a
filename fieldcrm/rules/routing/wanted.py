"""The visits that stores want over several weeks, and the days each of them may be on (V1).

A visit may be on any working day from the week it falls due in until the next one of its store
does; a cadence under a week counts by days. What is overdue may be on the first day, if the
visit before is long enough ago.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Generic

from fieldcrm.rules.cadence import Rhythm
from fieldcrm.rules.routing.day import Key, Window
from fieldcrm.rules.workdays import Workdays

_WEEK = 7


@dataclass(frozen=True)
class Store(Generic[Key]):
    """A store with its rhythm; ``hours`` by ISO weekday, empty if nobody wrote them down.

    ``joint`` says when whoever comes along can: one visit is then wanted on one of those days,
    in its windows, whatever the cadence says.
    """

    key: Key
    grade: str
    rhythm: Rhythm
    due_on: date
    last_on: date | None = None
    hours: Mapping[int, tuple[Window, ...]] | None = None
    joint: Mapping[date, tuple[Window, ...]] | None = None

    @property
    def earliest(self) -> date:
        """Return the first day that keeps the distance to the visit before."""
        return self.rhythm.earliest(self.last_on)

    def is_open(self, on: date) -> bool:
        """Say whether a visit is possible on that day at all."""
        return self.hours is None or bool(self.hours.get(on.isoweekday()))


@dataclass(frozen=True)
class Wanted(Generic[Key]):
    """The visit that is ``number`` of its store, when it falls due and which days it may be on."""

    store: Store[Key]
    number: int
    due_on: date
    days: tuple[int, ...]

    @property
    def apart(self) -> int:
        """Return how many days it is after the visit before, at least."""
        return self.store.rhythm.on(self.due_on).least

    @property
    def is_joint(self) -> bool:
        """Say whether somebody comes along."""
        return self.store.joint is not None and self.number == 0


def wanted(stores: Sequence[Store[Key]], days: Sequence[date], workdays: Workdays) -> list[Wanted[Key]]:
    """Return all visits that fall due until the end of the last day's week, store by store."""
    return [visit for store in stores for visit in _of(store, days, workdays)] if days else []


def _of(store: Store[Key], days: Sequence[date], workdays: Workdays) -> Iterator[Wanted[Key]]:
    first, end = days[0], sunday(days[-1])
    due, ranges = store.due_on, list[tuple[date, date]]()
    if store.joint is not None:
        together = tuple(n for n, day in enumerate(days) if store.joint.get(day) and store.is_open(day))
        yield Wanted(store, 0, due, together)
        due = store.rhythm.due(days[together[-1]], workdays) if together else due
    while due <= end:
        ranges.append((due, _begin(store, due)))
        due = store.rhythm.due(max(due, first), workdays)
    last = (due, max(_begin(store, due), end + timedelta(1)))
    for number, ((on, begin), (_, over)) in enumerate(pairwise([*ranges, last]), store.joint is not None):
        here = tuple(
            place
            for place, day in enumerate(days)
            if begin <= day < over and day >= store.earliest and store.is_open(day)
        )
        yield Wanted(store, number, on, here)


def _begin(store: Store[Key], due: date) -> date:
    return due - timedelta(due.weekday()) if store.rhythm.on(due).every >= _WEEK else due


def sunday(on: date) -> date:
    """Return the end of the week: what falls due on a free day is visited before it."""
    return on + timedelta(_WEEK - on.isoweekday())
