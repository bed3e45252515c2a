"""F25: a server restored from an old backup is noticed by itself, and nothing that was sent is lost.

Expected: at the laptop's next contact (a) the epoch has changed, (b) also when the server has
grown past the laptop's cursor since, (c) also when somebody only copied old files back and
forgot every other step. The work of the lost window is applied once more and once only, what
the backup holds is answered ``dup``; what the office had written is listed for it (I15).
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from fieldcrm import clock
from fieldcrm.errors import Throttled
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.sync import rewind, status
from server import epochs, highwater, stamp
from server.database import run
from tests.builders import make_account
from tests.fixtures.postgres import Cluster
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in

PLACES = ("sqlite", "postgresql")


@pytest.fixture(params=PLACES)
def server(
    request: pytest.FixtureRequest, start_server: Callable[..., ServerProcess]
) -> Iterator[ServerProcess]:
    """A server, once on each kind of database."""
    if request.param == "sqlite":
        yield start_server()
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    name = f"t{new_id().hex}"
    made = start_server(cluster.create(name, template="model"))
    yield made
    made.close()
    cluster.drop(name)


@pytest.fixture
def rep(server: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    made = signed_in(tmp_path / "rep", server.url, "rep1", PASSWORD)
    yield made
    made.close()


def put_back(server: ServerProcess, copy: Path, *, mark: bool = True) -> None:
    """What an administrator in a hurry does: stop, put the old data in place, start.

    Without the ``mark`` the high-water mark is lost with the rest of the data folder.
    """
    server.stop()
    if not mark:
        (server.data / "high-water.json").unlink()
    if server.database:
        _pg(server, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(copy))
    else:
        for suffix in ("-wal", "-shm"):
            (server.data / f"server.db{suffix}").unlink(missing_ok=True)
        shutil.copyfile(copy, server.data / "server.db")
    server.restart()


def copied(server: ServerProcess, to: Path) -> Path:
    """Copy the data of a running server by the database's own means, past ours."""
    if server.database:
        _pg(server, "pg_dump", "--format=custom", "--no-owner", f"--file={to}")
    else:
        with (
            closing(sqlite3.connect(server.data / "server.db")) as held,
            closing(sqlite3.connect(to)) as copy,
        ):
            held.backup(copy)
    return to


