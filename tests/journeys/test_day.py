"""The whole day of `make demo`, as a test: real windows, real server, real line that is cut."""

from pathlib import Path

import pytest

from tests.journeys.day import VISITS, Day
from tests.journeys.office import Office


@pytest.mark.timeout(600)
def test_a_day_offline_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with Office(tmp_path, seed=7) as office:
        facts = Day(office, tmp_path, tmp_path / "pictures").run()
    assert (facts["lost"], facts["duplicated"]) == (0, 0)
    assert facts["visits_done"] == VISITS
    assert facts["orders"] >= 5
    assert facts["photos"] == 2 * VISITS
    assert facts["survived_crash"]
    assert facts["line_cut"] == 2
    assert facts["conflicts"] == 1
    assert facts["reviewed"] == VISITS
    assert facts["comments_seen"] >= 1
