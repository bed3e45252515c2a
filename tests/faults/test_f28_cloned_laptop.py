"""F28: a laptop's disk is copied, and both copies work and sync by turns.

Expected: the first to push goes on as the device, the other is told ``device_forked`` and becomes a
device of its own without asking anybody; what both had waiting is applied once, what each
entered afterwards is applied once (I16). The session moves, it does not multiply.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldcrm.errors import SignInRequired
from fieldcrm.storage import device
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import identity, outbox, status
from fieldcrm.sync.engine import Engine
from fieldcrm.sync.remote import Remote
from server.database import run
from tests.builders import make_account
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import KEY, Machine, signed_in


@pytest.fixture
def first(shared_server: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    made = signed_in(tmp_path / "first", shared_server.url, "rep1", PASSWORD)
    made.cycle()
    yield made
    made.close()


def copy_of(machine: Machine, folder: Path) -> Machine:
    """Copy the whole folder, as an image of the disk does, with the session inside."""
    machine.database.checkpoint()
    shutil.copytree(machine.database.path.parent, folder, ignore=shutil.ignore_patterns("*.lock"))
    database = Database.open(folder / "field.db", KEY)
    outbox.attach(database)
    remote = Remote(machine.remote.server, machine.remote.device, machine.remote.tokens)
    files = Files(folder / "photos", KEY)
    return Machine(database, files, remote, Engine(database, remote, files))


def open_store(machine: Machine, server: ServerProcess) -> str:
    shop = make_account(server.company.territories["HZ"])
    machine.save(lambda session: session.add(shop))
    return str(shop.id)


def times_there(server: ServerProcess, *shops: str) -> list[int]:
    with server.opened() as database, database.reading() as connection:
        query = "SELECT count(*) FROM account WHERE id = ?"
        return [run(connection, query, shop).scalar() for shop in shops]


def synced(machine: Machine) -> bool:
    """Sync, signing in again if the session went to the copy; say whether this one became another device."""
    try:
        return machine.cycle().forked
    except SignInRequired:
        machine.remote.login("rep1", PASSWORD, "laptop")
        return machine.cycle().forked


def test_one_of_two_copies_becomes_a_device_of_its_own_and_nothing_is_lost_or_doubled(
    first: Machine, shared_server: ServerProcess, tmp_path: Path
) -> None:
    shops = [open_store(first, shared_server)]
    second = copy_of(first, tmp_path / "second")
    before = first.remote.device
    forks = []
    for _ in range(3):
        for machine in (first, second):
            shops.append(open_store(machine, shared_server))
            forks.append(synced(machine))
    assert sum(forks) == 1, "once, and then never again"
    assert {first.remote.device, second.remote.device} > {before}
    assert times_there(shared_server, *shops) == [1] * len(shops)
    for machine in (first, second):
        synced(machine)
        assert {row_id for (row_id,) in machine.rows("SELECT id FROM account")} >= set(shops)
    with second.database.reading() as session, first.database.reading() as other:
        told = [line.kind for each in (session, other) for line in status.log(each)]
    assert told.count("forked") == 1
    second.close()


def test_a_file_that_wakes_on_another_machine_is_a_new_device_before_its_first_sync(
    first: Machine, shared_server: ServerProcess, tmp_path: Path
) -> None:
    second = copy_of(first, tmp_path / "second")
    before = second.remote.device
    assert not identity.woke_elsewhere(second.database)
    with second.database.writing() as session:
        device.remember(session, device.SEAT, "the seat of another machine")
    assert identity.woke_elsewhere(second.database)
    assert second.cycle().forked
    assert second.remote.device != before
    assert not second.cycle().forked, "it has its seat now"
    second.close()


def test_a_move_whose_answer_was_lost_is_asked_again_and_a_stolen_token_gains_nothing(
    first: Machine, shared_server: ServerProcess, tmp_path: Path
) -> None:
    second = copy_of(first, tmp_path / "second")
    tokens = second.remote.tokens
    kept = []

    def lost(_tokens: object) -> None:
        kept.append(_tokens)
        raise ConnectionAbortedError

    target = str(make_account(shared_server.company.territories["HZ"]).id)
    with pytest.raises(ConnectionAbortedError):
        second.remote.move(target, "copy", lost)
    second.remote.move(target, "copy", kept.append)
    assert kept[0].refresh == kept[1].refresh  # type: ignore[attr-defined]
    thief = Remote(first.remote.server, first.remote.device, tokens)
    with pytest.raises(SignInRequired):
        thief.move(str(make_account(shared_server.company.territories["HZ"]).id), "thief", kept.append)
    second.close()
