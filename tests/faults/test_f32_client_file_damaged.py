"""F32 the laptop's file is damaged: flipped bits, cut short, a log of another time, a wrong key.

Expected: it is noticed at opening or by the check and never shown as if it were well; what
was unsent is read out row by row into a rescue bundle, a fresh file fetches everything
again, the bundle comes back in, and whatever the server had already is answered ``dup``.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from fieldcrm.errors import Damaged, StorageError, WrongKey
from fieldcrm.storage import cipher, salvage
from fieldcrm.storage.backup import import_rescue
from fieldcrm.storage.database import Database
from fieldcrm.storage.key import Hardness
from tests.builders import make_account
from tests.fixtures.photos import picture, take
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import KEY, Machine, signed_in

LIGHT = Hardness(1, 64, 1)
PAGE = 4096
UNSENT = 60


@pytest.fixture
def machine(server_process: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    """A laptop that has synced, with work and a photo that are unsent."""
    made = signed_in(tmp_path / "rep", server_process.url, "rep1", PASSWORD, device=DEVICE)
    made.cycle()
    area = server_process.company.territories["HZ"]
    for n in range(UNSENT):
        made.save(lambda session, n=n: session.add(make_account(area, name=f"Unsent {n}", note="z" * 700)))
    take(made, area, picture(5, 200))
    made.database.checkpoint()
    made.close()
    yield made
    with suppress(Exception):
        made.close()


DEVICE = UUID("01980000-0000-7000-8000-00000000f032")


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x40]))


def is_noticed(path: Path) -> bool:
    """Whether opening or checking says that something is wrong."""
    try:
        database = Database.open(path, KEY)
    except Damaged:
        return True
    try:
        return bool(database.problems())
    except Damaged:
        return True
    finally:
        database.close()


def flip_bits(path: Path, chance: random.Random) -> None:
    """Three pages of rows lose their seal; a table whose own first page is lost cannot be read any more."""
    connection = cipher.connect(path, KEY)
    [(last,)] = connection.execute("SELECT max(rootpage) FROM sqlite_master")
    connection.close()
    for page in chance.sample(range(last, path.stat().st_size // PAGE), 3):
        flip(path, page * PAGE + chance.randrange(PAGE))


def cut_short(path: Path, chance: random.Random) -> None:
    """The last pages are not there."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size - chance.randrange(1, 6) * PAGE - chance.randrange(PAGE))


@pytest.mark.parametrize("damage", [flip_bits, cut_short])
def test_unsent_work_outlives_a_damaged_file(
    server_process: ServerProcess, machine: Machine, tmp_path: Path, damage: object
) -> None:
    path, chance = machine.database.path, random.Random(7)
    damage(path, chance)  # type: ignore[operator]
    assert is_noticed(path)
    bundle = tmp_path / "rescue.fcr"
    saved = salvage.salvage(path, KEY, machine.files, bundle, "pass", LIGHT)
    entries = UNSENT + 3
    assert saved.changes + saved.lost_rows >= entries
    assert saved.changes >= entries * 3 // 4, "pages that are well give all their rows"
    salvage.set_aside(path)
    fresh = signed_in(tmp_path / "rep", server_process.url, "rep1", PASSWORD, device=DEVICE)
    assert fresh.cycle().up_to_date
    imported = import_rescue(fresh.database, fresh.files, bundle, "pass")
    assert imported.changes == saved.changes
    report = fresh.cycle()
    assert report.up_to_date
    assert report.applied + report.rejected == saved.changes
    assert import_rescue(fresh.database, fresh.files, bundle, "pass").changes == 0
    assert fresh.cycle().applied == 0
    fresh.close()


def test_what_the_server_had_already_is_not_done_twice(
    server_process: ServerProcess, machine: Machine, tmp_path: Path
) -> None:
    """The damaged file is an older copy: everything in its outbox was sent since."""
    old = tmp_path / "old"
    old.mkdir()
    for name in ("field.db", "field.db.check"):
        shutil.copy(machine.database.path.with_name(name), old / name)
    later = signed_in(tmp_path / "rep", server_process.url, "rep1", PASSWORD, device=DEVICE)
    later.cycle()
    later.close()
    before = unsent_stores(server_process)
    assert len(before) == UNSENT
    flip(old / "field.db", (old / "field.db").stat().st_size - 100)
    bundle = tmp_path / "rescue.fcr"
    saved = salvage.salvage(old / "field.db", KEY, machine.files, bundle, "pass", LIGHT)
    salvage.set_aside(machine.database.path)
    fresh = signed_in(tmp_path / "rep", server_process.url, "rep1", PASSWORD, device=DEVICE)
    fresh.cycle()
    import_rescue(fresh.database, fresh.files, bundle, "pass")
    fresh.cycle()
    assert fresh.rows("SELECT count(*) FROM outbox WHERE state IN ('pending', 'inflight')") == [(0,)]
    assert saved.changes
    assert unsent_stores(server_process) == before
    fresh.close()


def unsent_stores(server: ServerProcess) -> list[Any]:
    with server.opened() as database, database.reading() as connection:
        query = "SELECT name, id, version FROM account WHERE name LIKE 'Unsent %' ORDER BY id"
        return list(connection.exec_driver_sql(query).all())


def test_a_stale_log_of_the_same_file_is_noticed(machine: Machine) -> None:
    """It has this file's own salt, so SQLite replays it over newer pages; the check sees the mixture."""
    path = machine.database.path
    database = Database.open(path, KEY)
    with database.writing() as session:
        session.add(make_account(machine.me, name="Logged"))  # type: ignore[arg-type]
    log = path.with_name("field.db-wal").read_bytes()
    database.checkpoint()
    with database.writing() as session:
        session.add(make_account(machine.me, name="Later"))  # type: ignore[arg-type]
    database.checkpoint()
    database.close()
    path.with_name("field.db-wal").write_bytes(log)
    assert is_noticed(path)


@pytest.mark.parametrize("place", [0, 40, 2_000, PAGE - 1])
def test_a_broken_first_page_is_damage_and_a_wrong_key_is_not(machine: Machine, place: int) -> None:
    path = machine.database.path
    with pytest.raises(WrongKey):
        Database.open(path, bytes(32))
    flip(path, place)
    with pytest.raises(Damaged):
        Database.open(path, KEY)
    with pytest.raises(StorageError):
        salvage.salvage(path, KEY, None, path.with_name("rescue.fcr"), "pass", LIGHT)


def test_every_single_flipped_bit_is_noticed(machine: Machine, tmp_path: Path) -> None:
    chance, path = random.Random(3), machine.database.path
    size = path.stat().st_size
    for _ in range(12):
        place = chance.randrange(size)
        flip(path, place)
        assert is_noticed(path), place
        flip(path, place)
