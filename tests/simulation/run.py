"""Run seeded random histories: ``python -m tests.simulation.run --steps N --seed N``.

Prints the seed, the steps, the rate, how often each rule ran, and every violation with the
seed of its history: the same arguments give the same histories.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from fieldcrm import faults
from fieldcrm.model.orders import OrderStatus
from tests.simulation.oracle import FIELD_RULES, Violation
from tests.simulation.world import CLIENT_POINTS, LAPTOPS, SERVER_POINTS, Luck, Templates, World, fast_folder

STEPS_PER_HISTORY = 50
Rule = Callable[[World, random.Random], bool]


@dataclass
class Result:
    """What a run found."""

    seed: int
    steps: int = 0
    seconds: float = 0.0
    rules: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


def luck(chance: random.Random) -> Luck:
    """Draw what happens to one exchange; about half of them go well."""
    kind = chance.choices(
        ["good", "lose_request", "lose_reply", "send_twice", "apply_twice", "cut", "old", "client", "server",
         "in_flight", "small"],
        [10, 1, 3, 2, 2, 2, 2, 3, 3, 3, 3],
    )[0]  # fmt: skip
    match kind:
        case "cut":
            return Luck(cut_at=chance.random())
        case "old":
            return Luck(old_reply=chance.randrange(8))
        case "client":
            return Luck(client_crash=chance.choice(CLIENT_POINTS), small_page=chance.random() < 0.3)
        case "server":
            return Luck(server_crash=chance.choice(SERVER_POINTS))
        case "in_flight":
            return Luck(edit_in_flight=chance.randrange(8))
        case "small":
            return Luck(small_page=True)
        case "good":
            return Luck()
    return Luck(**{kind: True})


def _field(chance: random.Random) -> str:
    return chance.choice([name for name in FIELD_RULES if name != "name"])


def _act(chance: random.Random) -> OrderStatus:
    return chance.choice([OrderStatus.SUBMITTED, OrderStatus.SUBMITTED, OrderStatus.CANCELLED])


RULES: dict[str, tuple[int, Rule]] = {
    "sync": (14, lambda w, c: w.sync(c.randrange(LAPTOPS), luck(c)) or True),
    "edit_account": (10, lambda w, c: w.edit_account(_who(c), c.randrange(9), _field(c), c.random() < 0.1)),
    "drop_tag": (1, lambda w, c: w.drop_tag(_who(c), c.randrange(9))),
    "archive_account": (1, lambda w, c: w.archive_account(_who(c), c.randrange(9))),
    "create_account": (2, lambda w, c: w.create_account(_who(c), c.random() < 0.1)),
    "create_contact": (1, lambda w, c: w.create_contact(_who(c), c.randrange(9))),
    "create_todo": (1, lambda w, c: w.create_todo(_who(c), c.randrange(9))),
    "finish_todo": (1, lambda w, c: w.finish_todo(_who(c), c.randrange(9))),
    "plan_visit": (1, lambda w, c: w.plan_visit(_who(c), c.randrange(9))),
    "move_plan": (1, lambda w, c: w.move_plan(_who(c), c.randrange(9))),
    "check_in": (2, lambda w, c: w.check_in(_who(c), c.randrange(9))),
    "draft_order": (2, lambda w, c: w.draft_order(_who(c), c.randrange(9), c.random() < 0.3)),
    "amend_order": (3, lambda w, c: w.amend_order(_who(c), c.randrange(9))),
    "send_order": (3, lambda w, c: w.send_order(_who(c), c.randrange(9), _act(c))),
    "poison": (1, lambda w, c: w.poison(_who(c))),
    "office_creates": (1, lambda w, c: w.office_creates(c.choice(w.territories))),
    "office_edits": (3, lambda w, c: w.office_edits(c.randrange(9), _field(c))),
    "office_deletes": (1, lambda w, c: w.office_deletes(c.randrange(9))),
    "reassign": (2, lambda w, c: w.reassign(c.randrange(9), c.random() < 0.5)),
    "change_grants": (2, lambda w, c: w.change_grants(c.randrange(4), c.randrange(3))),
}


def _who(chance: random.Random) -> int:
    return chance.randrange(LAPTOPS)


def history(seed: int, steps: int, templates: Templates, result: Result) -> None:
    """Run one history; a violation is noted with its seed."""
    chance = random.Random(seed)
    names, weights = list(RULES), [weight for weight, _ in RULES.values()]
    trail: list[str] = []
    with fast_folder() as folder:
        world = World(Path(folder), templates)
        try:
            for who in range(LAPTOPS):
                world.sync(who)
            for _ in range(steps):
                name = chance.choices(names, weights)[0]
                trail.append(name)
                if RULES[name][1](world, chance):
                    result.rules[name] += 1
                result.steps += 1
            world.settle()
        except Violation as violation:
            result.violations.append(f"history {seed} after {len(trail)} steps: {violation}")
        finally:
            world.close()


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
    print(f"violations {len(result.violations)}")
    for violation in result.violations[:20]:
        print(violation)
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
