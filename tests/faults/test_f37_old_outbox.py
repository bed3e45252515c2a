"""F37: a client is updated with 300 unsent mutations of the old schema: all applied."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import insert

from fieldcrm import faults
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.storage import cipher, schema
from fieldcrm.storage.database import Database
from fieldcrm.sync import outbox
from server.database import run
from tests.fixtures.laptop import KEY
from tests.fixtures.next_year import SCHEMA
from tests.fixtures.remote_laptop import drive
from tests.fixtures.server import ServerProcess
from tests.storage.test_migrations import old_file

HOW_MANY = 300


def stores(server: ServerProcess, count: int) -> list[str]:
    ids = [new_id() for _ in range(count)]
    area = server.company.territories["HZ"]
    with server.opened() as database, database.writing() as connection:
        rows = [{"id": i, "name": "店", "territory_id": area} for i in ids]
        connection.execute(insert(Account), rows)
    return [str(i) for i in ids]


def phones(server: ServerProcess) -> list[str]:
    with server.opened() as database, database.reading() as connection:
        return [phone for (phone,) in run(connection, "SELECT phone FROM account ORDER BY id").all()]


def test_300_mutations_of_the_old_program_are_applied_after_the_update(
    server_process: ServerProcess, tmp_path: Path
) -> None:
    """The file is migrated under them; each keeps its schema, its id and its content."""
    ids, device = stores(server_process, HOW_MANY), new_id()
    drive(tmp_path / "a", server_process, device, ["sync"], ["edit_many", ids, "+86 "])
    server_process.stop()
    server_process.program = ("tests.fixtures.next_year", str(SCHEMA), "server")
    server_process.restart()
    unsent, _, ends = drive(
        tmp_path / "a", server_process, device, ["unsent"], ["sync"], ["ends"], year=SCHEMA
    )  # fmt: skip
    assert unsent == [["account", 2]] * HOW_MANY
    assert ends == {"applied": HOW_MANY}
    assert sorted(phones(server_process)) == sorted(f"+86 {n}" for n in range(HOW_MANY))


def test_an_entry_of_the_first_release_says_no_schema_and_is_of_the_first() -> None:
    """0.1 left its own number out of what it stored: absent means 1, whatever ours is."""
    kept = '{"id":"m","agg":["account","a"],"op":"patch","at":1,"set":{"phone":{"old":"1","new":"2"}}}'
    assert outbox._mutation(7, kept).schema == 1


@pytest.mark.parametrize("bug", [None, "old_outbox_dropped"])
def test_a_migration_never_touches_the_outbox(tmp_path: Path, bug: str | None) -> None:
    """Every entry is there afterwards, byte for byte; a program that drops them is noticed."""
    path = old_file(tmp_path / "field.db")
    connection = cipher.connect(path, KEY)
    for n in range(HOW_MANY):
        connection.execute(
            "INSERT INTO outbox (mutation_id, entity, row_id, op, payload, state, conflicts, needs, at,"
            " tries, label) VALUES (?, 'account', ?, 'patch', ?, 'pending', '[]', '[]', 1, 0, '')",
            (str(new_id()), str(new_id()), f'{{"n": {n}}}'),
        )
    before = connection.execute("SELECT n, mutation_id, payload FROM outbox").fetchall()
    connection.close()
    with faults.plant(bug) if bug else nullcontext():
        Database.open(path, KEY).close()
    connection = cipher.connect(path, KEY)
    assert cipher.version_of(connection, path) == schema.VERSION
    after = connection.execute("SELECT n, mutation_id, payload FROM outbox").fetchall()
    connection.close()
    assert (after == before) is (bug is None)
