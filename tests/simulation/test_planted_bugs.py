"""The simulation notices the mistakes it is there for, each within the suite's own histories.

Other planted bugs (``fieldcrm.faults.BUGS``) are shown by a named test of their topic.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fieldcrm import faults
from tests.simulation import run as runner
from tests.simulation.history import history
from tests.simulation.templates import Templates
from tests.simulation.test_simulation import SEED, STEPS
from tests.simulation.topics import FIELD

CAUGHT = {
    "ack_by_position": 2,
    "ack_swallows_edit": 1,
    "coalesce_inflight": 1,
    "cursor_before_rows": 0,
    "dup_applies_twice": 0,
    "local_deleted_early": 2,
    "lost_reply_forgotten": 0,
    "merge_by_clock": 2,
    "naive_sequence": 0,
    "no_receipt": 0,
    "no_version_guard": 4,
    "page_without_trailer": 0,
    "pictures_left_behind": 0,
    "poison_blocks_queue": 1,
    "prices_believed": 0,
    "purge_keeps_rows": 0,
    "scope_leak": 0,
    "seal_names_no_row": 0,
    "share_kept": 0,
    "stamp_skips_batch": 0,
    "stored_before_hash": 13,
    "upsert_unknown_id": 3,
}
"""By which of the histories: it is played first, and the others when rules were added since."""


@pytest.fixture(scope="module")
def templates() -> Iterator[Templates]:
    with runner.prepared() as made:
        yield made


@pytest.mark.parametrize("bug", CAUGHT)
def test_a_planted_bug_is_caught_in_histories_that_are_clean_without_it(
    bug: str, templates: Templates
) -> None:
    ours = list(runner.wanted(SEED, STEPS, (FIELD,)))
    with faults.plant(bug):
        for seed, steps, cast in (ours[CAUGHT[bug]], *ours):
            if history(seed, steps, templates, cast).violations:
                return
    pytest.fail(f"{bug} was not noticed in {STEPS} steps of seed {SEED}")
