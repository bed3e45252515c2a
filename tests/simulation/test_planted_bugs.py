"""The simulation notices the mistakes it is there for, each within the suite's own histories.

Other planted bugs (``fieldcrm.faults.BUGS``) are shown by a named test of their topic.
"""

from __future__ import annotations

import pytest

from tests.simulation import run as runner
from tests.simulation.test_simulation import SEED, STEPS

CAUGHT = (
    "ack_by_position",
    "ack_swallows_edit",
    "coalesce_inflight",
    "cursor_before_rows",
    "dup_applies_twice",
    "local_deleted_early",
    "lost_reply_forgotten",
    "merge_by_clock",
    "naive_sequence",
    "no_receipt",
    "no_version_guard",
    "page_without_trailer",
    "pictures_left_behind",
    "poison_blocks_queue",
    "prices_believed",
    "purge_keeps_rows",
    "scope_leak",
    "seal_names_no_row",
    "share_kept",
    "stamp_skips_batch",
    "stored_before_hash",
    "upsert_unknown_id",
)


@pytest.mark.parametrize("bug", CAUGHT)
def test_a_planted_bug_is_caught_in_histories_that_are_clean_without_it(bug: str) -> None:
    result = runner.run(STEPS, SEED, bugs=(bug,), stop_at_first=True)
    assert result.violations, f"{bug} was not noticed in {result.steps} steps of seed {SEED}"
    print(result.violations[0])
