"""A day into which not everything fits: which of the stops that one would visit at any price.

A search with such prizes only ever exchanges one stop for another; it never gives one up on the
way to a better choice. So they are made worth a few usual ways, the day is searched, and what
comes of it is filled up at the real prizes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fieldcrm.rules.routing.insertion import cheapest
from fieldcrm.rules.routing.problem import NEVER, REQUIRED, Plan, Problem
from fieldcrm.rules.routing.search import Search
from fieldcrm.rules.routing.tours import tour

_WAYS = 3.5
_FIRST, _CHEAP = 0.15, 0.7  # of the whole; the rest is searched at the real prizes
_MILD, _COOL = 1.0, 0.3

Run = Callable[[Search, float, float, float], Plan]
"""Goes on with a search for a share of the whole, with so much of it behind, and with some heat."""


def searched(problem: Problem, order: list[int], seed: int, run: Run) -> Plan:
    """Return the best plan of one day found from an order on."""
    search = Search(problem, seed=seed, first=[order])
    first = run(search, _FIRST, 0.0, 1.0)
    if not is_full(problem, first):
        return run(search, 1 - _FIRST, _FIRST, 1.0)
    cheap = Search(_cheaper(problem, first), seed=seed, first=first.tours)
    found = run(cheap, _CHEAP, _FIRST, _MILD)
    last = Search(problem, seed=seed, first=found.tours)
    return min(first, run(last, 1 - _FIRST - _CHEAP, _FIRST + _CHEAP, _COOL), key=lambda plan: plan.cost)


def is_full(problem: Problem, plan: Plan) -> bool:
    """Say whether a stop is left out that must be in, and could be if it were alone."""
    alone = tour(problem, 0, ())
    return alone is not None and any(
        problem.prize[stop] >= REQUIRED and cheapest(problem, [alone], stop, NEVER) is not None
        for stop in plan.absent
    )


def _cheaper(problem: Problem, plan: Plan) -> Problem:
    """Make what must be in worth some ways as the plan has them, and more than what need not be."""
    found = tour(problem, 0, plan.tours[0])
    ways = found.arcs if found else [0.0]
    optional = max((prize for prize in problem.prize if prize < REQUIRED), default=0.0)
    worth = max(_WAYS * sum(ways) / len(ways), optional)
    return replace(problem, prize=[p if p < REQUIRED else p / REQUIRED * worth for p in problem.prize])
