"""The search is held against exact answers, against what a day must obey, and against itself."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace

import pytest

from fieldcrm.rules.routing.problem import REQUIRED, Day, Lunch, Plan, Problem, after_lunch, begins, total
from fieldcrm.rules.routing.search import Search, solve

LUNCH = Lunch(700, 780, 45)


def problem(
    seed: int, size: int, *, days: int = 1, lunch: Lunch | None = LUNCH, required: bool = False
) -> Problem:
    """Make stops around a depot with one or two windows a day each."""
    chance = random.Random(seed)
    points = [(chance.uniform(0, 60), chance.uniform(0, 60)) for _ in range(size)] + [(30.0, 30.0)]
    ways = [[math.dist(u, v) for v in points] for u in points]
    service = [float(chance.randint(10, 30)) for _ in range(size)]
    prize = [REQUIRED if required else float(chance.randint(20, 90)) for _ in range(size)]
    windows = [[_starts(chance, service[stop]) for stop in range(size)] for _ in range(days)]
    day = Day(size, size, 480, 480 + chance.randint(300, 600), lunch)
    return Problem(ways, ways, service, prize, windows, [day] * days)


def _starts(chance: random.Random, service: float) -> tuple[tuple[float, float], ...]:
    opens = chance.randint(420, 700)
    if chance.random() < 0.5:
        return ((opens, opens + chance.randint(120, 400) - service),)
    return ((opens, opens + 90 - service), (opens + 180, opens + 400 - service))


def walk(problem: Problem, number: int, tour: tuple[int, ...]) -> bool:
    """Say by plain walking, every place for lunch tried, whether a day works."""
    day = problem.days[number]
    nodes = (day.start, *tour, day.end)
    for at in range(len(nodes)) if day.lunch else (-1,):
        now, fed = day.depart, at == -1
        for place in range(1, len(nodes)):
            way = problem.minutes[nodes[place - 1]][nodes[place]]
            if place == at and day.lunch:
                ready = after_lunch(day.lunch, now, way)
                if ready is None:
                    break
                now, fed = ready, True
            else:
                now += way
            if place < len(nodes) - 1:
                begin = begins(problem.windows[number][nodes[place]], now)
                if begin is None:
                    break
                now = begin + problem.service[nodes[place]]
        else:
            if now <= day.latest + 1e-6 and (fed or not day.lunch or now <= day.lunch.latest + 1e-6):
                return True
    return False


def exact(problem: Problem) -> float:
    """Return the least cost of one day by trying every order of every choice of stops."""
    best = math.inf
    for count in range(problem.size + 1):
        for chosen in itertools.permutations(range(problem.size), count):
            cost = total(problem, [chosen])
            if cost < best and walk(problem, 0, chosen):
                best = cost
    return best


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("lunch", [None, LUNCH])
def test_small_days_are_planned_as_well_as_possible(seed: int, lunch: Lunch | None) -> None:
    small = problem(seed, 6, lunch=lunch)
    assert solve(small, 600).cost == pytest.approx(exact(small))


@pytest.mark.parametrize("seed", range(8))
def test_every_plan_can_be_walked_and_costs_what_it_says(seed: int) -> None:
    asked = problem(seed, 30, days=3)
    plan = solve(asked, 150)
    assert all(walk(asked, number, tour) for number, tour in enumerate(plan.tours))
    assert sorted([*itertools.chain(*plan.tours), *plan.absent]) == list(range(30))
    assert plan.cost == pytest.approx(total(asked, plan.tours))


def test_the_same_seed_and_rounds_give_the_same_plan() -> None:
    asked = problem(5, 25, days=2)
    assert solve(asked, 120, seed=3) == solve(asked, 120, seed=3)


@pytest.mark.parametrize("seed", range(6))
def test_one_more_store_never_lowers_what_is_won(seed: int) -> None:
    asked = problem(seed, 15)
    without = replace(asked, prize=[*asked.prize[:-1], 0.0])
    plan = Search(without, seed=seed).run(200)
    more = Search(asked, seed=seed, first=plan.tours).run(200)
    assert more.cost <= plan.cost + asked.prize[-1] + 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_one_store_less_always_works(seed: int) -> None:
    asked = problem(seed, 15)
    plan = solve(asked, 200)
    for dropped in plan.tours[0]:
        assert walk(asked, 0, tuple(stop for stop in plan.tours[0] if stop != dropped))


def test_going_on_from_a_plan_never_makes_it_worse() -> None:
    asked = problem(2, 25)
    plan = solve(asked, 100)
    assert Search(asked, seed=9, first=plan.tours).run(50).cost <= plan.cost + 1e-9


def test_roads_that_disobey_the_triangle_rule_break_nothing() -> None:
    chance = random.Random(4)
    asked = problem(4, 15)
    ways = [[0.0 if u == v else chance.uniform(5, 60) for v in range(16)] for u in range(16)]
    odd = replace(asked, minutes=ways, cost=ways)
    plan = solve(odd, 200)
    assert walk(odd, 0, plan.tours[0])


def test_nothing_to_visit_is_a_plan_too() -> None:
    assert solve(problem(1, 0), 10) == Plan(((),), (), 0.0)


def test_a_stop_that_costs_more_than_it_is_worth_is_left_out() -> None:
    ways = [[0.0, 50.0], [50.0, 0.0]]
    day = Day(1, 1, 0, 1000)
    assert solve(Problem(ways, ways, [10.0], [99.0], [[((0.0, 900.0),)]], [day]), 10).absent == (0,)
    assert solve(Problem(ways, ways, [10.0], [101.0], [[((0.0, 900.0),)]], [day]), 10).tours == ((0,),)


def test_a_search_can_be_stopped_and_tells_how_far_it_is() -> None:
    asked = problem(3, 20)
    shares: list[float] = []
    plan = Search(asked).run(10_000, stop=lambda: len(shares) > 3, told=lambda share, _: shares.append(share))
    assert shares == sorted(shares)
    assert len(shares) == 5
    assert walk(asked, 0, plan.tours[0])
