"""Random histories of laptops, server, office and bad luck keep every invariant.

Two drivers of one world: Hypothesis, which shrinks what it finds to the shortest history,
and the seeded runner behind ``make simulate``, whose seeds are printed and honoured.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from server.database import run
from tests.simulation import accounts, office
from tests.simulation import run as runner
from tests.simulation.exchanges import Poison, receive
from tests.simulation.templates import Templates
from tests.simulation.topics import RULES, TOPICS
from tests.simulation.world import LAPTOPS, World

SEED = 20_261_121
STEPS = 1_400
ELSEWHERE = {"I19": "tests/simulation/test_clocks.py"}

# every rule as often as the runner would draw it
names = st.sampled_from([name for name, (weight, _) in RULES.items() for _ in range(weight)])
chances = st.randoms(use_true_random=False)


@pytest.fixture(scope="module")
def templates() -> Iterator[Templates]:
    """Empty laptops and an empty server, made once."""
    with runner.prepared() as made:
        yield made


class Histories(RuleBasedStateMachine):
    """The world as Hypothesis drives it."""

    templates: ClassVar[Templates]

    @initialize()
    def begin(self) -> None:
        self.world = World(self.templates, TOPICS)
        for who in range(LAPTOPS):
            self.world.sync(who)

    @rule(name=names, chance=chances)
    def step(self, name: str, chance: random.Random) -> None:
        RULES[name][1](self.world, chance)
        self.world.tell("after_step")

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.world.settle()
            finally:
                self.world.close()


def test_hypothesis_finds_no_history_that_breaks_an_invariant(templates: Templates) -> None:
    class Found(Histories):
        pass

    Found.templates = templates
    case = Found.TestCase
    case.settings = settings(
        max_examples=12, stateful_step_count=30, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    case().runTest()


@pytest.fixture(scope="module")
def result() -> runner.Result:
    """What the suite's own histories gave."""
    return runner.run(STEPS, SEED)


def test_seeded_histories_keep_every_invariant(result: runner.Result) -> None:
    assert result.violations == []
    assert result.steps == STEPS
    assert all(result.rules[name] for name in ("sync", "edit_account", "reassign", "change_grants", "poison"))


def test_every_invariant_is_evaluated_in_these_histories_or_by_a_named_test(result: runner.Result) -> None:
    invariants = {f"I{number}" for number in range(1, 22)}
    assert invariants - set(result.checks) <= set(ELSEWHERE)
    assert all((Path(__file__).parents[2] / name).is_file() for name in ELSEWHERE.values())


def test_the_same_seed_gives_the_same_histories() -> None:
    once, again = (runner.run(60, 7) for _ in range(2))
    assert once.rules == again.rules


def test_two_poisons_in_a_row_on_one_account_are_refused_in_time(templates: Templates) -> None:
    """It once took six cycles, because the second waited for the first (I17)."""
    world = World(templates, TOPICS)
    world.sync(0)
    chance = random.Random(0)
    laptop = world.laptops[0]
    account = world.one(laptop, "account", chance)
    assert account is not None
    for name in ("phone", "status"):
        accounts.enter(world, laptop, account, name)
        laptop.request()  # sealed: the next edit is a mutation of its own
    world.own(Poison).mutations |= set(laptop.mutations())
    world.settle()
    world.close()


def test_an_old_answer_that_takes_a_scope_away_does_not_forget_a_newer_one(templates: Templates) -> None:
    """It went back to a place that knew nothing of the new scope; what left that was never told (I5)."""
    world = World(templates, TOPICS)
    world.sync(1)
    laptop = world.laptops[1]
    office.move_rep(world, laptop.user, None)
    world.sync(1)
    old = laptop.old_bodies[-1]
    office.move_rep(world, laptop.user, str(world.south))
    world.sync(1)
    receive(world, laptop, old, None)
    with world.server.writing() as connection:
        there = "UPDATE account SET territory_id = ? WHERE territory_id = ?"
        run(connection, there, str(world.north), str(world.south))
    for account in world.oracle.accounts.values():
        account["territory_id"] = str(world.north)
    world.settle()
    world.close()


def test_a_scope_that_is_given_again_while_it_is_held_is_emptied_first(templates: Templates) -> None:
    """An old answer led back to before that scope; what was deleted in it since was never told (I8)."""
    world = World(templates, TOPICS)
    world.sync(1)
    laptop = world.laptops[1]
    office.move_rep(world, laptop.user, str(world.south))
    world.sync(1)
    old = laptop.old_bodies[-1]
    office.move_rep(world, laptop.user, str(world.root))
    account = office.create(world, world.root)
    world.sync(1)
    with world.server.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", account)
    world.oracle.office_deletes(account)
    receive(world, laptop, old, None)
    world.sync(1)
    assert ("account", account) not in laptop.rows()
    world.settle()
    world.close()
