"""F30 the laptop's disk is full: during a save, a page, the first sync, a photo.

Expected: the save is refused with a message and nothing of it is there, never a false
success; sync stops where it is with cursor and rows together; all goes on when there is room.
The disk fills at chosen writes of the product's own driver, and once for real.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fieldcrm.errors import DiskFull, NotFound
from fieldcrm.model.accounts import Account
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import outbox
from fieldcrm.sync.downloads import Downloads
from fieldcrm.ui import errors
from tests.builders import make_account, make_territory
from tests.fixtures.laptop import KEY
from tests.fixtures.photos import picture, take
from tests.fixtures.power import Disk
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in

TERRITORY = make_territory()


def here(database: Database) -> tuple[set[str], int]:
    """Return the names of the stores, and how many entries wait."""
    with database.reading() as session:
        names = set(session.scalars(select(Account.name)))
        return names, len(outbox.raw(session).execute("SELECT 1 FROM outbox").fetchall())


def test_a_save_is_whole_or_refused_at_whichever_write_the_disk_fills(tmp_path: Path, disk: Disk) -> None:
    database = Database.create(tmp_path / "field.db", KEY)
    outbox.attach(database)
    saved: set[str] = set()
    refused = 0
    for room in range(0, 240, 4):
        disk.room = room
        try:
            with database.writing() as session:
                session.add(make_account(TERRITORY, name=f"Store {room}", note="x" * 4_000))
            saved.add(f"Store {room}")
        except DiskFull as error:
            refused += 1
            said = errors.worded(error)
        disk.room = None
        assert here(database) == (saved, len(saved))
    assert refused
    assert said.text
    assert len(saved) > 3
    assert database.problems() == []
    database.close()


@pytest.fixture
def machine(disk: Disk, shared_server: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    made = signed_in(tmp_path / "rep", shared_server.url, "rep1", PASSWORD)
    yield made
    disk.room = None
    made.close()


def test_the_first_sync_goes_on_when_there_is_room(
    shared_server: ServerProcess, machine: Machine, disk: Disk, tmp_path: Path
) -> None:
    stopped = 0
    for room in (0, 3, 10, 40, 80, 200, 400):
        disk.room = room
        try:
            machine.cycle()
            break
        except DiskFull:
            stopped += 1
    assert stopped >= 3
    disk.room = None
    assert machine.cycle().up_to_date
    other = signed_in(tmp_path / "other", shared_server.url, "rep1", PASSWORD)
    other.cycle()
    for table in ("account", "product", "user", "price_entry"):
        query = f"SELECT id, version FROM {table} ORDER BY id"
        assert machine.rows(query) == other.rows(query)
    other.close()
    assert machine.database.problems() == []


def test_a_page_is_applied_with_its_cursor_or_not_at_all(
    shared_server: ServerProcess, machine: Machine, disk: Disk, tmp_path: Path
) -> None:
    machine.cycle()
    other = signed_in(tmp_path / "other", shared_server.url, "rep1", PASSWORD)
    other.cycle()
    area = shared_server.company.territories["HZ"]
    mine = [make_account(area, name=f"Page {n}", note="y" * 3_000) for n in range(40)]
    other.save(lambda session: session.add_all(mine))
    other.cycle()
    other.close()
    cursor = "SELECT value FROM sync_state WHERE key = 'cursor'"
    before = machine.rows(cursor)
    stopped = 0
    for room in (0, 1, 4, 12, 30, 1_000):
        disk.room = room
        try:
            machine.cycle()
        except DiskFull:
            stopped += 1
            assert machine.rows("SELECT count(*) FROM account WHERE name LIKE 'Page %'") == [(0,)]
            assert machine.rows(cursor) == before
    assert stopped >= 3
    assert machine.rows("SELECT count(*) FROM account WHERE name LIKE 'Page %'") == [(40,)]


def test_a_photo_is_refused_and_leaves_nothing_on_a_disk_that_is_really_full(small_disk: Path) -> None:
    files = Files(small_disk / "photos", KEY)
    first = files.put(picture(1, 100))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096))
    with pytest.raises(DiskFull) as caught:
        files.put(picture(2, 300))
    assert errors.worded(caught.value).text
    assert len([each for each in (small_disk / "photos").rglob("*") if each.is_file()]) == 1
    ballast.unlink()
    assert files.get(files.put(picture(2, 300))) == picture(2, 300)
    assert files.get(first) == picture(1, 100)


def test_a_full_disk_keeps_nobody_from_looking_at_a_photo(
    shared_server: ServerProcess, machine: Machine, disk: Disk, tmp_path: Path
) -> None:
    content = picture(3, 100)
    machine.cycle()
    take(machine, shared_server.company.territories["HZ"], content)
    machine.cycle()
    sha256 = machine.files.put(content)
    other = Files(tmp_path / "elsewhere", KEY)
    disk.room = 0
    assert Downloads(machine.database, other, machine.remote).whole(sha256) == content
    with pytest.raises(NotFound):
        other.get(sha256)
