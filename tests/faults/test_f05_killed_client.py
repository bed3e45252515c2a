"""F5 kill -9 of the client at every named point, first arrivals and later ones.

Expected: it starts again and goes on; nothing that was saved is lost, nothing is done twice,
and rows and cursor never part (I1, I7).
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from uuid import UUID

import pytest

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.storage import disk
from fieldcrm.sync import digest
from server.database import run
from tests.builders import make_account
from tests.faults.points import in_source
from tests.faults.test_f25_server_restored import copied, put_back
from tests.fixtures import warm
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync import child
from tests.sync.machine import signed_in

POINTS = (
    "client.first.rows", "client.first.kept", "client.first.committed", "client.first.indexed",
    "client.first.ended", "client.outbox.recorded", "client.push.sealed", "client.push.durable",
    "client.reply.arrived", "client.page.read", "client.ack.settled", "client.page.acks",
    "client.page.entity", "client.page.rows", "client.page.cursor", "client.page.before_commit",
    "client.page.committed", "client.file.announced", "client.file.piece", "client.file.marked",
    "client.file.thumbnail",
)  # fmt: skip
AGAIN = (
    "client.push.sealed:2", "client.push.durable:3", "client.reply.arrived:2", "client.page.before_commit:3",
    "client.outbox.recorded:3", "client.ack.settled:2", "client.page.committed:2", "client.file.piece:2",
)  # fmt: skip
PURGING = ("client.scope.purged:1", "client.page.before_commit:1")
NEVER = {
    "client.page.cursor_alone",  # only there while the bug cursor_before_rows is planted
    "client.file.fetched",  # a piece of a cached picture; nothing that was entered hangs on it
    "client.wipe.told",  # the last word of a wipe; nothing is left to lose
}


@pytest.mark.parametrize("point", [f"{point}:1" for point in POINTS] + list(AGAIN))
def test_a_killed_client_loses_and_doubles_nothing(
    point: str, shared_server: ServerProcess, tmp_path: Path
) -> None:
    device, store, visit, photo = (new_id() for _ in range(4))
    territory = shared_server.company.territories["NJ"]
    folder = tmp_path / "rep2"
    arguments = [
        str(folder),
        shared_server.url,
        "rep2",
        PASSWORD,
        *map(str, (device, territory, store, visit, photo)),
    ]
    _killed(point, "tests.sync.child", *arguments)
    again = signed_in(folder, shared_server.url, "rep2", PASSWORD, device=device)
    child.work(again, territory, store, visit, photo)
    assert again.rows("SELECT count(*) FROM outbox WHERE state <> 'acked'") == [(0,)]
    assert again.rows("SELECT count(*) FROM sync_base") == [(0,)]
    assert again.rows("SELECT phone FROM account WHERE id = ?", str(store)) == [("123",)]
    assert again.rows("SELECT state FROM upload") == [("stored",)]
    again.close()
    _server_has_it_once(shared_server, store, visit, photo)


def _server_has_it_once(server: ServerProcess, store: UUID, visit: UUID, photo: UUID) -> None:
    with server.opened() as database, database.reading() as connection:
        assert run(connection, "SELECT phone FROM account WHERE id = ?", str(store)).all() == [("123",)]
        assert run(connection, "SELECT count(*) FROM visit WHERE id = ?", str(visit)).scalar() == 1
        assert run(connection, "SELECT stored FROM photo WHERE id = ?", str(photo)).all() == [(1,)]
        for row, effects in ((store, 2), (visit, 1), (photo, 1)):
            found = run(connection, "SELECT count(*) FROM receipt WHERE row_id = ?", str(row)).scalar()
            assert found == effects
        assert run(connection, "SELECT count(*) FROM conflict WHERE row_id = ?", str(store)).scalar() == 0


@pytest.mark.parametrize("point", PURGING)
def test_a_client_killed_while_it_gives_rows_up_gives_up_all_of_them(
    point: str, server_process: ServerProcess, tmp_path: Path
) -> None:
    folder, device = tmp_path / "rep2", new_id()
    told = (server_process.url, "rep2", PASSWORD)
    rep = signed_in(folder, *told, device=device)
    rep.cycle()
    stores = [make_account(server_process.company.territories["NJ"], name=f"店{n}") for n in range(3)]
    rep.save(lambda session: session.add_all(stores))
    rep.cycle()
    rep.save(lambda session: setattr(session.get_one(Account, stores[0].id), "phone", "9"))
    rep.close()
    with server_process.opened() as database, database.writing() as connection:
        run(connection, "UPDATE \"user\" SET territory_id = NULL WHERE login = 'rep2'")
    _killed(point, "tests.faults.one_cycle", str(folder), *told, str(device))
    again = signed_in(folder, *told, device=device)
    assert again.cycle().up_to_date
    assert again.rows("SELECT name FROM account") == []
    assert again.rows("SELECT row_id FROM search_account") == []
    assert again.rows("SELECT count(*) FROM outbox WHERE state IN ('pending', 'inflight')") == [(0,)]
    again.close()


REPAIRING = {
    "client.rewind.gathered": "restored", "client.rewind.settled": "restored",
    "client.rewind.committed": "restored", "client.identity.begun": "forked",
    "client.digest.mended": "altered",
}  # fmt: skip


@pytest.mark.parametrize("point", REPAIRING)
def test_a_client_killed_while_it_repairs_itself_finishes_that_the_next_time(
    point: str, server_process: ServerProcess, tmp_path: Path
) -> None:
    folder, device = tmp_path / "rep2", new_id()
    told = (server_process.url, "rep2", PASSWORD)
    rep = signed_in(folder, *told, device=device)
    rep.cycle()
    before = copied(server_process, tmp_path / "old.db")
    rep.database.checkpoint()
    shutil.copy(folder / "field.db", tmp_path / "field.db")
    territory = server_process.company.territories["NJ"]
    stores = [make_account(territory, name=f"店{n}", code=None, tax_id=None) for n in range(4)]
    for store in stores[:3]:
        rep.save(lambda session, store=store: session.add(store))
        rep.cycle()
    match REPAIRING[point]:
        case "restored":
            rep.close()
            put_back(server_process, before)
        case "forked":
            rep.close()
            disk.remove_database(folder / "field.db")
            shutil.copy(tmp_path / "field.db", folder / "field.db")
            copy = signed_in(folder, *told, device=device)
            copy.save(lambda session: session.add(stores[3]))  # a copy is told by what it pushes
            copy.close()
        case "altered":
            with rep.database.loading() as connection:
                connection.execute("UPDATE account SET city = 'Z'")
            rep.save(digest.want)
            rep.close()
    _killed(f"{point}:1", "tests.faults.one_cycle", str(folder), *told, str(device))
    again = signed_in(folder, *told, device=device)
    again.engine.cycle(asked=True)
    again.engine.cycle(asked=True)
    expected = stores if REPAIRING[point] == "forked" else stores[:3]
    found = again.rows("SELECT name, city FROM account ORDER BY name")
    assert found == [(store.name, "") for store in expected]
    assert again.rows("SELECT count(*) FROM outbox WHERE state IN ('pending', 'inflight')") == [(0,)]
    again.close()
    with server_process.opened() as database, database.reading() as connection:
        effects = run(connection, "SELECT count(*) FROM receipt GROUP BY row_id").all()
    assert effects == [(1,)] * len(expected)


def test_every_named_point_of_the_client_is_visited() -> None:
    here = {point.partition(":")[0] for point in (*POINTS, *AGAIN, *PURGING, *REPAIRING)}
    others = "".join(file.read_text("utf-8") for file in Path(__file__).parent.glob("test_f*.py"))
    left = in_source("fieldcrm", "client.") - here - NEVER
    assert {point for point in left if f'"{point}' not in others} == set()


def _killed(point: str, program: str, *arguments: str) -> None:
    """Run a client that dies at ``point``."""
    crashing = os.environ | {"SYNC_CRASH_AT": point}
    assert warm.run(program, *arguments, env=crashing, timeout=120) == -signal.SIGKILL
