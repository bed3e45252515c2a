"""300 stores, 12 planned, 2 dropped, 3 added, an hour late, no network: the real windows, both databases."""

from pathlib import Path

import pytest

from tests.journeys.changed_day import ADDED, PLANNED, REASONS, SHARE, VISITS, lived


@pytest.mark.timeout(300)
def test_a_day_that_changes_without_a_network_arrives_whole(tmp_path: Path) -> None:
    facts = lived(tmp_path)
    assert facts["accounts"] == SHARE.accounts
    assert facts["planned"] == PLANNED
    assert facts["replanned"]["left"] == PLANNED - len(REASONS) + ADDED
    assert facts["replanned"]["earliest"] >= "09:30"
    assert facts["waiting"] > VISITS
    assert (facts["lost"], facts["duplicated"], facts["conflicts"]) == (0, 0, 0)
    assert len(facts["skipped"]) == len(REASONS)
    assert all(facts["skipped"])
    assert REASONS[1] in facts["skipped"]
    assert len(facts["open"]) == PLANNED - len(REASONS) + ADDED
    assert facts["visited"] == VISITS
    assert (facts["photos"], facts["orders"]) == (VISITS, VISITS // 2)
