"""Damage, full disks, killed processes: what was saved survives, and nothing false is shown (F5, F29-F32)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from fieldcrm.errors import Damaged, DiskFull, InUse, StorageError, TooNew, WrongKey
from fieldcrm.model.accounts import Account
from fieldcrm.storage import cipher
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from tests.builders import make_account, make_territory
from tests.fixtures.laptop import KEY
from tests.fixtures.parts import lacking

TERRITORY = make_territory()


def filled(path: Path, count: int = 200) -> Path:
    """Return a closed database with accounts."""
    database = Database.create(path, KEY)
    with database.writing() as session:
        session.add_all(make_account(TERRITORY, name=f"Store {n}", note="x" * 500) for n in range(count))
    database.close()
    return path


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x10]))


@pytest.mark.parametrize("place", [0, 20, 2000, 4095])
def test_a_flipped_bit_in_the_first_page_is_damage_not_a_wrong_key(tmp_path: Path, place: int) -> None:
    path = filled(tmp_path / "field.db", 1)
    flip(path, place)
    with pytest.raises(Damaged):
        Database.open(path, KEY)
    with pytest.raises(WrongKey):
        Database.open(path, bytes(32))


def test_a_flipped_bit_anywhere_is_found_by_the_check(tmp_path: Path) -> None:
    path = filled(tmp_path / "field.db")
    size = path.stat().st_size
    for seed in range(8):
        copy = Path(shutil.copytree(path.parent, tmp_path / f"copy{seed}", ignore=_only_database)) / path.name
        flip(copy, random.Random(seed).randrange(4096, size))
        try:
            database = Database.open(copy, KEY)
        except Damaged:
            continue
        assert database.problems()
        database.close()


def _only_database(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.startswith("field.db")}


def test_reading_a_broken_page_says_damaged(tmp_path: Path) -> None:
    path = filled(tmp_path / "field.db", 2000)
    for page in range(path.stat().st_size // 4096 // 2, path.stat().st_size // 4096):
        flip(path, page * 4096 + 100)
    with pytest.raises(Damaged):
        count_all_notes(path)


def count_all_notes(path: Path) -> None:
    database = Database.open(path, KEY)
    try:
        with database.reading() as session:
            session.execute(text("SELECT sum(length(note)) FROM account NOT INDEXED")).all()
    finally:
        database.close()


@pytest.mark.parametrize("left", [0, 1, 1000, 4096, 40_000])
def test_a_truncated_file_is_damaged(tmp_path: Path, left: int) -> None:
    path = filled(tmp_path / "field.db")
    os.truncate(path, left)
    with pytest.raises(Damaged):
        count_all_notes(path)


def test_a_missing_or_foreign_file_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        Database.open(tmp_path / "field.db", KEY)
    (tmp_path / "field.db").write_bytes(os.urandom(8192))
    with pytest.raises(StorageError):
        Database.open(tmp_path / "field.db", KEY)


def test_a_log_of_another_time_is_not_taken_for_ours(tmp_path: Path) -> None:
    """The log of a file that is gone lies beside a new one of the same name and key."""
    old = Database.create(tmp_path / "old" / "field.db", KEY)
    with old.writing() as session:
        session.add(make_account(TERRITORY, name="Ghost"))
    log = (tmp_path / "old" / "field.db-wal").read_bytes()
    old.close()
    path = filled(tmp_path / "field.db", 3)
    path.with_name("field.db-wal").write_bytes(log)
    database = Database.open(path, KEY)
    assert count(database) == 3
    assert database.problems() == []
    database.close()
    assert path.with_name("field.db.foreign-log").exists()


def test_our_own_log_is_replayed_after_a_kill(tmp_path: Path) -> None:
    database = Database.create(tmp_path / "field.db", KEY)
    for n in range(20):
        with database.writing() as session:
            session.add(make_account(TERRITORY, name=f"Store {n}"))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("field.db", "field.db-wal", "field.db.check"):
        shutil.copyfile(tmp_path / name, copy / name)
    database.close()
    again = Database.open(copy / "field.db", KEY)
    assert count(again) == 20
    assert not (copy / "field.db.foreign-log").exists()
    again.close()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = filled(tmp_path / "field.db", 1)
    connection = cipher.connect(path, KEY)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(TooNew):
        Database.open(path, KEY)


def test_a_full_disk_refuses_the_save_and_recovers_when_freed(small_disk: Path) -> None:
    database = Database.create(small_disk / "field.db", KEY)
    with database.writing() as session:
        session.add(make_account(TERRITORY, name="Saved"))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096))
    with pytest.raises(DiskFull), database.writing() as session:
        session.add_all(make_account(TERRITORY, note="y" * 4000) for _ in range(300))
    with pytest.raises(DiskFull), database.loading() as connection:
        connection.executemany(
            "INSERT INTO sync_state(key, value) VALUES (?, ?)", [(str(n), "z" * 4000) for n in range(300)]
        )
    files = Files(small_disk / "photos", database.file_key())
    with pytest.raises(DiskFull):
        files.put(b"a photo" * 10_000)
    assert count(database) == 1
    ballast.unlink()
    with database.writing() as session:
        session.add(make_account(TERRITORY, name="Later"))
    assert files.get(files.put(b"a photo")) == b"a photo"
    assert count(database) == 2
    assert database.problems() == []
    database.close()


def run(code: str, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], env=os.environ | more,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


QUOTA = """
import resource, sys
from pathlib import Path
from fieldcrm.errors import DiskFull
from fieldcrm.storage.database import Database
from tests.builders import make_account, make_territory
database = Database.open(Path(sys.argv[1]), bytes(range(32)))
resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, resource.RLIM_INFINITY))
try:
    with database.writing() as session:
        session.add_all(make_account(make_territory(), note="y" * 4000) for _ in range(400))
