"""Copies of what is only here: an encrypted backup, and the rescue bundle of unsent work.

A backup is a whole database under the same key, made through SQLite's backup API while
people work; files are never copied by hand. A rescue bundle holds outbox entries, their
rows, drafts and photos under a passphrase, and can be imported into any profile of the
same user: what a mutation id says is already there is left alone, so importing twice, or
after the server has it, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldcrm.errors import Damaged, Invalid
from fieldcrm.storage import bundle, cipher, device, disk, schema, sealed, search
from fieldcrm.storage.bundle import ABOUT, Contents, Record, Row
from fieldcrm.storage.changes import owners
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.storage.key import Hardness
from fieldcrm.storage.local import LocalBase, OutboxEntry, OutboxState, UploadState

_STEP_PAGES = 2_000
_LOCAL = frozenset(LocalBase.metadata.tables)


@dataclass(frozen=True, slots=True)
class Rescued:
    """What an export wrote."""

    changes: int
    drafts: int
    photos: int
    missing_photos: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought; ``known`` changes were here already."""

    changes: int
    known: int
    drafts: int
    photos: int


def backup(database: Database, path: Path) -> None:
    """Write a whole copy under the same key; writers wait no longer than a moment."""
    fresh = path.with_name(path.name + ".new")
    with cipher.translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.remove_database(fresh)
        source, target = database.connect(), database.connect(fresh)
        try:
            source.backup(target, pages=_STEP_PAGES)
            broken = schema.problems(target)
        finally:
            target.close()
            source.close()
        if broken:
            raise Damaged(file=path.name, reason=broken[0])
        disk.put_in_place(fresh, path)


def export_rescue(
    database: Database, files: Files, path: Path, passphrase: str, hardness: Hardness | None = None,
    on_piece: Callable[[Contents], None] = lambda _contents: None,
) -> Rescued:  # fmt: skip
    """Write everything unsent into ``path`` and remember that it was, which allows a wipe.

    ``on_piece`` hears how far it has come; what it raises stops the export and leaves no file.

    What is exported counts as having left: it never changes again under its mutation id,
    so the copy that arrives first is the same as the other one.
    """
    contents = Contents()
    with database.writing() as session:
        _seal_entries(session)
    with database.reading() as session:
        about = {name: device.fact(session, name) for name in (device.USER_ID, device.SERVER)}
        source = Sound(session.connection().connection.driver_connection)
        pieces = bundle.pieces(source, files, about, contents)
        sealed.write(path, passphrase, _watched(pieces, contents, on_piece), hardness)
    with database.writing() as session:
        done = contents.mutations + contents.photos + contents.missing_photos
        device.remember(session, device.RESCUED, done)
    return Rescued(
        len(contents.mutations), contents.drafts, len(contents.photos), len(contents.missing_photos)
    )


def _watched(
    pieces: Iterable[bytes], contents: Contents, on_piece: Callable[[Contents], None]
) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        on_piece(contents)


def _seal_entries(session: Session) -> None:
    pending = OutboxEntry.state == OutboxState.PENDING
    session.execute(update(OutboxEntry).where(pending).values(state=OutboxState.INFLIGHT))


def import_rescue(database: Database, files: Files, path: Path, passphrase: str) -> Imported:
    """Bring a bundle's work into this profile; ``Invalid`` if it is another user's.

    A row that is not here comes with the bundle; one that is here keeps what the server
    said last and shows the change after the next sync.
    """
    records: dict[str, list[Row]] = {}
    for piece in bundle.read(path, passphrase):
        if isinstance(piece, Record):
            records.setdefault(piece.table, []).append(piece.row)
            _check_author(database, records, path)
        else:
            files.put(piece)
    with database.writing() as session:
        connection: Any = session.connection().connection.driver_connection
        imported, names = _Import(connection, records).run()
    database.announce(names)
    return imported


def _check_author(database: Database, records: dict[str, list[Row]], path: Path) -> None:
    """Refuse before anything is stored; the first record says whose work it is."""
    if set(records) != {ABOUT}:
        return
    about = records[ABOUT][0]
    if about.get("format") != bundle.FORMAT:
        raise Damaged(file=path.name, reason="unknown format")
    with database.reading() as session:
        mine = device.fact(session, device.USER_ID)
    if mine is not None and about.get(device.USER_ID) not in {None, mine}:
        raise Invalid("another_user", field=device.USER_ID)


