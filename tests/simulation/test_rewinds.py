"""A restore and a copy, each told as the shortest story, and the mistakes that these stories catch."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from fieldcrm import faults
from server import epochs
from tests.simulation import accounts, rewinds
from tests.simulation.oracle import Violation
from tests.simulation.run import prepared
from tests.simulation.topics import RULES, TOPICS
from tests.simulation.world import World


def a_restore(world: World, chance: random.Random) -> None:
    """Work is acknowledged after the backup, the office works too, and nobody says a word."""
    accounts.edit(world, world.laptops[0], chance, "phone")
    world.sync(0)
    rewinds.backup_server(world, chance)
    for laptop in world.laptops:
        accounts.edit(world, laptop, chance, "city")
        accounts.create_account(world, chance)
    for who in range(len(world.laptops)):
        world.sync(who)
    chance.seed(2)  # the draw that keeps silent about the restore
    assert rewinds.restore_server(world, chance)
    accounts.edit(world, world.laptops[1], chance, "phone")


def a_copy(world: World, chance: random.Random) -> None:
    """Two copies of one laptop work and sync by turns."""
    chance.seed(2)
    accounts.edit(world, world.laptops[0], chance, "phone")
    world.sync(0)
    assert rewinds.clone_client(world, chance)
    for laptop in world.laptops:
        accounts.edit(world, laptop, chance, "city")


def played(story: Callable[[World, random.Random], None]) -> World:
    with prepared() as templates:
        world = World(templates, TOPICS)
        try:
            for who in range(len(world.laptops)):
                world.sync(who)
            story(world, random.Random(7))
            world.settle()
        finally:
            world.close()
    return world


def test_after_a_forgotten_restore_every_acknowledged_work_is_there_once() -> None:
    assert played(a_restore).checks["I15"]


def test_two_copies_become_two_devices_and_nothing_is_done_twice() -> None:
    world = played(a_copy)
    assert world.checks["I16"]
    assert len({laptop.device for laptop in world.laptops}) == len(world.laptops) == 4


@pytest.mark.parametrize(("bug", "story", "invariant"), [
    ("rewind_ignored", a_restore, "I15|I16"), ("no_repush", a_restore, "I15"),
    ("lease_never_checked", a_copy, "I16"), ("fork_keeps_device", a_copy, "I16|I17"),
])  # fmt: skip
def test_a_planted_bug_is_caught_by_a_story_that_is_clean_without_it(
    bug: str, story: Callable[[World, random.Random], None], invariant: str
) -> None:
    with faults.plant(bug), pytest.raises(Violation, match=invariant):
        played(story)


def test_a_leaver_with_nothing_to_hand_in_hears_of_a_restore_and_recovers() -> None:
    """Its empty page once came from another epoch than it knew, which it took for a broken answer."""
    with prepared() as templates:
        world = World(templates, TOPICS)
        world.sync(0)
        assert RULES["make_leaver"][1](world, AlwaysFirst())
        with world.server.writing() as connection:
            now = epochs.begin(connection, "restore")
        for _ in range(2):
            world.sync(0)
        assert world.laptops[0].raw("SELECT value FROM sync_state WHERE key = 'epoch'") == [(f'"{now}"',)]
        world.settle()
        world.close()


class AlwaysFirst(random.Random):
    """Chance that takes the first of everything."""

    def choice(self, seq: Any) -> Any:
        return seq[0]
