"""F8 power loss on the laptop: unsynced writes are gone.

Expected: every save that was shown as saved is there, the file is whole, and a photo lies
whole under its name; a page of rows may be lost, but only together with its cursor (I1, I7).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fieldcrm.model.accounts import Account
from fieldcrm.storage import cipher
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import outbox
from tests.builders import make_account, make_territory
from tests.fixtures.laptop import KEY
from tests.fixtures.power import Disk

TERRITORY = make_territory()
SAVES = 40


def made(folder: Path) -> Path:
    """Return a closed file of a laptop, all of it on the disk."""
    Database.create(folder / "field.db", KEY).close()
    return folder / "field.db"


def save(database: Database, name: str) -> None:
    with database.writing() as session:
        session.add(make_account(TERRITORY, name=name, note="备注" * 400))


def found_after(disk: Disk, path: Path, target: Path) -> tuple[set[str], int]:
    """Return the stores and the outbox entries that a power cut leaves; the file must be whole."""
    database = Database.open(disk.after_power_loss(path, target), KEY)
    try:
        assert database.problems() == []
        with database.reading() as session:
            names = set(session.scalars(select(Account.name)))
            return names, len(outbox.raw(session).execute("SELECT 1 FROM outbox").fetchall())
    finally:
        database.close()


def test_every_save_that_returned_is_there_after_a_power_cut(tmp_path: Path, disk: Disk) -> None:
    path = made(tmp_path)
    database = Database.open(path, KEY)
    outbox.attach(database)
    for n in range(SAVES):
        save(database, f"Store {n}")
        if n % 8 == 0:
            names, entries = found_after(disk, path, tmp_path / f"cut{n}")
            assert names == {f"Store {each}" for each in range(n + 1)}
            assert entries == n + 1
    database.close()
    assert disk.syncs >= SAVES


def test_without_full_syncing_saves_are_lost(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same saves under synchronous=NORMAL do not survive, so the test above can fail."""
    connect = cipher.connect

    def careless(path: Path, key: bytes, **options: Any) -> cipher.Connection:
        return connect(path, key, **options | {"durable": False})

    path = made(tmp_path)
    monkeypatch.setattr(cipher, "connect", careless)
    database = Database.open(path, KEY)
    outbox.attach(database)
    for n in range(SAVES):
        save(database, f"Store {n}")
    names, _ = found_after(disk, path, tmp_path / "cut")
    database.close()
    assert len(names) < SAVES


def test_a_page_is_lost_whole_or_not_at_all(tmp_path: Path, disk: Disk) -> None:
    path = made(tmp_path)
    database = Database.open(path, KEY)
    for n in range(30):
        with database.loading() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO sync_state (key, value) VALUES ('cursor', ?)", (str(n),)
            )
            connection.executemany(
                "INSERT INTO sync_state (key, value) VALUES (?, ?)",
                [(f"row{n}-{each}", '"' + "x" * 900 + '"') for each in range(20)],
            )
        if n % 10 == 9:
            again = Database.open(disk.after_power_loss(path, tmp_path / f"cut{n}"), KEY)
            cursor, rows = kept(again)
            again.close()
            assert rows == (cursor + 1) * 20
    database.close()


def kept(database: Database) -> tuple[int, int]:
    connection = database.connect()
    cursor = connection.execute("SELECT value FROM sync_state WHERE key = 'cursor'").fetchone()
    rows = connection.execute("SELECT count(*) FROM sync_state WHERE key LIKE 'row%'").fetchone()[0]
    connection.close()
    return int(cursor[0]) if cursor else -1, rows


def test_a_save_after_a_page_makes_the_page_safe_too(tmp_path: Path, disk: Disk) -> None:
    """One log holds both, in order: what a save was built on is there with it."""
    path = made(tmp_path)
    database = Database.open(path, KEY)
    with database.loading() as connection:
        connection.execute("INSERT INTO sync_state (key, value) VALUES ('cursor', '7')")
    save(database, "Later")
    again = Database.open(disk.after_power_loss(path, tmp_path / "cut"), KEY)
    assert kept(again)[0] == 7
    again.close()
    database.close()


def test_a_photo_is_synced_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[str, str]] = []
    real_sync, real_replace = os.fsync, Path.replace

    def told(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(first: object, *more: object) -> object:
            where = str(Path(f"/proc/self/fd/{first}").readlink()) if isinstance(first, int) else str(first)
            steps.append((name, where))
            return real(first, *more)

        return call

    monkeypatch.setattr(os, "fsync", told("sync", real_sync))
    monkeypatch.setattr(Path, "replace", told("rename", real_replace))
    files = Files(tmp_path / "photos", KEY)
    sha256 = files.put(b"a photo" * 1_000)
    (first, fresh), (second, renamed), (third, folder) = steps
    assert (first, second, third) == ("sync", "rename", "sync")
    assert fresh == renamed
    assert Path(folder).is_dir()
    assert files.get(sha256) == b"a photo" * 1_000
