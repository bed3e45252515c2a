"""Reading what can still be read of a damaged database, into a rescue bundle or a parcel.

SQLCipher refuses every page whose seal is broken, so damage costs the rows of that page
and those that are only reached through it: a table whose own first page is broken is lost
whole, and counted as lost. Rows are read in runs; where a run fails, one by one. After a failure the
connection is not to be trusted and is opened again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fieldcrm.errors import StorageError
from fieldcrm.storage import bundle, cipher, device, disk, parcel, schema, sealed
from fieldcrm.storage.bundle import Contents, Row
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.files import Files
from fieldcrm.storage.key import Hardness

_RUN = 100
_GUESS = 5_000
_FAILURES = (cipher.DriverError, StorageError)
Write = Callable[[Iterator[bytes], Contents], None]


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was saved; ``lost_rows`` counts rows of the outbox, drafts and uploads on broken pages.

    ``device`` is the id this laptop signed in with, if that could be read.
    """

    changes: int
    drafts: int
    photos: int
    lost_rows: int
    device: str = ""


def salvage(
    path: Path, key: bytes, files: Files | None, target: Path, passphrase: str,
    hardness: Hardness | None = None,
) -> Salvaged:  # fmt: skip
    """Write what can be read into a rescue bundle; raises what opening raises if nothing can."""
    return _taken(path, key, files, lambda pieces, _: sealed.write(target, passphrase, pieces, hardness))


def seal(path: Path, key: bytes, files: Files | None, target: Path, parcel_key: str) -> Salvaged:
    """Write the same into a parcel that only the server opens; no file if nothing is unsent."""
    return _taken(path, key, files, lambda pieces, contents: parcel.put(target, parcel_key, pieces, contents))


def _taken(path: Path, key: bytes, files: Files | None, write: Write) -> Salvaged:
    source = _Broken(path, key)
    contents = Contents()
    try:
        facts = {row["key"]: msgspec.json.decode(row["value"]) for row in source.rows("device")}
        about = {name: facts[name] for name in (device.USER_ID, device.SERVER) if name in facts}
        source.lost = 0
        write(bundle.pieces(source, files, about, contents), contents)
    finally:
        source.close()
    me = str(facts.get(device.DEVICE_ID, ""))
    return Salvaged(len(contents.mutations), contents.drafts, len(contents.photos), source.lost, me)


def set_aside(path: Path) -> Path:
    """Move a damaged database and its log out of the way of a fresh one; returns where it went."""
    aside = path.with_name(path.name + ".damaged")
    with cipher.translated(path):
        disk.remove_database(aside)
        for suffix in ("-wal", "-shm", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.replace(aside.with_name(aside.name + suffix))
        disk.sync_folder(path.parent)
    return aside


class _Broken:
    """Rows of a damaged database, read around the damage."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._connection: Connection = cipher.connect(path, key, broken=True)
        self.lost = 0

    def close(self) -> None:
        self._connection.close()

    def rows(self, table: str) -> Iterator[Row]:
        at, last = 0, self._last(table)
        while at < last:
            run = self._try(f'SELECT * FROM "{table}" WHERE rowid > ? AND rowid <= ?', (at, at + _RUN))
            if run is None:
                for rowid in range(at + 1, min(at + _RUN, last) + 1):
                    yield from self._one(table, rowid)
            yield from run or ()
            at += _RUN

    def rows_where(self, table: str, column: str, value: Any) -> list[Row]:
        if column not in schema.columns().get(table, ()):
            return []
        return self._try(f'SELECT * FROM "{table}" WHERE "{column}" = ?', (value,)) or []

    def _one(self, table: str, rowid: int) -> list[Row]:
        found = self._try(f'SELECT * FROM "{table}" WHERE rowid = ?', (rowid,))
        self.lost += found is None
        return found or []

    def _last(self, table: str) -> int:
        """Return the highest rowid; where it cannot be read, what the counter says, or a guess."""
        found = self._try(f'SELECT max(rowid) AS n FROM "{table}"', ())
        if found is None:
            found = self._try("SELECT seq AS n FROM sqlite_sequence WHERE name = ?", (table,))
        return (found[0]["n"] or 0) if found else _GUESS

    def _try(self, query: str, parameters: tuple[Any, ...]) -> list[Row] | None:
        try:
            reader = self._connection.execute(query, parameters)
            names = [column[0] for column in reader.description]
            return [dict(zip(names, row, strict=True)) for row in reader]
        except _FAILURES:
            self._connection.close()
            self._connection = cipher.connect(self._path, self._key, broken=True)
            return None
