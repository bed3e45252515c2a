"""F27: a laptop's file is restored from last week's copy; there is no other copy.

Expected: it catches up; what was applied before is not applied again, nothing entered on it
afterwards is lost, and no count names two works of one device (I16): the server tells the
old copy apart by its lease, and it goes on as a device of its own.
"""

from __future__ import annotations

from pathlib import Path

from fieldcrm.storage import backup
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import outbox
from fieldcrm.sync.core import ClientCore
from fieldcrm.sync.engine import Engine
from fieldcrm.sync.remote import Remote
from server.database import run
from tests.builders import make_account
from tests.faults.test_f28_cloned_laptop import open_store, times_there
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import KEY, Machine, signed_in


def test_an_old_copy_catches_up_and_doubles_nothing(shared_server: ServerProcess, tmp_path: Path) -> None:
    laptop = signed_in(tmp_path / "laptop", shared_server.url, "rep1", PASSWORD)
    laptop.cycle()
    waiting = open_store(laptop, shared_server)
    backup.backup(laptop.database, tmp_path / "old" / "field.db")
    later = open_store(laptop, shared_server)
    laptop.cycle()
    last = open_store(laptop, shared_server)
    laptop.cycle()
    tokens, device_id = laptop.remote.tokens, laptop.remote.device
    laptop.close()
    database = Database.open(tmp_path / "old" / "field.db", KEY)
    outbox.attach(database)
    remote, files = Remote(shared_server.url, device_id, tokens), Files(tmp_path / "old" / "photos", KEY)
    old = Machine(database, files, remote, Engine(database, remote, files))
    fresh = open_store(old, shared_server)
    assert old.cycle().up_to_date
    assert times_there(shared_server, waiting, later, last, fresh) == [1, 1, 1, 1]
    here = {row_id for (row_id,) in old.rows("SELECT id FROM account")}
    assert {waiting, later, last, fresh} <= here
    with shared_server.opened() as held, held.reading() as connection:
        twice = "SELECT 1 FROM receipt GROUP BY device_id, n HAVING count(*) > 1"
        assert run(connection, twice).first() is None
    old.close()


def test_the_counter_goes_on_after_what_the_server_has_seen(
    shared_server: ServerProcess, tmp_path: Path
) -> None:
    laptop = signed_in(tmp_path / "laptop", shared_server.url, "rep1", PASSWORD)
    laptop.cycle()
    with shared_server.opened() as held, held.writing() as connection:
        run(connection, "UPDATE device SET n_applied = 700 WHERE id = ?", laptop.remote.device)
    laptop.save(lambda s: s.add(make_account(shared_server.company.territories["HZ"])))
    core = ClientCore(laptop.database, laptop.remote.device)
    core.receive(laptop.remote.sync(_pull(core)), 1)
    assert laptop.rows("SELECT n FROM outbox") == [(701,)]
    laptop.save(lambda s: s.add(make_account(shared_server.company.territories["HZ"])))
    assert laptop.rows("SELECT max(n) FROM outbox")[0][0] > 701
    assert laptop.cycle().up_to_date
    laptop.close()


def _pull(core: ClientCore) -> bytes:
    return core.request(1, 1, "", most=0)
