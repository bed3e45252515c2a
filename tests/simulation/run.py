"""Run seeded random histories: ``python -m tests.simulation.run --steps N --seed N``.

Prints the seed, the steps, the rate, how often each rule ran and each invariant was
evaluated, and every violation with the seed of its history. The same arguments give the
same histories; ``--history SEED`` runs one of them again and shortens it.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from fieldcrm import faults
from tests.simulation.oracle import Violation
from tests.simulation.templates import Templates, fast_folder
from tests.simulation.topics import RULES, TOPICS
from tests.simulation.world import World

STEPS_PER_HISTORY = 50
Step = tuple[str, int]


@dataclass
class Result:
    """What a run found."""

    seed: int
    steps: int = 0
    seconds: float = 0.0
    rules: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


def drawn(seed: int, steps: int) -> list[Step]:
    """Draw the steps of one history: each a rule and the seed of what it draws itself.

    So a step does the same wherever it stands, and a history can be shortened.
    """
    chance = random.Random(seed)
    names, weights = list(RULES), [weight for weight, _ in RULES.values()]
    return [(name, chance.randrange(2**32)) for name in chance.choices(names, weights, k=steps)]


def play(steps: list[Step], templates: Templates, result: Result) -> None:
    """Play one history to its end; raise ``Violation`` where an invariant does not hold."""
    with fast_folder() as folder:
        world = World(Path(folder), templates, TOPICS)
        try:
            for who in range(len(world.laptops)):
                world.sync(who)
            for name, seed in steps:
                result.steps += 1
                if RULES[name][1](world, random.Random(seed)):
                    result.rules[name] += 1
                world.tell("after_step")
            world.settle()
        finally:
            result.checks += world.checks
            world.close()


def history(seed: int, steps: int, templates: Templates, result: Result) -> None:
    """Play the history of a seed; a violation is noted with it."""
    before = result.steps
    try:
        play(drawn(seed, steps), templates, result)
    except Violation as violation:
        result.violations.append(f"history {seed} after {result.steps - before} steps: {violation}")


def histories(seed: int, steps: int) -> Iterator[tuple[int, int]]:
    """Yield the seed and length of each history of a run."""
    chance = random.Random(seed)
    while steps > 0:
        some = min(STEPS_PER_HISTORY, steps)
        yield chance.randrange(2**32), some
        steps -= some


def run(steps: int, seed: int, *, bugs: tuple[str, ...] = (), stop_at_first: bool = False) -> Result:
    """Run histories of ``steps`` steps together."""
    result = Result(seed)
    began = time.monotonic()
    with fast_folder() as folder, ExitStack() as planted:
        templates = Templates(Path(folder))
        for bug in bugs:
            planted.enter_context(faults.plant(bug))
        for one, some in histories(seed, steps):
            history(one, some, templates, result)
            if result.violations and stop_at_first:
                break
        templates.close()
    result.seconds = time.monotonic() - began
    return result


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--plant", action="append", default=[], choices=sorted(faults.BUGS))
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else secrets.randbits(32)
    print(f"seed {seed}", flush=True)
    result = run(asked.steps, seed, bugs=tuple(asked.plant))
    rate = result.steps / result.seconds if result.seconds else 0
    print(f"steps {result.steps} in {result.seconds:.1f} s, {rate:.0f} steps/s")
    print("rules " + ", ".join(f"{name} {result.rules[name]}" for name in RULES))
    print("checks " + ", ".join(f"{name} {count}" for name, count in sorted(result.checks.items())))
    print(f"violations {len(result.violations)}")
    for violation in result.violations[:20]:
        print(violation)
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
