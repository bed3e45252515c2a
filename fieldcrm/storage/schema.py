"""Makes a new database file, and checks an existing one before anything else touches it.

A file is built under another name and renamed when it is whole, so a file at the
right path is always complete.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from fieldcrm.errors import Damaged, TooNew
from fieldcrm.model import Base
from fieldcrm.storage import cipher, disk, search
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.local import LocalBase

VERSION = 2
_DIALECT = dialect()


def build(path: Path, key: bytes) -> None:
    """Make the file with every table at this version, then put it in place."""
    fresh = path.with_name(path.name + ".new")
    with cipher.translated(path):
        disk.remove_database(fresh)
        disk.remove_database(path)
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
        disk.put_in_place(fresh, path)


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


@cache
def columns() -> dict[str, frozenset[str]]:
    """Return the columns of every table of ours."""
    tables = (*Base.metadata.tables.values(), *LocalBase.metadata.tables.values())
    return {table.name: frozenset(table.columns.keys()) for table in tables}


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


def problems(connection: Connection) -> list[str]:
    """Return what SQLCipher and SQLite find wrong with the whole file; nothing for a sound one."""
    broken = [row[0] for row in connection.execute("PRAGMA cipher_integrity_check")]
    if not broken:
        broken = [row[0] for row in connection.execute("PRAGMA quick_check") if row[0] != "ok"]
    return broken
