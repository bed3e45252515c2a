"""F6 kill -9 of the server inside a batch, between savepoints, after its commit, or while numbering.

Expected: a batch is done whole or not at all; what was committed is answered ``dup``; rows
that were not numbered yet are numbered by whoever comes next (I2, I6).
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from fieldcrm import faults
from fieldcrm.errors import FieldCrmError
from server.database import run
from tests.builders import make_account
from tests.faults.points import in_source
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.server.sync.conftest import Company
from tests.server.sync.test_faults import account
from tests.sync.machine import signed_in

POINTS = (
    "server.push.begun", "server.push.written", "server.push.committed", "server.stamp.taken",
    "server.stamp.numbered", "server.pull.begun",
)  # fmt: skip
KILLED = (
    "server.push.written", "server.push.committed", "server.savepoint.begun", "server.savepoint.released:2",
)  # fmt: skip


ELSEWHERE = {
    "server.slices.wanted",  # two workers meet there, see tests/server/sync/test_slices.py
    "server.slices.customers_wanted",  # the same, see tests/simulation/test_limits.py
    "server.reversal.done",  # an order booked back half-way, see tests/simulation/test_limits.py
    "server.rebates.some_booked",  # between customers, see tests/server/sync/test_period_rebates.py
}


class Crash(BaseException):
    """The process dies here."""


def crashing_at(wanted: str) -> Callable[[str], None]:
    def watcher(point: str) -> None:
        if point == wanted:
            raise Crash(point)

    return watcher


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_anywhere_leaves_all_or_nothing_and_the_next_try_finishes(
    company: Company, point: str
) -> None:
    laptop = company.laptop().sync()
    batch = [account(company, laptop) for _ in range(3)]
    with faults.watching(crashing_at(point)), pytest.raises(Crash):
        laptop.push(*batch)
    with company.database.reading() as connection:
        assert run(connection, "SELECT count(*) FROM receipt").scalar_one() in (0, 3)
    acks = laptop.push(*batch)
    assert len({ack["o"] for ack in acks}) == 1
    assert {ack.get("was", ack["o"]) for ack in acks} == {"applied"}
    assert len(laptop.sync().bodies("account")) == 4


def test_every_named_point_of_the_server_is_visited() -> None:
    assert (
        in_source("server", "server.") - {point.partition(":")[0] for point in POINTS + KILLED} == ELSEWHERE
    )


@pytest.mark.parametrize("point", KILLED)
def test_a_killed_server_process_comes_back_with_all_or_nothing(
    stopped_server: ServerProcess, tmp_path: Path, point: str
) -> None:
    server = stopped_server
    with server.opened() as database, database.writing() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX only_one ON account (phone) WHERE phone <> ''")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNC_CRASH_AT", point)
        server.start()
    rep = signed_in(tmp_path / "rep2", server.url, "rep2", PASSWORD)
    phones = ["1", "2", "2"] if "savepoint" in point else ["1", "2", "3"]
    stores = [make_account(server.company.territories["NJ"], name="店", phone=phone) for phone in phones]
    for store in stores:
        rep.save(lambda session, store=store: session.add(store))
    with pytest.raises(FieldCrmError):
        rep.cycle()
    server.process.wait(30)
    with server.opened() as database, database.reading() as connection:
        assert run(connection, "SELECT count(*) FROM receipt").scalar_one() in (0, 2, 3)
    server.restart()
    for _ in range(4):
        rep.cycle()
    assert rep.rows("SELECT count(*) FROM outbox WHERE state IN ('pending', 'inflight')") == [(0,)]
    with server.opened() as database, database.reading() as connection:
        known = run(connection, "SELECT id, version FROM account WHERE name = '店'").all()
        assert run(connection, "SELECT count(*) FROM receipt").scalar_one() == 3
    assert len(known) == len(set(phones))
    assert sorted(rep.rows("SELECT id, version FROM account WHERE name = '店' AND version > 0")) == sorted(
        known
    )
    rep.close()
    server.close()


@pytest.mark.parametrize("point", ["server.stamp.taken", "server.stamp.numbered"])
def test_a_server_killed_while_it_numbers_leaves_its_rows_to_the_next(
    stopped_server: ServerProcess, tmp_path: Path, point: str
) -> None:
    server = stopped_server
    stores = [make_account(server.company.territories["NJ"], name="店") for _ in range(5)]
    with server.opened() as database, database.writing() as connection, Session(connection) as session:
        session.add_all(stores)
        session.flush()
    with (
        pytest.MonkeyPatch.context() as patch,
        suppress(AssertionError),
    ):  # it may not even say that it is ready
        patch.setenv("SYNC_CRASH_AT", point)
        server.start()
    assert server.process.wait(60) == -signal.SIGKILL
    with server.opened() as database, database.reading() as connection:
        assert run(connection, "SELECT count(*) FROM sync_outbox").scalar_one() >= 5
    server.start()
    rep = signed_in(tmp_path / "rep2", server.url, "rep2", PASSWORD)
    assert rep.cycle().up_to_date
    assert rep.rows("SELECT count(*) FROM account") == [(5,)]
    rep.close()
    server.close()
