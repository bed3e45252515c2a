"""A day planned again so that little of it changes (V5).

A search sees ways only, and turning two halves of a day around changes three of them. So it is
made twice, once with ways that are dear to change; and what comes of it, and the order of
before with the new stops put in, are bettered by moving runs of stops, now with the price of
every pair that turns around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from fieldcrm import clock
from fieldcrm.rules.routing.problem import Plan, Problem
from fieldcrm.rules.routing.search import Search
from fieldcrm.rules.routing.tours import tour, waited

_CHANGED_KM = (1.5, 4.0)
_TURNED_KM = 0.4
_RUN = 3
_SWEEPS = 4
_SEARCHED = 0.6  # of the time


@dataclass(frozen=True)
class Limits:
    """How long a search may be, and who listens."""

    rounds: int
    seconds: float | None
    seed: int
    stop: Callable[[], bool]
    told: Callable[[float], None]

    def search(self, problem: Problem, share: float = 1.0, done: float = 0.0) -> Plan:
        """Search from the order of before on, for a share of the whole; ``done`` lies behind."""
        search = Search(problem, seed=self.seed, first=[kept(problem, range(problem.size))[0]])
        return search.run(
            round(self.rounds * share), seconds=None if self.seconds is None else self.seconds * share,
            stop=self.stop, told=lambda now, _plan: self.told(done + share * now),
        )  # fmt: skip

    def until(self, share: float) -> Callable[[], bool]:
        """Return what says that a share of the time from now on is over, or that somebody stops."""
        if self.seconds is None:
            return self.stop
        end = clock.monotonic_ms() + 1000 * self.seconds * share
        return lambda: clock.monotonic_ms() >= end or self.stop()


def small_changes(problem: Problem, limits: Limits, minutes_a_km: float) -> Plan:
    """Return the plan that is worth most and then changes least for its cost."""
    found = [limits.search(problem, 0.0)]
    if not limits.rounds:
        return found[0]
    part = _SEARCHED / len(_CHANGED_KM)
    for number, km in enumerate(_CHANGED_KM):
        dearer = _dearer(problem, km * minutes_a_km)
        found.append(limits.search(dearer, part, number * part))
    price, rest = _Price(problem, minutes_a_km), (1 - _SEARCHED) / len(found)
    bettered = [price.bettered(plan.tours[0], limits.until(rest)) for plan in found]
    lost = [sum(problem.prize[stop] for stop in plan.absent) for plan in found]
    best = min(range(len(found)), key=lambda n: (lost[n], price(bettered[n])))
    return replace(found[best], tours=(bettered[best],))


class _Price:
    """What an order costs: its ways, its waiting, each way that is new and each pair that turned."""

    def __init__(self, problem: Problem, minutes_a_km: float) -> None:
        self._problem = problem
        self._changed, self._turned = _CHANGED_KM[0] * minutes_a_km, _TURNED_KM * minutes_a_km

    def __call__(self, order: Sequence[int]) -> float:
        found = tour(self._problem, 0, order)
        if found is None:
            return float("inf")
        turned = sum(a > b for a, b in combinations(order, 2))
        changed = sum(there != here + 1 for here, there in pairwise([-1, *order]))
        return (
            sum(found.arcs)
            + self._problem.waiting * waited(self._problem, found)
            + self._turned * turned
            + self._changed * changed
        )

    def bettered(self, order: tuple[int, ...], stop: Callable[[], bool]) -> tuple[int, ...]:
        """Move runs of stops for as long as it pays."""
        best = self(order)
        for _ in range(_SWEEPS):
            before = order
            for tried in _moved(order):
                if (price := self(tried)) < best - 1e-9:
                    order, best = tried, price
                if stop():
                    return order
            if order == before:
                break
        return order


def _moved(order: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the orders in which one short run stands elsewhere."""
    for length in range(1, _RUN + 1):
        for begin in range(len(order) - length + 1):
            run, rest = order[begin : begin + length], order[:begin] + order[begin + length :]
            for place in range(len(rest) + 1):
                if place != begin:
                    yield rest[:place] + run + rest[place:]


def _dearer(problem: Problem, more: float) -> Problem:
    """Make every way dearer that the order of before did not have."""
    cost, size = [list(row) for row in problem.cost], problem.size
    before = {(size, 0)} | {(n, n + 1) for n in range(size - 1)} | {(size - 1, size + 1)}
    for u in range(size + 1):
        for v in range(size + 2):
            if u != v and (u, v) not in before:
                cost[u][v] += more
    return replace(problem, cost=cost)


def kept(problem: Problem, stops: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the stops in the order of before, less those that do not work, and those.

    What is worth most stays first, so that an appointment is not lost to what comes before it.
    """
    order, absent = list[int](), list[int]()
    for stop in sorted(stops, key=lambda stop: -problem.prize[stop]):
        tried = sorted([*order, stop])
        if tour(problem, 0, tried) is not None:
            order = tried
        else:
            absent.append(stop)
    return order, sorted(absent)
