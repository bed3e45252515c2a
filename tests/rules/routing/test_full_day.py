"""A day into which not everything fits visits as many stops as can be, by the shortest ways to them."""

from __future__ import annotations

import itertools
import random

import pytest

from fieldcrm.rules.routing import full_day
from fieldcrm.rules.routing.problem import REQUIRED, Day, Lunch, Plan, Problem, total
from fieldcrm.rules.routing.search import Search
from fieldcrm.rules.routing.tours import finish, tour


def crowded(seed: int, size: int = 7) -> Problem:
    """Make a short day with a lunch, and stores shut at noon that would fill more than it."""
    chance = random.Random(seed)
    points = [(chance.uniform(0, 110), chance.uniform(0, 110)) for _ in range(size)] + [(55.0, 55.0)]
    ways = [[abs(a - c) + abs(b - d) for c, d in points] for a, b in points]
    hours = ((480.0, 700.0), (790.0, 1000.0))
    day = Day(size, size, 480.0, 860.0, Lunch(700, 790, 45))
    return Problem(ways, ways, [20.0] * size, [REQUIRED] * size, [[hours] * size], [day])


def planned(problem: Problem, rounds: int) -> Plan:
    def run(search: Search, part: float, _before: float, heat: float) -> Plan:
        return search.run(round(rounds * part), heat=heat)

    return full_day.searched(problem, [], 0, run)


@pytest.mark.parametrize("seed", range(6))
def test_a_full_day_is_planned_as_well_as_possible(seed: int) -> None:
    asked = crowded(seed)
    found = planned(asked, 400)
    orders = (o for count in range(8) for o in itertools.permutations(range(7), count))
    works = (order for order in orders if finish(asked, 0, order) is not None)
    assert found.absent
    assert found.cost == pytest.approx(min(total(asked, [order]) for order in works))


def test_a_stop_that_would_not_fit_alone_makes_no_day_full() -> None:
    asked = crowded(1, 3)
    far = [[*row] for row in asked.minutes]
    far[3][2] = far[2][3] = 900.0
    lonely = Problem(far, far, asked.service, asked.prize, asked.windows, asked.days)
    plan = planned(lonely, 50)
    assert plan.absent == (2,)
    assert not full_day.is_full(lonely, plan)
    assert full_day.is_full(asked, Plan(((0,),), (1, 2), 0.0))


@pytest.mark.parametrize("seed", range(6))
def test_the_end_of_a_day_is_when_its_tour_is_back(seed: int) -> None:
    asked = crowded(seed)
    for order in itertools.permutations(range(7), 4):
        found, over = tour(asked, 0, order), finish(asked, 0, order)
        assert (found is None) == (over is None)
        if found is not None:
            assert over == min(found.leave[-1], found.leave_hungry[-1] if found.leave_hungry else 9e9)