class Sound:
    """Rows of a database that can be read."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, table: str) -> Iterator[Row]:
        """Yield the rows of a local table."""
        yield from _dicts(self._connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid'))

    def rows_where(self, table: str, column: str, value: Any) -> list[Row]:
        """Return the rows of any table with this value."""
        reader = self._connection.execute(f'SELECT * FROM "{table}" WHERE "{column}" = ?', (value,))
        return list(_dicts(reader))


def _dicts(reader: Any) -> Iterator[Row]:
    names = [column[0] for column in reader.description]
    return (dict(zip(names, row, strict=True)) for row in reader)


class _Import:
    """One import inside one transaction."""

    def __init__(self, connection: Connection, records: dict[str, list[Row]]) -> None:
        self._connection = connection
        self._records = records
        self._names: set[str] = set()

    def run(self) -> tuple[Imported, set[str]]:
        entries = self._records.get("outbox", [])
        wanted = [entry for entry in entries if not self._has("outbox", "mutation_id", entry["mutation_id"])]
        self._rows({(entry["entity"], entry["row_id"]) for entry in wanted})
        for entry in wanted:
            again = {"n": None, "state": OutboxState.INFLIGHT, "sent_at": None, "tries": 0}
            self._insert("outbox", entry | again)
        photos = self._uploads(self._records.get("upload", []))
        drafts = self._drafts(self._records.get("draft", []))
        done = Imported(len(wanted), len(entries) - len(wanted), drafts, photos)
        return done, self._names

    def _rows(self, keys: set[tuple[str, str]]) -> None:
        """Insert the aggregates that are not here, with the server's copy they were cut from."""
        absent = {(entity, row_id) for entity, row_id in keys if not self._has(entity, "id", row_id)}
        for base in self._records.get("sync_base", []):
            if (base["entity"], base["row_id"]) in absent:
                self._insert("sync_base", base)
        for table, rows in self._records.items():
            if table not in _LOCAL and table != ABOUT:
                owner = owners().get(table)
                fresh = [
                    row for row in rows if (owner or table, row[f"{owner}_id" if owner else "id"]) in absent
                ]
                for row in fresh:
                    self._insert(table, row)
                search.index_rows(self._connection, table, fresh)

    def _uploads(self, uploads: Iterable[Row]) -> int:
        count = 0
        for upload in uploads:
            if not self._has("upload", "photo_id", upload["photo_id"]):
                again = {"state": UploadState.WAITING, "offset": 0, "url": None, "tries": 0}
                self._insert("upload", upload | again)
                count += 1
        return count

    def _drafts(self, drafts: Iterable[Row]) -> int:
        count = 0
        for draft in drafts:
            key = (draft["kind"], draft["key"])
            query = "SELECT saved_at FROM draft WHERE kind = ? AND key = ?"
            here = self._connection.execute(query, key).fetchone()
            if here is None or here[0] < draft["saved_at"]:
                self._connection.execute("DELETE FROM draft WHERE kind = ? AND key = ?", key)
                self._insert("draft", draft)
                count += 1
        return count

    def _has(self, table: str, column: str, value: Any) -> bool:
        self._known_table(table)
        query = f'SELECT 1 FROM "{table}" WHERE "{column}" = ?'
        return self._connection.execute(query, (value,)).fetchone() is not None

    def _insert(self, table: str, row: Row) -> None:
        known = [name for name in row if name in self._known_table(table)]
        columns, marks = ", ".join(f'"{name}"' for name in known), ", ".join("?" * len(known))
        values: Sequence[Any] = [row[name] for name in known]
        self._connection.execute(f'INSERT OR IGNORE INTO "{table}" ({columns}) VALUES ({marks})', values)
        self._names.add(table)

    def _known_table(self, table: str) -> frozenset[str]:
        """Return the table's columns; a name that is no table of ours never reaches SQL."""
        found = schema.columns().get(table)
        if found is None:
            raise Damaged(reason="unknown table", table=table)
        return found
