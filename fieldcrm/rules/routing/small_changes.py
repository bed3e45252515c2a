"""A day planned again so that little of it changes (V5).

A search sees ways only, and turning two halves of a day around changes three of them. So it is
made with ways that are dear to change and once without; and what comes of it, and the order of
before with the new stops put in, are bettered by small moves, now with the price of every pair
that turns around. What has no place in the order of before may go anywhere for nothing, and
what is left out changes nothing for those that stay.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fieldcrm import clock
from fieldcrm.rules.routing import full_day
from fieldcrm.rules.routing.problem import REQUIRED, Plan, Problem
from fieldcrm.rules.routing.search import Search
from fieldcrm.rules.routing.tours import finish, tour

_CHANGED_KM = 2.0
_TURNED_KM = 0.4
_LEFT_OUT_KM = 12.0  # so much is changed for one store more; who wants all of them takes the best order
_DEARER_KM = (1.5, 4.0, 0.0)
_RUN = 3
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

        def run(search: Search, part: float, before: float, heat: float) -> Plan:
            return search.run(
                round(self.rounds * share * part),
                seconds=None if self.seconds is None else self.seconds * share * part, stop=self.stop,
                told=lambda now, _plan: self.told(done + share * (before + part * now)), heat=heat,
            )  # fmt: skip

        return full_day.searched(problem, kept(problem, range(problem.size))[0], self.seed, run)

    def until(self, share: float) -> Callable[[], bool]:
        """Return what says that a share of the time from now on is over, or that somebody stops."""
        if self.seconds is None:
            return self.stop
        end = clock.monotonic_ms() + 1000 * self.seconds * share
        return lambda: clock.monotonic_ms() >= end or self.stop()


def small_changes(problem: Problem, fresh: Collection[int], limits: Limits, minutes_a_km: float) -> Plan:
    """Return the plan that is worth most and then changes least for its cost; ``fresh`` had no place."""
    order, _ = kept(problem, [stop for stop in range(problem.size) if stop not in fresh])
    found = [Search(problem, first=[order]).run(0)]
    if not limits.rounds:
        return found[0]
    part = _SEARCHED / len(_DEARER_KM)
    for number, km in enumerate(_DEARER_KM):
        dearer = _dearer(problem, fresh, km * minutes_a_km)
        found.append(limits.search(dearer, part, number * part))
    price, rest = _Price(problem, fresh, minutes_a_km), (1 - _SEARCHED) / len(found)
    bettered = [price.bettered(plan.tours[0], limits.until(rest)) for plan in found]
    best = min(bettered, key=price)
    absent = tuple(stop for stop in range(problem.size) if stop not in best)
    return Plan((best,), absent, price(best))


class _Price:
    """What an order costs: ways, waiting, what it leaves out, each way that is new, each pair that turned."""

    def __init__(self, problem: Problem, fresh: Collection[int], minutes_a_km: float) -> None:
        self._problem, self._fresh = problem, frozenset(fresh)
        self._changed, self._turned = _CHANGED_KM * minutes_a_km, _TURNED_KM * minutes_a_km
        most = _LEFT_OUT_KM * minutes_a_km / REQUIRED
        self._prize = [prize if prize < REQUIRED else prize * most for prize in problem.prize]

    def __call__(self, order: Sequence[int]) -> float:
        return self._walked(order, self._without_waiting(order))

    def _without_waiting(self, order: Sequence[int]) -> float:
        problem, fresh = self._problem, self._fresh
        day, row = problem.days[0], problem.cost
        ways = sum(row[u][v] for u, v in pairwise((day.start, *order, day.end))) if order else 0.0
        here = set(order)
        lost = sum(prize for stop, prize in enumerate(self._prize) if stop not in here)
        stayed = [stop for stop in order if stop not in fresh] if fresh else order
        in_turn = sorted(stayed)
        after = dict(pairwise([-1, *in_turn]))
        changed = sum(after.get(u) != v for u, v in pairwise([-1, *stayed]))
        turned = sum(sum(v < u for v in stayed[n:]) for n, u in enumerate(stayed)) if changed else 0
        return ways + lost + self._changed * changed + self._turned * turned

    def _walked(self, order: Sequence[int], price: float) -> float:
        problem = self._problem
        over = finish(problem, 0, order)
        if over is None:
            return float("inf")
        if not order:
            return price
        day = problem.days[0]
        driven = sum(problem.minutes[u][v] for u, v in pairwise((day.start, *order, day.end)))
        waited = over - day.depart - driven - sum(problem.service[stop] for stop in order)
        return price + problem.waiting * waited

    def bettered(self, order: tuple[int, ...], stop: Callable[[], bool]) -> tuple[int, ...]:
        """Move, exchange and put in stops for as long as it pays."""
        best, found = self(order), True
        while found:
            found = False
            for tried in self._moved(order):
                price = self._without_waiting(tried)
                if price < best and (price := self._walked(tried, price)) < best - 1e-9:
                    order, best, found = tried, price, True
                    break
                if stop():
                    return order
        return order

    def _moved(self, order: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Yield the orders with one short run elsewhere or turned around, or one stop put in or exchanged."""
        for length in range(1, _RUN + 1):
            for begin in range(len(order) - length + 1):
                run, rest = order[begin : begin + length], order[:begin] + order[begin + length :]
                for place in range(len(rest) + 1):
                    if place != begin:
                        yield rest[:place] + run + rest[place:]
        for begin in range(len(order)):
            for end in range(begin + 2, len(order) + 1):
                yield order[:begin] + order[begin:end][::-1] + order[end:]
        for stop in range(self._problem.size):
            if stop not in order:
                yield from ((*order[:n], stop, *order[n:]) for n in range(len(order) + 1))
                for gone in range(len(order)):
                    rest = order[:gone] + order[gone + 1 :]
                    yield from ((*rest[:n], stop, *rest[n:]) for n in range(len(rest) + 1))


def _dearer(problem: Problem, fresh: Collection[int], more: float) -> Problem:
    """Make every way dearer that the order of before did not have; to and from a new stop half as much."""
    cost, size = [list(row) for row in problem.cost], problem.size
    placed = [stop for stop in range(size) if stop not in fresh]
    before = set(pairwise([size, *placed, size + 1]))
    for u in range(size + 1):
        for v in range(size + 2):
            if u != v and (u, v) not in before:
                cost[u][v] += more / 2 if u in fresh or v in fresh else more
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
