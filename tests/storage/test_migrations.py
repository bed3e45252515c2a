"""An older file is brought up to date on a copy; whatever goes wrong, the old one is untouched."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fieldcrm.storage import cipher, migrations, schema
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from tests.fixtures.laptop import KEY

FIRST = Path(__file__).with_name("version_1.sql")


def old_file(path: Path) -> Path:
    """Return a closed file as version 1 made it."""
    connection = cipher.connect(path, KEY)
    for statement in FIRST.read_text(encoding="utf-8").split(";\n"):
        connection.execute(statement)
    connection.execute("INSERT INTO sync_state(key, value) VALUES ('cursor', '\"c\"')")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    cipher.remember_key(path, KEY)
    return path


def add_column(connection: Connection) -> None:
    connection.execute("ALTER TABLE sync_state ADD COLUMN seen INTEGER NOT NULL DEFAULT 7")


def count_up(connection: Connection) -> None:
    connection.execute("UPDATE sync_state SET seen = seen + 1")


def fail(connection: Connection) -> None:
    connection.execute("DELETE FROM sync_state")
    raise ZeroDivisionError


def state_of(path: Path) -> list[tuple[object, ...]]:
    connection = cipher.connect(path, KEY)
    try:
        return connection.execute("SELECT * FROM sync_state").fetchall()
    finally:
        connection.close()


def version_of(path: Path) -> int:
    connection = cipher.connect(path, KEY)
    try:
        return cipher.version_of(connection, path)
    finally:
        connection.close()


def test_each_step_runs_once_in_order_and_the_old_file_is_kept(tmp_path: Path) -> None:
    path = old_file(tmp_path / "field.db")
    migrations.bring_up_to_date(path, KEY, 1, [add_column, count_up])
    assert state_of(path) == [("cursor", '"c"', 8)]
    assert version_of(path) == 3
    assert state_of(migrations.previous(path)) == [("cursor", '"c"')]


def test_a_file_that_is_up_to_date_is_not_touched(tmp_path: Path) -> None:
    path = old_file(tmp_path / "field.db")
    digest = hashlib.sha256(path.read_bytes()).digest()
    migrations.bring_up_to_date(path, KEY, 3, [add_column, fail])
    assert hashlib.sha256(path.read_bytes()).digest() == digest
    assert not migrations.previous(path).exists()


def test_a_step_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = old_file(tmp_path / "field.db")
    with pytest.raises(ZeroDivisionError):
        migrations.bring_up_to_date(path, KEY, 1, [add_column, fail])
    assert state_of(path) == [("cursor", '"c"')]
    assert version_of(path) == 1


CHILD = """
import sys
from pathlib import Path
from fieldcrm.storage import migrations
step = lambda c: c.execute("ALTER TABLE sync_state ADD COLUMN seen INTEGER NOT NULL DEFAULT 7")
migrations.bring_up_to_date(Path(sys.argv[1]), bytes(range(32)), 1, [step])
"""


@pytest.mark.parametrize("point", ["copied", "checked", "done"])
def test_a_kill_during_a_migration_leaves_one_whole_version(tmp_path: Path, point: str) -> None:
    path = old_file(tmp_path / "field.db")
    crash = {"SYNC_CRASH_AT": f"storage.migration.{point}:1"}
    done = subprocess.run([sys.executable, "-c", CHILD, str(path)], env=os.environ | crash, check=False)
    assert done.returncode == -signal.SIGKILL
    assert version_of(path) == (2 if point == "done" else 1)
    if point != "done":
        migrations.bring_up_to_date(path, KEY, 1, [add_column])
    assert state_of(path) == [("cursor", '"c"', 7)]


def test_opening_migrates_and_the_next_sync_discards_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = old_file(tmp_path / "field.db")
    monkeypatch.setattr(migrations, "STEPS", (add_column,))
    monkeypatch.setattr(schema, "VERSION", 2)
    database = Database.open(path, KEY)
    with database.loading() as connection:
        assert connection.execute("SELECT seen FROM sync_state").fetchone() == (7,)
    assert migrations.previous(path).exists()
    database.discard_previous()
    database.discard_previous()
    assert not migrations.previous(path).exists()
    database.close()


def test_every_version_has_its_step() -> None:
    assert len(migrations.STEPS) + 1 == schema.VERSION


def shape_of(path: Path) -> dict[str, object]:
    """Return what matters of a file's tables: columns, indexes, triggers."""
    connection = cipher.connect(path, KEY)
    found = connection.execute("SELECT type, name FROM sqlite_master ORDER BY name").fetchall()
    shape: dict[str, object] = {name: kind for kind, name in found}
    for kind, name in found:
        if kind == "table":
            columns = connection.execute(f'PRAGMA table_info("{name}")').fetchall()
            shape[name] = sorted((c[1], c[2], c[3], c[5]) for c in columns)
        elif kind == "index":
            shape[name] = [c[2] for c in connection.execute(f'PRAGMA index_info("{name}")')]
    connection.close()
    return shape


def test_the_first_version_brought_up_to_date_is_a_new_file(tmp_path: Path) -> None:
    path = old_file(tmp_path / "field.db")
    migrations.bring_up_to_date(path, KEY, 1)
    Database.create(tmp_path / "new.db", KEY).close()
    assert shape_of(path) == shape_of(tmp_path / "new.db")
