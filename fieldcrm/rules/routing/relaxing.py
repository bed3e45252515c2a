"""Why a stop is left out of a day, and the least that would let it in (V5).

Each relaxation is tried for real: the plan with that one change must work with the stop in it
and everything that was in it before. The cheapest is the one that asks least of people: an
own minute counts once, a minute of the store's twice, another day or another store's visit
more than either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic

from fieldcrm.rules.routing.day import Key, Stop, Terms
from fieldcrm.rules.routing.insertion import cheapest
from fieldcrm.rules.routing.planning import problem_of
from fieldcrm.rules.routing.problem import NEVER
from fieldcrm.rules.routing.tours import tour

_STEPS = (15, 30, 45, 60, 90, 120, 180)
_SHORT_LUNCH = 30


class Reason(StrEnum):
    """Why a stop is not in the day."""

    CLOSED = "closed"  # the store is not open that day
    SHORT_WINDOW = "short_window"  # it is never open as long as the visit takes
    TOO_LATE = "too_late"  # it is closed again before one can be there, or still be home in time
    NO_TIME = "no_time"  # the day is full
    COMPANION = "companion"  # whoever comes along has no time for it while the store is open


class Change(StrEnum):
    """What could be changed; ``minutes`` says by how much."""

    LUNCH_SHORTER = "lunch_shorter"
    DAY_LONGER = "day_longer"
    VISIT_SHORTER = "visit_shorter"
    OPEN_LONGER = "open_longer"
    INSTEAD_OF = "instead_of"


_PRICE = {
    Change.LUNCH_SHORTER: 1.0,
    Change.DAY_LONGER: 1.2,
    Change.VISIT_SHORTER: 1.5,
    Change.OPEN_LONGER: 2.0,
}
_PRICE_INSTEAD = 90.0


@dataclass(frozen=True)
class Relaxation(Generic[Key]):
    """One change that lets the stop in, and what it asks; ``instead_of`` names the stop that would go."""

    change: Change
    minutes: int
    price: float
    instead_of: Key | None = None


@dataclass(frozen=True)
class LeftOut(Generic[Key]):
    """A stop that is not in the day, why, and what would let it in, the cheapest first."""

    key: Key
    reason: Reason
    relaxations: tuple[Relaxation[Key], ...]


def explain(
    planned: Sequence[Stop[Key]], left_out: Sequence[Stop[Key]], terms: Terms
) -> tuple[LeftOut[Key], ...]:
    """Explain every stop that was left out of the day whose stops are ``planned``, in order."""
    return tuple(_explained(planned, stop, terms) for stop in left_out)


def _explained(planned: Sequence[Stop[Key]], stop: Stop[Key], terms: Terms) -> LeftOut[Key]:
    found = [first for tried in _tried(planned, stop, terms) if (first := next(tried, None)) is not None]
    return LeftOut(stop.key, reason(planned, stop, terms), tuple(sorted(found, key=lambda r: r.price)))


def reason(planned: Sequence[Stop[Key]], stop: Stop[Key], terms: Terms) -> Reason:
    """Say why a stop is left out: of itself, or because of the others."""
    if stop.closed:
        return Reason.CLOSED
    if stop.windows and max(b - a for a, b in stop.windows) < stop.minutes:
        return Reason.SHORT_WINDOW
    both = stop.hours
    if stop.joint is not None and max((b - a for a, b in both or ()), default=0) < stop.minutes:
        return Reason.COMPANION
    alone = [each for each in planned if each.fixed]
    return Reason.NO_TIME if fits(alone, stop, terms) else Reason.TOO_LATE


def fits(planned: Sequence[Stop[Key]], stop: Stop[Key], terms: Terms) -> bool:
    """Say whether one more stop fits into a day as it is planned, somewhere."""
    head, rest = [s for s in planned if s.fixed], [s for s in planned if not s.fixed]
    problem = problem_of(head, [*rest, stop], terms)
    stands = tour(problem, 0, range(len(rest)))
    return stands is not None and cheapest(problem, [stands], len(rest), NEVER) is not None


def _tried(
    planned: Sequence[Stop[Key]], stop: Stop[Key], terms: Terms
) -> Iterator[Iterator[Relaxation[Key]]]:
    """Yield, for each kind of change, the changes of that kind that work, the smallest first."""
    yield _shorter_lunch(planned, stop, terms)
    yield (
        Relaxation(Change.DAY_LONGER, more, more * _PRICE[Change.DAY_LONGER])
        for more in _STEPS
        if fits(planned, stop, replace(terms, latest=terms.latest + more))
    )
    yield (
        Relaxation(Change.VISIT_SHORTER, less, less * _PRICE[Change.VISIT_SHORTER])
        for less in _STEPS
        if less <= stop.minutes // 2 and fits(planned, replace(stop, minutes=stop.minutes - less), terms)
    )
    yield (
        Relaxation(Change.OPEN_LONGER, more, more * _PRICE[Change.OPEN_LONGER])
        for more in _STEPS
        if stop.windows and fits(planned, _longer(stop, more), terms)
    )
    yield (
        Relaxation(Change.INSTEAD_OF, 0, _PRICE_INSTEAD, other.key)
        for other in sorted((s for s in planned if not s.fixed), key=lambda s: s.worth)
        if other.worth < stop.worth and fits([each for each in planned if each is not other], stop, terms)
    )


def _shorter_lunch(planned: Sequence[Stop[Key]], stop: Stop[Key], terms: Terms) -> Iterator[Relaxation[Key]]:
    for minutes in (_SHORT_LUNCH, 0):
        saved = terms.lunch_minutes - minutes
        if (
            terms.lunch is not None
            and saved > 0
            and fits(planned, stop, replace(terms, lunch_minutes=minutes))
        ):
            yield Relaxation(Change.LUNCH_SHORTER, saved, saved * _PRICE[Change.LUNCH_SHORTER])


def _longer(stop: Stop[Key], minutes: int) -> Stop[Key]:
    """Return the stop with its last closing time put off."""
    *others, (opens, closes) = sorted(stop.windows)
    return replace(stop, windows=(*others, (opens, closes + minutes)))
