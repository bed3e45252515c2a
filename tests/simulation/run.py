"""Run seeded random histories on every core: ``python -m tests.simulation.run --steps N --seed N``.

Prints the seed, the steps, the rate, how often each rule ran and each invariant was
evaluated, and every violation with the seed of its history. The same seed gives the same
histories whatever the number of workers. ``--history SEED`` plays one of them again and
shortens it to a trail; ``--trail "..."`` plays that.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

from fieldcrm import faults
from tests.simulation import history as histories
from tests.simulation import reached
from tests.simulation.folders import fast_folder
from tests.simulation.history import Result, Step
from tests.simulation.process import simulating
from tests.simulation.templates import Templates
from tests.simulation.topics import FIELD, SALES, Cast

PROGRESS_SECONDS = 10
_kept = ExitStack()
_templates: Templates


def wanted(seed: int, steps: int, casts: Sequence[Cast]) -> Iterator[tuple[int, int, Cast]]:
    """Yield the seed, the length and the cast of each history of a run; the casts come in turns."""
    chance, turns = random.Random(seed), cycle(casts)
    while steps > 0:
        cast = next(turns)
        some = min(cast.length, steps)
        yield chance.randrange(2**32), some, cast
        steps -= some


@contextmanager
def prepared(bugs: Sequence[str] = ()) -> Iterator[Templates]:
    """Make this process one that simulates, with these bugs planted."""
    with fast_folder() as folder, simulating(), ExitStack() as planted:
        templates = Templates(folder)
        for bug in bugs:
            planted.enter_context(faults.plant(bug))
        yield templates
        templates.close()


def run(
    steps: int, seed: int, *, bugs: Sequence[str] = (), stop_at_first: bool = False, cast: Cast = FIELD
) -> Result:  # fmt: skip
    """Run histories of ``steps`` steps together in this process."""
    result = Result(seed)
    began = time.monotonic()
    with prepared(bugs) as templates:
        for one, some, _ in wanted(seed, steps, (cast,)):
            result.add(histories.history(one, some, templates, cast))
            if result.violations and stop_at_first:
                break
    result.seconds = time.monotonic() - began
    return result


def run_on_all(
    steps: int, seed: int, workers: int, bugs: Sequence[str] = (), *, sales: bool = False
) -> Result:  # fmt: skip
    """Run histories in several processes, every third with the cast of sales, or all of them."""
    casts = (SALES,) if sales else (FIELD, FIELD, SALES)
    result = Result(seed)
    began = last = time.monotonic()
    os.environ["PYTHONHASHSEED"] = "0"  # for the workers: sets come in the same order again
    with fast_folder() as folder, ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), _begin_worker, (str(folder), tuple(bugs))
    ) as pool:  # fmt: skip
        told = ((one, some, cast is SALES) for one, some, cast in wanted(seed, steps, casts))
        for found in pool.map(_work, told):
            result.add(found)
            for violation in found.violations:
                print(violation, file=sys.stderr, flush=True)
            if time.monotonic() - last >= PROGRESS_SECONDS:
                last = time.monotonic()
                print(_progress(result, steps, last - began), file=sys.stderr, flush=True)
    result.seconds = time.monotonic() - began
    return result


def _begin_worker(folder: str, bugs: tuple[str, ...]) -> None:
    global _templates
    _kept.enter_context(simulating())
    for bug in bugs:
        _kept.enter_context(faults.plant(bug))
    _templates = Templates(Path(tempfile.mkdtemp(dir=folder)))


def _work(one: tuple[int, int, bool]) -> Result:
    seed, steps, sales = one
    return histories.history(seed, steps, _templates, SALES if sales else FIELD)


def _progress(result: Result, steps: int, seconds: float) -> str:
    rate = result.steps / seconds
    return f"{result.steps} of {steps} steps, {rate:.0f} steps/s, {len(result.violations)} violations"


def _again(steps: list[Step], seed: int, bugs: Sequence[str], cast: Cast) -> int:
    """Play one history again; shorten it if it breaks something."""
    with prepared(bugs) as templates:
        found = histories.broken(steps, templates, Result(seed), cast)
        if found is None:
            found = histories.other_clocks(steps, templates, seed) if cast is FIELD else None
            print(found or "no violation")
            return int(found is not None)
        print(found)
        left = histories.shortened(steps, templates, seed, cast)
        again = histories.broken(left, templates, Result(seed), cast)
        print(f"{len(left)} of {len(steps)} steps are enough: {again}")
        print(f'--trail "{histories.told(left)}" --seed {seed}{"" if cast is FIELD else " --sales"}')
    return 1


def _report(result: Result) -> None:
    rate = result.steps / result.seconds if result.seconds else 0
    print(f"steps {result.steps} in {result.seconds:.1f} s, {rate:.0f} steps/s")
    print("rules " + ", ".join(f"{name} {result.rules[name]}" for name in FIELD.rules | SALES.rules))
    by_number = sorted(result.checks.items(), key=lambda item: (item[0][0], int(item[0][1:])))
    print("checks " + ", ".join(f"{name} {count}" for name, count in by_number))
    print(reached.table(result.reached))
    print(f"violations {len(result.violations)}")
    for violation in result.violations[:20]:
        print(violation)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--plant", action="append", default=[], choices=sorted(faults.BUGS))
    parser.add_argument("--history", type=int, default=None, help="the seed of one history to play again")
    parser.add_argument("--length", type=int, default=None, help="how many steps it has")
    parser.add_argument("--trail", default=None, help="the steps to play, with the --seed they came with")
    parser.add_argument("--sales", action="store_true", help="histories of sales only")
    asked = parser.parse_args()
    cast = SALES if asked.sales else FIELD
    if asked.history is not None:
        steps = histories.drawn(asked.history, asked.length or cast.length, cast)
        return _again(steps, asked.history, asked.plant, cast)
    seed = asked.seed if asked.seed is not None else secrets.randbits(32)
    if asked.trail is not None:
        return _again(histories.heard(asked.trail), seed, asked.plant, cast)
    print(f"seed {seed}", flush=True)
    result = run_on_all(asked.steps, seed, asked.workers, asked.plant, sales=asked.sales)
    _report(result)
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
