"""The state of a plan over many days, and the three ways to better it.

``fill`` puts in what costs least, A before B before C and the overdue first. ``improve`` gives
some days and everything that could be on them to a search. ``polish`` orders a single day with
its lunch and tries what was left out. None of them loses worth, and no two visits of a store
come nearer than they may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Generic

from fieldcrm.rules.routing import spacing
from fieldcrm.rules.routing.day import Key
from fieldcrm.rules.routing.insertion import cheapest
from fieldcrm.rules.routing.problem import REQUIRED, Day, Plan, Problem, total
from fieldcrm.rules.routing.search import Search
from fieldcrm.rules.routing.tours import Tour, tour
from fieldcrm.rules.routing.wanted import Wanted

Solve = Callable[[Problem, list[tuple[int, ...]]], Plan]
_TRIED_A_DAY = 30
_TRIED_FOR_EACH = 1.5  # stops without a day, for each that has one
_POLISH_ROUNDS = 25  # for each stop of the day
_WAYS = 3.5  # that the least visit is worth while days are searched together


class Horizon(Generic[Key]):
    """``visits`` are the first stops of ``problem``; the others keep their days."""

    def __init__(self, problem: Problem, visits: Sequence[Wanted[Key]], on: Sequence[date]) -> None:
        self.problem, self.visits, self.on = problem, visits, on
        self.tours: list[tuple[int, ...]] = [() for _ in problem.days]

    @property
    def placed(self) -> dict[int, int]:
        """Return the day of each stop that has one."""
        return {stop: day for day, stops in enumerate(self.tours) for stop in stops}

    @property
    def absent(self) -> list[int]:
        """Return the stops without a day."""
        placed = self.placed
        return [stop for stop in range(self.problem.size) if stop not in placed]

    def fill(self) -> None:
        """Insert what has no day yet where it costs least, what is worth most first."""
        standing = [self._tour(day) for day in range(len(self.tours))]
        placed = self.placed
        for stop in sorted(self.absent, key=lambda s: (-self.problem.prize[s], len(self._days(s)), s)):
            days = self._free(stop, placed)
            found = cheapest(self.problem, [standing[d] for d in days], stop, self.problem.prize[stop])
            if found is None:
                continue
            _, day, place = found
            old = self.tours[day]
            fresh = tour(self.problem, day, (*old[: place - 1], stop, *old[place - 1 :]))
            if fresh is not None:
                standing[day], self.tours[day], placed[stop] = fresh, fresh.stops, day

    def improve(self, days: Sequence[int], share: float, solve: Solve) -> None:
        """Let ``solve`` plan these days anew; ``share`` tells ``cuts`` where to cut.

        While not everything fits, visits are made cheap, or none would be given up on the way to a
        better plan; what comes of it is filled up and judged by what visits are really worth.
        """
        placed = self.placed
        here = [stop for day in days for stop in self.tours[day]]
        loose = [stop for stop in self.absent if any(day in days for day in self._days(stop))]
        most = round(_TRIED_FOR_EACH * len(here)) + _TRIED_A_DAY
        stops = [*here, *self._promising(days, loose)[:most]]
        if not stops:
            return
        movable = {stop for stop in stops if stop < len(self.visits)}
        allowed = spacing.cuts(self.visits, self.on, placed, movable, share)
        number = {stop: n for n, stop in enumerate(stops)}
        part = self._part(stops, days, allowed)
        before = [tuple(number[stop] for stop in self.tours[day]) for day in days]
        plan = solve(_cheaper(part, before) if loose else part, before)
        old, worth = list(self.tours), total(self.problem, self.tours)
        for day, tour_of_it in zip(days, plan.tours, strict=True):
            self.tours[day] = tuple(stops[n] for n in tour_of_it)
        self.fill()
        if total(self.problem, self.tours) >= worth:
            self.tours = old

    def polish(
        self, day: int, *, rounds: int, seconds: float | None = None, seed: int = 0,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """Search one day by itself: lunch, the order, and what was left out and might fit."""
        placed = self.placed
        loose = [n for n in self.absent if day in self._free(n, placed)]
        stops = [*self.tours[day], *self._promising([day], self._one_of_each(loose))[:_TRIED_A_DAY]]
        if not stops:
            return
        part = self._part(stops, [day], dict.fromkeys(stops, (day,)))
        first = [tuple(range(len(self.tours[day])))]
        search = Search(part, seed=seed, first=first)
        plan = search.run(min(rounds, _POLISH_ROUNDS * len(stops)), seconds=seconds, stop=stop)
        self.tours[day] = tuple(stops[n] for n in plan.tours[0])

    # -- parts -------------------------------------------------------------------------

    def _tour(self, day: int) -> Tour:
        found = tour(self.problem, day, self.tours[day])
        if found is None:
            raise ValueError("a day must be long enough for the way from its start to its end")
        return found

    def _days(self, stop: int) -> Sequence[int]:
        if stop < len(self.visits):
            return self.visits[stop].days
        return [day for day, windows in enumerate(self.problem.windows) if windows[stop]]

    def _free(self, stop: int, placed: dict[int, int]) -> Sequence[int]:
        if stop < len(self.visits):
            return spacing.keeps(self.visits, self.on, placed, stop)
        return self._days(stop)

    def _one_of_each(self, stops: Sequence[int]) -> list[int]:
        """Return one visit of each store: the plan of a day does not look after distances."""
        seen, chosen = set[int](), list[int]()
        for stop in stops:
            store = stop - self.visits[stop].number if stop < len(self.visits) else stop
            if store not in seen:
                seen.add(store)
                chosen.append(stop)
        return chosen

    def _promising(self, days: Sequence[int], loose: Sequence[int]) -> list[int]:
        """Return the stops without a day, what is worth most for its time first."""
        whole = self.problem
        nodes = [node for day in days for node in (whole.days[day].start, *self.tours[day])]

        def price(stop: int) -> float:
            nearest = min(whole.minutes[node][stop] for node in nodes)
            return (nearest + whole.service[stop]) / whole.prize[stop]

        return sorted(loose, key=lambda stop: (price(stop), stop))

    def _part(
        self, stops: Sequence[int], days: Sequence[int], allowed: Mapping[int, Sequence[int]]
    ) -> Problem:
        """Return the problem of some stops on some days; ``allowed`` narrows the days of visits."""
        whole = self.problem
        ends = [node for day in days for node in (whole.days[day].start, whole.days[day].end)]
        nodes = [*stops, *ends]
        minutes = [[row[v] for v in nodes] for row in (whole.minutes[u] for u in nodes)]
        size = len(stops)
        tours = [
            Day(size + 2 * n, size + 2 * n + 1, day.depart, day.latest, day.lunch)
            for n, day in enumerate(whole.days[d] for d in days)
        ]
        windows = [
            [whole.windows[day][stop] if day in allowed.get(stop, (day,)) else () for stop in stops]
            for day in days
        ]
        return Problem(
            minutes, minutes, [whole.service[stop] for stop in stops], [whole.prize[stop] for stop in stops],
            windows, tours, whole.waiting,
        )  # fmt: skip


def _cheaper(problem: Problem, tours: Sequence[Sequence[int]]) -> Problem:
    """Make the least visit worth some usual ways, and the others as many times more as they were."""
    days = [(day.start, *stops, day.end) for day, stops in zip(problem.days, tours, strict=True) if stops]
    ways = [problem.minutes[u][v] for nodes in days for u, v in pairwise(nodes)]
    least = min((prize for prize in problem.prize if prize > 0), default=0.0)
    if not ways or not least:
        return problem
    share = min(1.0, _WAYS * sum(ways) / len(ways) / least)
    return replace(problem, prize=[p if p >= REQUIRED else p * share for p in problem.prize])
