"""Eight laptops sell offline in random orders, with losses and crashes: no limit is passed, none refused."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest

from fieldcrm import faults
from server.database import Database
from tests.simulation import limits, lowering
from tests.simulation import run as runner
from tests.simulation.oracle import Violation
from tests.simulation.templates import Templates

STEPS = 160


@pytest.fixture(scope="module")
def templates() -> Iterator[Templates]:
    with runner.prepared() as made:
        yield made


def test_no_limit_of_any_kind_is_passed_and_no_order_is_refused_for_it(
    templates: Templates, server_database: Database
) -> None:
    with mock.patch.object(templates, "server", return_value=server_database):
        done = limits.play(templates, 1, STEPS)
    assert done["accepted"] >= 8
    assert done["sell"] >= done["accepted"]


def test_what_is_lowered_below_what_is_out_ebbs_and_no_order_is_refused_for_it(
    templates: Templates, server_database: Database
) -> None:
    with mock.patch.object(templates, "server", return_value=server_database):
        done = limits.play(templates, 2, STEPS, lowering.LOWERING, lowering.at_last)
    assert done["accepted"] >= 8
    assert min(done["change_stock"], done["change_credit"], done["pay_out"]) > 0


@pytest.mark.parametrize(
    ("bug", "seed", "noticed"),
    [("lowered_at_once", 2, "L2"), ("promise_forgotten", 1, "L4"), ("asked_for_given_again", 1, "L1")],
)
def test_a_bug_of_lowering_is_noticed(templates: Templates, bug: str, seed: int, noticed: str) -> None:
    with faults.plant(bug), pytest.raises(Violation, match=noticed):
        limits.play(templates, seed, STEPS, lowering.LOWERING, lowering.at_last)


@pytest.mark.parametrize("bug", ["slice_not_locked", "slice_not_charged"])
def test_a_planted_bug_is_noticed(templates: Templates, bug: str) -> None:
    def several() -> None:
        for seed in range(1, 6):
            limits.play(templates, seed, STEPS)

    with faults.plant(bug), pytest.raises(Violation, match="L1"):
        several()
