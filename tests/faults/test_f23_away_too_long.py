"""F23: a tombstone was forgotten while a device was away for 200 days with edits of the dead row.

Expected: the server answers 410 for the scopes behind its fence; the laptop compares only
these with the server and keeps its unsent work; the edit of the dead row is answered ``gone``
and shown; the row does not come back (I8).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from fieldcrm import clock, faults
from fieldcrm.errors import Offline
from fieldcrm.model.accounts import Account
from fieldcrm.sync import status
from server.database import run
from server.exchange import settle
from server.jobs.nightly import nightly
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in
from tests.sync.test_engine import stores

AWAY = timedelta(days=200)


@pytest.fixture
def rep(server_process: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    """A laptop of rep1 that has synced a few stores."""
    stores(server_process, 30)
    made = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    assert made.cycle().up_to_date
    yield made
    made.close()


def names(rep: Machine) -> list[str]:
    return [str(row_id) for (row_id,) in rep.rows("SELECT id FROM account ORDER BY id")]


def forget(server: ServerProcess, *dead: str) -> None:
    """The office deletes these stores, and half a year later nobody remembers."""
    with server.opened() as database:
        with database.writing() as connection:
            for account in dead:
                run(connection, "DELETE FROM account WHERE id = ?", account)
        now = clock.now()
        nightly(database, now)
        while settle(database, clock.to_ms(now)):
            pass
        nightly(database, now + AWAY)
        with database.reading() as connection:
            assert run(connection, "SELECT count(*) FROM sync_row WHERE state = 'tomb'").scalar() == 0


def test_only_the_scopes_behind_the_fence_are_compared_and_unsent_work_is_kept(
    server_process: ServerProcess, rep: Machine
) -> None:
    dead, edited, alive = names(rep)[:3]
    rep.save(lambda session: setattr(session.get_one(Account, UUID(edited)), "phone", "1"))
    rep.save(lambda session: setattr(session.get_one(Account, UUID(alive)), "phone", "2"))
    forget(server_process, dead, edited)
    report = rep.cycle()
    assert report.up_to_date
    assert not report.needs_first_sync
    assert dead not in names(rep)
    assert edited not in names(rep)
    assert len(names(rep)) == 28
    assert rep.rows("SELECT phone FROM account WHERE id = ?", alive) == [("2",)]
    with rep.database.reading() as session:
        [refused] = status.refused(session)
    assert (str(refused.row_id), refused.code) == (edited, "gone")
    assert {row_id for (row_id,) in rep.rows("SELECT row_id FROM departed")} == {dead, edited}
    assert rep.rows("SELECT count(*) FROM sync_log WHERE kind = 'compared'") == [(1,)]
    assert rep.rows("SELECT count(*) FROM search_account WHERE row_id IN (?, ?)", dead, edited) == [(0,)]
    with server_process.opened() as database, database.reading() as connection:
        assert run(connection, "SELECT count(*) FROM account WHERE id = ?", edited).scalar() == 0
    assert rep.cycle().requests == 1


@pytest.mark.parametrize("point", ["client.reconcile.rows", "client.reconcile.kept"])
def test_a_comparison_that_was_cut_goes_on(server_process: ServerProcess, rep: Machine, point: str) -> None:
    dead = names(rep)[0]
    forget(server_process, dead)

    def cut(reached: str) -> None:
        if reached == point:
            raise Offline("cut_off")

    with faults.watching(cut), pytest.raises(Offline):
        rep.cycle()
    assert dead in names(rep), "nothing goes before the server has named the rest"
    assert rep.cycle().up_to_date
    assert dead not in names(rep)


def test_a_comparison_stops_when_told_to_and_asks_for_no_first_sync(
    server_process: ServerProcess, rep: Machine
) -> None:
    dead = names(rep)[0]
    forget(server_process, dead)
    asked = iter([False, False, True])
    report = rep.engine.cycle(lambda: next(asked, True))
    assert not report.up_to_date
    assert not report.needs_first_sync
    assert rep.cycle().up_to_date
    assert dead not in names(rep)
