"""F34: the client's clock is wrong by years or jumps during the day: same merges, times flagged.

Whole processes here; ``tests/simulation/test_clocks.py`` plays whole histories under clocks
that jump, stand still and disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from server.database import run
from tests.fixtures.remote_laptop import drive
from tests.fixtures.server import ServerProcess
from tests.fixtures.wrong_clock import WrongClock

YEAR_S = 365 * 86_400
Times = tuple[int, int, int, int]


def now_ms() -> int:
    return clock.to_ms(clock.now())


@pytest.fixture
def store(server_process: ServerProcess) -> str:
    row = new_id()
    area = server_process.company.territories["HZ"]
    with server_process.opened() as database, database.writing() as connection:
        connection.execute(insert(Account).values(id=row, name="店", territory_id=area))
    return str(row)


@pytest.fixture
def arrival(server_process: ServerProcess) -> Callable[[str], Times]:
    """What the server knows of a check-in: at, captured, received, clock off."""

    def look(row: str) -> Times:
        sql = "SELECT at, captured_at, received_at, clock_off_s FROM check_in WHERE id = ?"
        with server_process.opened() as database, database.reading() as connection:
            at, captured, received, off = run(connection, sql, row).all()[0]
            return at, captured, received, off

    return look


@pytest.mark.parametrize(("said", "years"), [("+10y", 10), ("-10y", -10)])
def test_ten_years_off_nothing_is_lost_and_the_visit_says_so(
    said: str, years: int, server_process: ServerProcess, store: str, tmp_path: Path,
    arrival: Callable[[str], Times],
) -> None:  # fmt: skip
    """It syncs as ever, its later edit wins like any other, its check-in has the true time beside its own."""
    wrong = WrongClock(tmp_path / "clock", said)
    drive(tmp_path / "right", server_process, new_id(), ["sync"], ["edit", store, {"phone": "1"}], ["sync"])
    began = now_ms()
    seen = drive(
        tmp_path / "wrong", server_process, new_id(), ["sync"], ["check_in", store],
        ["edit", store, {"phone": "2"}], ["sync"], ["ends"], ["ahead"], env=wrong.env,
    )  # fmt: skip
    assert seen[0] == seen[3] == ""
    assert set(seen[4]) == {"applied"}
    assert abs(seen[5] + years * YEAR_S) < 4 * 86_400
    at, captured, received, off = arrival(seen[1])
    assert began <= captured <= received <= now_ms()
    assert abs(at - captured) > 9 * YEAR_S * 1_000
    assert abs(off - years * YEAR_S) < 4 * 86_400
    with server_process.opened() as database, database.reading() as connection:
        assert run(connection, "SELECT phone FROM account WHERE id = ?", store).scalar() == "2"


def test_after_a_jump_in_one_boot_the_true_time_is_recovered(
    server_process: ServerProcess, store: str, tmp_path: Path, arrival: Callable[[str], Times]
) -> None:
    """Checked in under a right clock, sent under one that went back ten years meanwhile, and the reverse."""
    moving = WrongClock(tmp_path / "clock")
    device = new_id()
    began = now_ms()
    seen = drive(
        tmp_path / "a", server_process, device, ["sync"], ["check_in", store],
        ["set_clock", str(moving.file), "-10y"],
        ["check_in", store], ["set_clock", str(moving.file), "+3h"], ["sync"], ["ahead"], env=moving.env,
    )  # fmt: skip
    assert seen[5] == ""
    first, second = arrival(seen[1]), arrival(seen[3])
    for _, captured, received, _ in (first, second):
        assert began <= captured <= received <= now_ms()
    assert first[1] <= second[1]
    assert abs(first[3]) < 60
    assert second[3] < -9 * YEAR_S
    assert abs(seen[6] + 3 * 3_600) < 60


def test_a_clock_ten_minutes_fast_is_flagged_in_the_review(store: str, server_process: ServerProcess,
                                                           tmp_path: Path) -> None:  # fmt: skip
    """A manager sees beside the visit that the laptop's clock was wrong; the visit stands."""
    fast = WrongClock(tmp_path / "clock", "+10m")
    rep, manager = tmp_path / "rep", tmp_path / "manager"
    drive(rep, server_process, new_id(), ["sync"], ["visit", store], ["sync"], env=fast.env)
    [_, flags] = drive(manager, server_process, new_id(), ["sync"], ["flags"], user="manager1")
    assert "clock" in flags[0]
