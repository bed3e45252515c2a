"""One history: how its steps are drawn, played, written down and shortened."""

from __future__ import annotations

import random
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from unittest import mock

from fieldcrm import clock
from tests.simulation import clocks
from tests.simulation.oracle import Violation
from tests.simulation.process import numbered
from tests.simulation.reached import Seen, Watched
from tests.simulation.templates import Templates
from tests.simulation.topics import FIELD, Cast
from tests.simulation.world import World

SHORTENING = 200
OF_THE_CLOCK = ("jump_clock", "pass_time", "lease_runs_out", "finish_todo")
CLOCKS_EVERY = 25  # one history in so many is played again under other clocks
Step = tuple[str, int]


@dataclass
class Result:
    """What a run found."""

    seed: int
    steps: int = 0
    seconds: float = 0.0
    rules: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    reached: Seen = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: Result) -> None:
        """Take in what another part of the run found."""
        self.steps += other.steps
        self.rules += other.rules
        self.checks += other.checks
        self.reached += other.reached
        self.violations += other.violations


def drawn(seed: int, steps: int, cast: Cast = FIELD) -> list[Step]:
    """Draw the steps of one history: each a rule and the seed of what it draws itself.

    So a step does the same wherever it stands, and a history can be shortened.
    """
    chance = random.Random(seed)
    names, weights = list(cast.rules), cast.weights(cast.themes[seed % len(cast.themes)])
    return [(name, chance.randrange(2**32)) for name in chance.choices(names, weights, k=steps)]


def told(steps: Sequence[Step]) -> str:
    """Write steps down; ``heard`` reads them."""
    return " ".join(f"{name}:{seed:x}" for name, seed in steps)


def heard(trail: str) -> list[Step]:
    """Read steps that ``told`` wrote."""
    return [(name, int(seed, 16)) for name, _, seed in (step.partition(":") for step in trail.split())]


def play(
    steps: Sequence[Step], templates: Templates, result: Result, more: Sequence[ModuleType] = (),
    at_end: Callable[[World], Any] = lambda _world: None, cast: Cast = FIELD,
) -> Any:  # fmt: skip
    """Play one history to its end and return what ``at_end`` says; what breaks is raised as it is."""
    with numbered(result.seed):
        world = World(templates, (*cast.topics, *more))
        try:
            with mock.patch.object(clock, "now", world.clock.now):
                _play(world, steps, result, cast)
            return at_end(world)
        finally:
            result.checks += world.checks
            result.reached += world.own(Watched).seen
            world.close()


def _play(world: World, steps: Sequence[Step], result: Result, cast: Cast) -> None:
    for who in range(len(world.laptops)):
        world.sync(who)
    for name, seed in steps:
        result.steps += 1
        if cast.rules[name][1](world, random.Random(seed)):
            result.rules[name] += 1
        world.tell("after_step")
    world.settle()


def broken(
    steps: Sequence[Step], templates: Templates, result: Result, cast: Cast = FIELD
) -> str | None:  # fmt: skip
    """Play one history and say what it breaks, if it does."""
    try:
        play(steps, templates, result, cast=cast)
    except Violation as violation:
        return str(violation)
    except Exception as error:  # a history that cannot be played to its end is found as well
        return f"crashed: {error!r} at {traceback.extract_tb(error.__traceback__)[-1]}"
    return None


def history(seed: int, steps: int, templates: Templates, cast: Cast = FIELD) -> Result:
    """Play the history of a seed; a violation is noted with it."""
    result = Result(seed)
    found = broken(drawn(seed, steps, cast), templates, result, cast)
    if found is None and seed % CLOCKS_EVERY == 0 and cast is FIELD:
        found = other_clocks(drawn(seed, steps), templates, seed)
        result.checks["I19"] += 1
    if found is not None:
        length = f" --length {steps}" if steps != cast.length else ""
        length += "" if cast is FIELD else " --sales"
        result.violations.append(f"--history {seed}{length}: after {result.steps} steps: {found}")
    return result


def other_clocks(steps: Sequence[Step], templates: Templates, seed: int) -> str | None:
    """I19: play a history under right and under wrong clocks; say where they differ, if they do.

    No weeks pass in it: how old a visit is whose laptop was away with a wrong clock nobody knows.
    Nor is a todo finished: the moment is then what somebody entered.
    """
    left, again = [step for step in steps if step[0] not in OF_THE_CLOCK], Result(seed)
    name, wrong = sorted(clocks.DISTORTIONS.items())[seed // CLOCKS_EVERY % len(clocks.DISTORTIONS)]
    try:
        true = play(left, templates, again, at_end=clocks.outcome)
        astray = play(left, templates, again, [clocks.topic(wrong)], clocks.outcome)
        clocks.same(true, astray, name)
    except Violation as violation:
        return f"under clocks {name}: {violation}"
    return None


def shortened(
    steps: Sequence[Step], templates: Templates, seed: int, cast: Cast = FIELD
) -> list[Step]:  # fmt: skip
    """Leave out whatever the violation does not need: first halves, then smaller and smaller pieces."""
    left, piece, plays = list(steps), max(1, len(steps) // 2), 0
    while piece and plays < SHORTENING:
        at = 0
        while at < len(left) and plays < SHORTENING:
            without = left[:at] + left[at + piece :]
            plays += 1
            if broken(without, templates, Result(seed), cast) is not None:
                left = without
            else:
                at += piece
        piece //= 2
    return left