except DiskFull as error:
    print(error.data["file"])
with database.writing() as session:
    session.add(make_account(make_territory(), name="Small"))
"""


def test_a_quota_counts_as_a_full_disk(tmp_path: Path) -> None:
    path = filled(tmp_path / "field.db", 1)
    done = run(QUOTA, path)
    assert done.stdout == "field.db\n", done.stderr
    database = Database.open(path, KEY)
    assert count(database) == 2
    database.close()


SAVE_FOREVER = """
import sys
from pathlib import Path
from fieldcrm.storage.database import Database
from tests.builders import make_account, make_territory
database = Database.open(Path(sys.argv[1]), bytes(range(32)))
n = 0
while True:
    with database.writing() as session:
        session.add_all(make_account(make_territory(), name=f"{n}{part}") for part in "ab")
    print(n, flush=True)
    n += 1
"""


def saving(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SAVE_FOREVER, str(path)], stdout=subprocess.PIPE, text=True
    )


def test_what_was_shown_as_saved_survives_a_kill(tmp_path: Path) -> None:
    path = filled(tmp_path / "field.db", 0)
    for seed in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOREVER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(3 + 7 * seed)]
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in child.stdout if line.endswith("\n")]
        child.wait()
        database = Database.open(path, KEY)
        with database.reading() as session:
            names = set(session.scalars(select(Account.name)))
        assert {f"{n}{part}" for n in told for part in "ab"} <= names
        assert sum(name.endswith("a") for name in names) == sum(name.endswith("b") for name in names)
        assert database.problems() == []
        database.close()


def test_a_second_process_is_told_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    path = filled(tmp_path / "field.db", 0)
    child = subprocess.Popen(
        [sys.executable, "-c", SAVE_FOREVER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    child.stdout.readline()
    with pytest.raises(InUse):
        Database.open(path, KEY)
    second = Database.open(path, KEY, read_only=True)
    assert second.read_only
    assert count(second) >= 2
    second.close()
    child.kill()
    child.wait()
    Database.open(path, KEY).close()


def test_a_crash_while_creating_leaves_no_file(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom fieldcrm.storage import disk\n"
        "from fieldcrm.storage.database import Database\n"
        "disk.os.fsync = lambda handle: os.kill(os.getpid(), 9)\n"
        "Database.create(Path(sys.argv[1]), bytes(range(32)))\n"
    )
    assert run(code, tmp_path / "field.db").returncode == -signal.SIGKILL
    assert not (tmp_path / "field.db").exists()
    Database.create(tmp_path / "field.db", KEY).close()
    Database.open(tmp_path / "field.db", KEY).close()


READ_ONLY_FOLDER = """
import os, sys
from pathlib import Path
from fieldcrm.errors import ReadOnly
from fieldcrm.storage.database import Database
os.setgid(65534); os.setuid(65534)
for use, name in ((Database.create, "new.db"), (Database.open, "field.db")):
    try: use(Path(sys.argv[1]) / name, bytes(range(32)))
    except ReadOnly as error: print(error.data["file"])
"""


def test_a_folder_that_cannot_be_written_is_called_so(tmp_path: Path) -> None:
    if os.getuid():
        lacking("root, to become a user without rights")
    filled(tmp_path / "field.db", 1)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    done = run(READ_ONLY_FOLDER, tmp_path)
    assert len(done.stdout.splitlines()) == 2, done.stderr


def test_nothing_readable_ever_reaches_the_disk(tmp_path: Path) -> None:
    database = Database.create(tmp_path / "field.db", KEY)
    marks = ["Zanzibar Kiosk", "秘密商店", "plaintextphoto"]
    with database.writing() as session:
        session.add_all(make_account(TERRITORY, name=marks[0], note=marks[1] * 50) for _ in range(500))
    with database.loading() as connection:
        connection.execute("INSERT INTO sync_state(key, value) VALUES ('cursor', ?)", (marks[0],))
        connection.execute("UPDATE account SET note = note || ?", (marks[1],))
    Files(tmp_path / "photos", database.file_key()).put(marks[2].encode() * 100)
    with suppress(ZeroDivisionError), database.writing() as session:
        session.execute(text("UPDATE account SET address = :mark"), {"mark": marks[0]})
        raise ZeroDivisionError
    on_disk = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in on_disk} >= {".db", ".db-wal"}
    for path in on_disk:
        content = path.read_bytes()
        assert not any(mark.encode() in content for mark in marks), path.name
        assert b"CREATE TABLE" not in content
        assert b"SQLite format" not in content
    database.close()
