"""I19, metamorphic: one history under other clocks comes to the same; only shown moments differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fieldcrm import faults
from tests.simulation import clocks, run
from tests.simulation.clocks import DISTORTIONS, Wrong
from tests.simulation.history import OF_THE_CLOCK, Result, drawn, play
from tests.simulation.oracle import Violation
from tests.simulation.templates import Templates

SEEDS = (11, 12)
STEPS = 100


@pytest.fixture(scope="module")
def templates() -> Iterator[Templates]:
    with run.prepared() as made:
        yield made


def played(seed: int, templates: Templates, wrong: Callable[[int], Wrong]) -> dict[str, Any]:
    steps = [step for step in drawn(seed, STEPS) if step[0] not in OF_THE_CLOCK]
    found: dict[str, Any] = play(steps, templates, Result(seed), [clocks.topic(wrong)], clocks.outcome)
    return found


def right(_n: int) -> Wrong:
    return lambda ms: ms


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_comes_to_the_same_under_any_clocks(seed: int, templates: Templates) -> None:
    true = played(seed, templates, right)
    for name, wrong in DISTORTIONS.items():
        clocks.same(true, played(seed, templates, wrong), name)


def test_a_merge_that_asks_the_clock_is_noticed(templates: Templates) -> None:
    with faults.plant("merge_by_clock"), pytest.raises(Violation):
        _differ_somewhere(templates)


def _differ_somewhere(templates: Templates) -> None:
    for seed in range(SEEDS[0], SEEDS[0] + 10):
        true = played(seed, templates, right)
        clocks.same(true, played(seed, templates, DISTORTIONS["ten years behind"]), "ten years behind")
