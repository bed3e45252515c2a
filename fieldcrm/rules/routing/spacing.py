"""How two visits of one store keep their distance while a search moves both.

No solver in use knows that two stops depend on each other. So between every two visits a cut
is made: the first may move up to it, the second from so many days after it on. Cuts follow
the plan there is and lie elsewhere in the next pass, so that they forbid nothing for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise

from fieldcrm.rules.routing.day import Key
from fieldcrm.rules.routing.wanted import Wanted

Placed = Mapping[int, int]
"""The day (by its place) of each visit that has one."""


def keeps(visits: Sequence[Wanted[Key]], on: Sequence[date], placed: Placed, visit: int) -> list[int]:
    """Return the days on which a visit keeps its distance to the others of its store as they are."""
    taken = [n for n in _same(visits, visit) if n in placed and n != visit]
    return [
        day
        for day in visits[visit].days
        if all(abs((on[day] - on[placed[n]]).days) >= visits[max(n, visit)].apart for n in taken)
    ]


def _same(visits: Sequence[Wanted[Key]], visit: int) -> range:
    """Return the places of all visits of one store; they stand together, in order."""
    begin = visit - visits[visit].number
    end = visit + 1
    while end < len(visits) and visits[end].number:
        end += 1
    return range(begin, end)


def cuts(
    visits: Sequence[Wanted[Key]], on: Sequence[date], placed: Placed, movable: set[int], share: float
) -> dict[int, tuple[int, ...]]:
    """Return the days each movable visit may be on so that every distance holds, whatever moves.

    ``share`` of the room between two visits goes to the first.
    """
    first = dict.fromkeys(range(len(visits)), date.min)
    last = dict.fromkeys(range(len(visits)), date.max)
    for _, run in groupby(range(len(visits)), key=lambda n: n - visits[n].number):
        for a, b in pairwise(run):
            _cut(visits, on, placed, movable, share, (a, b), (first, last))
    return {n: tuple(d for d in visits[n].days if first[n] <= on[d] <= last[n]) for n in movable}


def _cut(
    visits: Sequence[Wanted[Key]], on: Sequence[date], placed: Placed, movable: set[int], share: float,
    pair: tuple[int, int], bounds: tuple[dict[int, date], dict[int, date]],
) -> None:  # fmt: skip
    (a, b), (first, last) = pair, bounds
    if not visits[a].days or not visits[b].days:
        return
    apart = timedelta(visits[b].apart)
    low = on[placed[a]] if a in placed else on[visits[a].days[0]]
    high = on[placed[b]] if b in placed else on[visits[b].days[-1]]
    if a not in movable and a not in placed:
        return
    if b not in movable and b not in placed:
        return
    room = (high - apart - low).days
    if room < 0:  # only one of them finds a day: the one that has one, else the first
        limit = high - apart if b in placed else low
    elif a not in movable:
        limit = low
    elif b not in movable:
        limit = high - apart
    else:
        limit = low + timedelta(round(room * share))
    last[a], first[b] = min(last[a], limit), max(first[b], limit + apart)