def _pg(server: ServerProcess, tool: str, *arguments: str) -> None:
    found = shutil.which(tool) or str(next(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}")))
    with server.opened() as database:
        url = database.url
    where = ["-h", str(url.query["host"]), "-U", "postgres", "-d", str(url.database)]
    subprocess.run([found, *where, *arguments], check=True, capture_output=True)


def office(server: ServerProcess, work: Callable[[Any], Any]) -> None:
    with server.opened() as database:
        with database.writing() as connection:
            work(connection)
        stamp.stamp_all(database, clock.to_ms(clock.now()))


def stores(server: ServerProcess, count: int = 1) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    area = server.company.territories["HZ"]
    rows = [{"id": i, "name": f"店{n}", "territory_id": area, "phone": "0"} for n, i in enumerate(ids)]
    office(server, lambda connection: connection.execute(insert(Account), rows))
    return ids


def phone(server: ServerProcess, shop: UUID) -> str:
    with server.opened() as database, database.reading() as connection:
        return str(run(connection, "SELECT phone FROM account WHERE id = ?", str(shop)).scalar())


def epoch(server: ServerProcess) -> str:
    with server.opened() as database, database.reading() as connection:
        return epochs.current(connection)


def set_phone(machine: Machine, shop: UUID, value: str) -> None:
    machine.save(lambda s: setattr(s.get_one(Account, shop), "phone", value))


def same_rows(server: ServerProcess, machine: Machine) -> bool:
    """Say whether the laptop's accounts are the server's: ids, versions, phones, cities."""
    query = "SELECT id, version, phone, city FROM account WHERE territory_id = ? ORDER BY id"
    area = str(server.company.territories["HZ"])
    with server.opened() as database, database.reading() as connection:
        there = [tuple(row) for row in run(connection, query, area)]
    return there == machine.rows(query, area)


def test_a_forgotten_restore_is_noticed_and_the_lost_window_is_sent_again_once(
    server: ServerProcess, rep: Machine, tmp_path: Path
) -> None:
    """(b) and (c): old files, no word, and the server has grown past the laptop's cursor."""
    first, second = stores(server, 2)
    rep.cycle()
    set_phone(rep, first, "in the backup")
    rep.cycle()
    copy = copied(server, tmp_path / "copy")
    set_phone(rep, first, "lost")
    shop = make_account(server.company.territories["HZ"])
    rep.save(lambda session: session.add(shop))
    rep.cycle()
    run_office = "UPDATE account SET city = 'lost office edit' WHERE id = ?"
    office(server, lambda connection: run(connection, run_office, str(second)))
    lost_store = stores(server)[0]
    rep.cycle()
    before = epoch(server)
    put_back(server, copy, mark=False)
    assert epoch(server) == before, "nobody said anything"
    stores(server, 30)
    assert phone(server, first) == "in the backup"
    with pytest.raises(Throttled) as waits:
        rep.cycle()
    assert waits.value.data["seconds"] <= rewind.SPREAD_SECONDS  # type: ignore[operator]
    assert epoch(server) != before
    report = rep.engine.cycle(asked=True)
    assert (report.again, report.up_to_date) == (2, True)
    assert phone(server, first) == "lost", "sent again"
    with server.opened() as database, database.reading() as connection:
        counted = "SELECT count(*) FROM account WHERE id = ?"
        assert run(connection, counted, str(shop.id)).scalar() == 1
        found = run(connection, "SELECT row_id, field, reason FROM conflict ORDER BY field").all()
    assert found == [(str(lost_store), "", "rewind"), (str(second), "city", "rewind")]
    assert rep.rows("SELECT count(*) FROM account WHERE id = ?", str(lost_store)) == [(0,)]
    assert same_rows(server, rep)
    assert rep.cycle().again == 0, "it ends by itself"
    with rep.database.reading() as session:
        told = next(line for line in status.log(session) if line.kind == "restored")
    assert (told.data["again"], told.data["days"]) == (2, 1)


def test_our_own_restore_begins_an_epoch_and_the_laptop_catches_up_at_once(
    server: ServerProcess, rep: Machine, tmp_path: Path
) -> None:
    """(a): ``backup`` and ``restore`` as they are meant to be used."""
    [shop] = stores(server)
    rep.cycle()
    assert server.command("backup", str(tmp_path / "b.tar")).returncode == 0
    set_phone(rep, shop, "after the backup")
    rep.cycle()
    server.stop()
    assert server.command("restore", str(tmp_path / "b.tar")).returncode == 0
    server.restart()
    assert phone(server, shop) == "0"
    report = rep.engine.cycle(asked=True)
    assert (report.again, report.merged + report.applied) == (1, 1)
    assert phone(server, shop) == "after the backup"
    assert same_rows(server, rep)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_boot_that_does_not_know_its_high_water_mark_begins_an_epoch(
    server: ServerProcess, rep: Machine, tmp_path: Path
) -> None:
    """(c) on SQLite: the mark outside the database was not put back with it."""
    stores(server)
    rep.cycle()
    copy = copied(server, tmp_path / "copy")
    stores(server, 3)
    server.stop()
    before = epoch(server)
    server.restart()
    assert epoch(server) == before, "a boot is no restore"
    put_back(server, copy)
    assert epoch(server) != before
    assert rep.engine.cycle(asked=True).up_to_date


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_data_under_another_cluster_begins_an_epoch_at_boot(server: ServerProcess, tmp_path: Path) -> None:
    """(c) on PostgreSQL: a dump in a new cluster, or a timeline that branched off."""
    server.stop()
    before = epoch(server)
    with server.opened() as database:
        assert highwater.notice(database, server.data) is None
        for column, value in (("pg_system_id", "1"), ("pg_timeline", 99)):
            with database.writing() as connection:
                run(connection, f"UPDATE sync_epoch SET {column} = ?", value)
            assert highwater.notice(database, server.data) == "cluster"
            assert epoch(server) != before
            before = epoch(server)
        with database.writing() as connection:
            run(connection, "CREATE ROLE nobody_special NOLOGIN")
            run(connection, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public")
            run(connection, "GRANT SELECT ON sync_epoch TO nobody_special")
            run(connection, "SET LOCAL ROLE nobody_special")
            assert not epochs.notice_cluster(connection), "who may not ask carries on"
            connection.rollback()


def test_a_laptop_that_shares_nothing_with_the_backup_begins_anew_and_sends_everything_again(
    server: ServerProcess, tmp_path: Path
) -> None:
    copy = copied(server, tmp_path / "copy")
    [shop] = stores(server)
    late = signed_in(tmp_path / "late", server.url, "rep1", PASSWORD)
    late.cycle()
    mine = make_account(server.company.territories["HZ"])
    late.save(lambda session: session.add(mine))
    late.cycle()
    put_back(server, copy)
    late.remote.login("rep1", PASSWORD, "laptop")
    report = late.engine.cycle(asked=True)
    assert (report.again, report.up_to_date) == (1, True)
    assert same_rows(server, late)
    assert late.rows("SELECT id FROM account") == [(str(mine.id),)], f"{shop} is gone, {mine.id} is back"
    late.close()
