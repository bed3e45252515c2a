"""Makes a new database file, and checks an existing one before anything else touches it.

A file is built under another name and renamed when it is whole, so a file at the
right path is always complete.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from fieldcrm.errors import Damaged, TooNew
from fieldcrm.model import Base
from fieldcrm.storage import cipher, search
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.local import LocalBase

VERSION = 1
_DIALECT = dialect()


def build(path: Path, key: bytes) -> None:
    """Make the file with every table at this version, then put it in place."""
    fresh = path.with_name(path.name + ".new")
    with cipher.translated(path):
        fresh.unlink(missing_ok=True)
        connection = cipher.connect(fresh, key)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            create_tables(connection)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        finally:
            connection.close()
        cipher.remember_key(path, key)
        put_in_place(fresh, path)


def create_tables(connection: Connection) -> None:
    """Create the shared tables, the local ones and the search index inside the connection's transaction."""
    for metadata in (Base.metadata, LocalBase.metadata):
        for table in metadata.sorted_tables:
            connection.execute(_sql(CreateTable(table)))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                connection.execute(_sql(CreateIndex(index)))
    search.create_tables(connection)


def _sql(statement: ExecutableDDLElement) -> str:
    return str(statement.compile(dialect=_DIALECT))


def check(path: Path, key: bytes) -> int:
    """Prove key and first page, and return the file's version; ``TooNew`` if it is beyond this program."""
    if path.stat().st_size == 0:
        raise Damaged(file=path.name, reason="empty")
    connection = cipher.connect(path, key)
    try:
        version = cipher.version_of(connection, path)
    finally:
        connection.close()
    if version == 0:
        raise Damaged(file=path.name, reason="not our database")
    if version > VERSION:
        raise TooNew(file=path.name, version=version)
    return version


def put_in_place(fresh: Path, path: Path) -> None:
    """Rename a complete file onto ``path`` so that a power cut leaves the old one or the new one."""
    with fresh.open("rb+") as handle:
        os.fsync(handle.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` durable; Windows does so by itself."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
