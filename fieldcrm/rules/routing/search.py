"""Ruin and recreate: take some stops out, put them back where they cost least, keep what helps.

Stops near one another, runs of a tour or random ones are taken out and put back greedily, now
and then passing over the best place (blinks, after Christiaens and Vanden Berghe's slack
induction by string removals); worse plans are kept less and less often (annealing). The same
seed and number of rounds give the same plan; a time limit makes it stop early.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from fieldcrm import clock
from fieldcrm.rules.routing.insertion import cheapest
from fieldcrm.rules.routing.problem import REQUIRED, Plan, Problem
from fieldcrm.rules.routing.tours import Tour, tour, waited

_BLINK = 0.01
_RUN = 10
_BOLD = 0.3  # of a usual prize: so much worse may a plan be at first
_TRIED = 4  # of the stops left out for longer, in one round
_LOOK = 15  # rounds between two looks at the clock
_Stop = Callable[[], bool]


class Search:
    """One search over one problem; ``run`` may be called again to go on from the best plan."""

    def __init__(
        self, problem: Problem, *, seed: int = 0, first: Sequence[Sequence[int]] | None = None
    ) -> None:
        self._problem = problem
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._near = _neighbours(problem)
        self._tours = [_empty(problem, day) for day in range(len(problem.days))]
        self._absent = set(range(problem.size))
        self._begin(first)
        self._cost = self._total()
        self._best = self._plan()

    def run(
        self, rounds: int, *, seconds: float | None = None, stop: _Stop = lambda: False,
        told: Callable[[float, Plan], None] = lambda _share, _plan: None, heat: float = 1.0,
    ) -> Plan:  # fmt: skip
        """Search for ``rounds`` or ``seconds``; ``told`` hears the share done and the best plan so far.

        With less ``heat`` than usual it stays nearer to the plan it has.
        """
        began = clock.monotonic_ms()
        hot, cold = self._temperatures()
        hot = max(cold, hot * heat)
        share = 0.0
        for number in range(rounds):
            if number % _LOOK == 0:
                share = number / rounds
                if seconds is not None:
                    share = max(share, (clock.monotonic_ms() - began) / 1000 / seconds)
                if share >= 1.0 or stop():
                    break
                told(share, self._best)
            self._round(hot * (cold / hot) ** share)
        told(1.0, self._best)
        return self._best

    # -- one round ---------------------------------------------------------------------

    def _round(self, heat: float) -> None:
        tours, absent, cost = self._tours, self._absent, self._cost
        self._tours, self._absent = list(tours), set(absent)
        self._ruin()
        self._recreate(absent)
        self._cost = self._total()
        if self._cost >= cost - heat * math.log(self._chance.random() or 1e-300):
            self._tours, self._absent, self._cost = tours, absent, cost
        elif self._cost < self._best.cost - 1e-9:
            self._best = self._plan()

    def _plan(self) -> Plan:
        tours = tuple(tour.stops for tour in self._tours)
        return Plan(tours, tuple(sorted(self._absent)), self._cost)

    def _total(self) -> float:
        ways = sum(sum(tour.arcs) for tour in self._tours)
        lost = sum(self._problem.prize[stop] for stop in self._absent)
        if not self._problem.waiting:
            return ways + lost
        return ways + lost + self._problem.waiting * sum(waited(self._problem, each) for each in self._tours)

    # -- ruin --------------------------------------------------------------------------

    def _ruin(self) -> None:
        placed = [
            (number, place) for number, t in enumerate(self._tours) for place in range(len(t.nodes) - 2)
        ]
        if not placed:
            return
        number, place = self._chance.choice(placed)
        kind = self._chance.random()
        most = max(1, min(_RUN, len(placed) // 2 + 1))
        count = self._chance.randint(1, most)
        if len(self._tours) > 1 and kind < 0.7:
            gone = self._strings(self._tours[number].stops[place], count)
        elif kind < 0.5:
            gone = self._around(self._tours[number].stops[place], count)
        elif kind < 0.8:
            gone = self._run_of(self._tours[number].stops, place, count)
        else:
            gone = {self._tours[n].stops[p] for n, p in self._chance.sample(placed, min(count, len(placed)))}
        self._take_out(gone)

    def _around(self, seed: int, count: int) -> set[int]:
        near = (stop for stop in self._near[seed] if stop not in self._absent)
        gone = {seed}
        for stop in near:
            if len(gone) >= count:
                break
            gone.add(stop)
        return gone

    def _run_of(self, stops: tuple[int, ...], place: int, count: int) -> set[int]:
        length = min(count, len(stops))
        begin = self._chance.randint(max(0, place - length + 1), min(place, len(stops) - length))
        return set(stops[begin : begin + length])

    def _strings(self, seed: int, count: int) -> set[int]:
        """Take runs out of several tours that pass near ``seed``."""
        where = {stop: (n, p) for n, t in enumerate(self._tours) for p, stop in enumerate(t.stops)}
        gone, ruined = set[int](), set[int]()
        for stop in (seed, *self._near[seed]):
            if len(gone) >= count:
                break
            if stop in where and where[stop][0] not in ruined:
                number, place = where[stop]
                stops = self._tours[number].stops
                gone |= self._run_of(stops, place, self._chance.randint(1, min(len(stops), _RUN)))
                ruined.add(number)
        return gone

    def _take_out(self, gone: set[int]) -> None:
        for number, old in enumerate(self._tours):
            if not gone.isdisjoint(old.nodes):
                left = [stop for stop in old.stops if stop not in gone]
                fresh = tour(self._problem, number, left)
                if fresh is None:  # roads may disobey the triangle rule: then the whole day is made anew
                    gone = gone | set(left)
                    fresh = _empty(self._problem, number)
                self._tours[number] = fresh
        self._absent |= gone

    # -- recreate ----------------------------------------------------------------------

    def _recreate(self, before: set[int]) -> None:
        chance, prize = self._chance, self._problem.prize
        for stop in self._in_turn(self._tried(before)):
            found = cheapest(self._problem, self._tours, stop, prize[stop], lambda: chance.random() < _BLINK)
            if found is not None:
                _, number, place = found
                old = self._tours[number].stops
                fresh = tour(self._problem, number, (*old[: place - 1], stop, *old[place - 1 :]))
                if fresh is not None:
                    self._tours[number] = fresh
                    self._absent.discard(stop)

    def _tried(self, before: set[int]) -> list[int]:
        """Return what was taken out just now, and no more of the rest than a round can try."""
        if len(before) <= _TRIED:
            return list(self._absent)
        return [*(self._absent - before), *self._chance.sample(sorted(before), _TRIED)]

    def _in_turn(self, stops: list[int]) -> list[int]:
        """Return the stops in one of several orders: by chance, by prize, by how little time they leave."""
        stops.sort()
        self._chance.shuffle(stops)
        kind = self._chance.random()
        if kind < 0.3:
            stops.sort(key=lambda stop: -self._problem.prize[stop])
        elif kind < 0.5:
            stops.sort(key=self._freedom)
        elif kind < 0.6:
            stops.sort(key=lambda stop: -self._problem.prize[stop] / (self._problem.service[stop] + 1))
        return stops

    def _freedom(self, stop: int) -> float:
        return sum(b - a for day in self._problem.windows for a, b in day[stop])

    # -- the beginning -----------------------------------------------------------------

    def _begin(self, first: Sequence[Sequence[int]] | None) -> None:
        for number, stops in enumerate(first or ()):
            given = tour(self._problem, number, list(stops))
            if given is not None:
                self._tours[number] = given
                self._absent.difference_update(stops)
        for stop in sorted(self._absent, key=lambda s: (-self._problem.prize[s], self._freedom(s), s)):
            self._put_first(stop)

    def _put_first(self, stop: int) -> None:
        found = cheapest(self._problem, self._tours, stop, self._problem.prize[stop])
        if found is None:
            return
        _, number, place = found
        old = self._tours[number].stops
        fresh = tour(self._problem, number, (*old[: place - 1], stop, *old[place - 1 :]))
        if fresh is not None:
            self._tours[number] = fresh
            self._absent.discard(stop)

    def _temperatures(self) -> tuple[float, float]:
        """Return how bold the search begins and how careful it ends, from what a way costs here."""
        ways = [self._problem.cost[u][v] for u in range(self._problem.size) for v in self._near[u][:3]]
        typical = max(sum(ways) / len(ways) if ways else 1.0, 1e-6)
        optional = sorted(prize for prize in self._problem.prize if prize < REQUIRED)
        worth = optional[len(optional) // 2] if optional else 0.0
        return max(typical, _BOLD * worth), typical / 100


def solve(problem: Problem, rounds: int, *, seed: int = 0, seconds: float | None = None) -> Plan:
    """Return the best plan found."""
    if not problem.size:
        return Plan(tuple(() for _ in problem.days), (), 0.0)
    return Search(problem, seed=seed).run(rounds, seconds=seconds)


def _neighbours(problem: Problem) -> list[list[int]]:
    """Return for each stop the others by what the way there and back costs."""
    cost, stops = problem.cost, range(problem.size)
    return [
        sorted((v for v in stops if v != u), key=lambda v, u=u: (cost[u][v] + cost[v][u], v))  # type: ignore[misc]
        for u in stops
    ]


def _empty(problem: Problem, day: int) -> Tour:
    found = tour(problem, day, ())
    if found is None:
        raise ValueError("a day must be long enough for the way from its start to its end")
    return found
