"""Backups: one tar file with the database, the stored files and a note of what it is.

The signing key stays out, so a stolen backup signs nobody in. A restore puts the old
database aside, never over it, begins a new epoch, so every laptop notices and sends again
what the backup does not hold, and keeps out whom the newer database had shut out.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import URL, select, update
from sqlalchemy.exc import DBAPIError

from fieldcrm.errors import Damaged, Invalid, RuleBroken
from server import epochs, files, highwater, operations
from server.database import Database
from server.people import user
from server.settings import Settings
from server.tables import device
from server.tables_auth import credential

_NOTE, _DATABASE = "backup.json", "database"


def backup(settings: Settings, file: Path, at: datetime) -> dict[str, Any]:
    """Write a backup of a running or stopped server to ``file``, whole or not at all."""
    store = files.Store(settings.blobs, settings.uploads)
    aside = file.with_name(f"{file.name}.part")
    with tempfile.TemporaryDirectory(dir=file.resolve().parent) as folder:
        dump = Path(folder) / _DATABASE
        kind = _dump(Database(settings.database_url), dump)
        hashes = sorted(files.stored_on_disk(store))
        note = {"format": 1, "kind": kind, "at": at.isoformat(), "files": len(hashes)}
        with tarfile.open(aside, "w") as archive:
            _add_text(archive, _NOTE, json.dumps(note))
            archive.add(dump, _DATABASE)
            for sha256 in hashes:
                archive.add(store.blob(sha256), f"blobs/{sha256}")
    aside.chmod(0o600)
    with aside.open("rb") as written:
        os.fsync(written.fileno())
    aside.replace(file)
    return note | {"bytes": file.stat().st_size}


def restore(settings: Settings, file: Path, at: datetime) -> dict[str, Any]:
    """Put the backup in ``file`` in place of the database; the server must be stopped."""
    store = files.Store(settings.blobs, settings.uploads)
    database = Database(settings.database_url)
    with _unpacked(file, settings.data) as (folder, note):
        if note["kind"] != database.dialect:
            raise RuleBroken("backup_of_another_kind", kind=note["kind"], wanted=database.dialect)
        shut_out = _shut_out(database)
        database.close()
        put_aside = _load(database, folder / _DATABASE, at)
        for path in (folder / "blobs").glob("*"):
            _keep_file(store, path)
    database.migrate()
    with database.writing() as connection:
        epoch = epochs.begin(connection, "restore")
        devices, users = shut_out
        connection.execute(update(device).where(device.c.id.in_(devices)).values(state="revoked_wipe"))
        connection.execute(update(user).where(user.c.id.in_(users)).values(active=False))
        operations.record(connection, "restored", at, epoch=epoch, backup=note["at"])
    highwater.Mark(settings.data).keep(database)
    database.close()
    return {"epoch": epoch, "backup_of": note["at"], "put_aside": put_aside}


def _dump(database: Database, target: Path) -> str:
    if database.dialect == "sqlite":
        with closing(_opened(database.url)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    else:
        _run("pg_dump", database.url, "--format=custom", "--no-owner", f"--file={target}")
    database.close()
    return database.dialect


def _load(database: Database, dump: Path, at: datetime) -> str | None:
    if database.dialect != "sqlite":
        _run("pg_restore", database.url, "--clean", "--if-exists", "--no-owner", "--single-transaction",
             f"--dbname={database.url.database}", str(dump))  # fmt: skip
        return None
    with closing(sqlite3.connect(dump)) as copy:
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise Damaged(what="backup")
    place = Path(database.url.database or "")
    aside = place.with_name(f"{place.name}.before-restore-{at:%Y%m%dT%H%M%S}")
    if place.exists():
        with closing(_opened(database.url)) as held:
            held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        place.replace(aside)
    for suffix in ("-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(dump, place)
    place.chmod(0o600)
    return aside.name if aside.exists() else None


def _shut_out(database: Database) -> tuple[list[UUID], list[UUID]]:
    """Return the devices and users that may not come back with the backup."""
    try:
        with database.reading() as connection:
            connection.execute(select(credential.c.user_id).limit(1))
            gone = select(device.c.id).where(device.c.state == "revoked_wipe")
            out = select(user.c.id).where(user.c.active.is_(False))
            return list(connection.execute(gone).scalars()), list(connection.execute(out).scalars())
    except DBAPIError:  # nothing readable is in place: that is why somebody restores
        return [], []


@contextmanager
def _unpacked(file: Path, near: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    with tempfile.TemporaryDirectory(dir=near) as folder:
        try:
            with tarfile.open(file, "r") as archive:
                archive.extractall(folder, filter="data")
            note = json.loads((Path(folder) / _NOTE).read_text("utf-8"))
        except (tarfile.TarError, OSError, ValueError) as error:
            raise Invalid("not_a_backup", field="file") from error
        if note.get("format") != 1 or not (Path(folder) / _DATABASE).is_file():
            raise Invalid("not_a_backup", field="file")
        yield Path(folder), note


def _keep_file(store: files.Store, path: Path) -> None:
    place = store.blob(files.checked_hash(path.name))
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(path, place)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    archive.addfile(entry, io.BytesIO(text.encode()))


def _opened(url: URL) -> sqlite3.Connection:
    return sqlite3.connect(url.database or "")


def _run(tool: str, url: URL, *arguments: str) -> None:
    program = shutil.which(tool)
    if program is None:
        raise RuleBroken("tool_missing", tool=tool)
    where = {
        "PGHOST": url.host or str(url.query.get("host", "")), "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "", "PGPASSWORD": str(url.password or ""), "PGDATABASE": url.database or "",
    }  # fmt: skip
    environment = os.environ | {name: value for name, value in where.items() if value}
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuleBroken("tool_failed", tool=tool, said=done.stderr.strip()[-500:])
