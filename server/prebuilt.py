"""Scopes that everybody shares, as files: written once, read by Range, at next to no cost.

A file is the pages of a bootstrap one after the other, each a zstd frame of its own with its
own trailer, so a laptop can go on behind any page that it has. Every page's cursor is the place
in the feed before the first row was read: what changed since comes by the ordinary feed. A file
is made when somebody asks, and anew when a twentieth of its rows changed or when its place in
the feed is no longer one.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import xxhash
import zstandard
from sqlalchemy import Connection

from fieldcrm.errors import SyncError
from fieldcrm.ids import new_id
from fieldcrm.sync import protocol
from fieldcrm.sync.protocol import Header, Trailer, Want
from server import bootstrap, cursors, epochs, purge
from server.cursors import Cursor
from server.database import Database, run
from server.lines import body

_NOBODY = UUID(int=0)
_CHANGED = 20  # one row in so many
_FEW = 100  # changes that are never worth a new file
_PAGE = Want(1_000, 65_536)  # small enough for a line that breaks all the time


class Prebuilt(msgspec.Struct, frozen=True):
    """One file: its ``etag``, how many rows it holds and the cursor that goes with it."""

    etag: str
    rows: int
    cursor: str


class Shelf:
    """The files of one installation, in a folder of their own; usable from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turns: dict[str, threading.Lock] = {}

    def current(self, database: Database, scope: str, schema: int, at_ms: int) -> tuple[Prebuilt, Path]:
        """Return the file of a shared scope for a client of ``schema``, made anew if need be."""
        if not cursors.is_common(scope):
            raise SyncError("not_allowed", scope=scope)
        schema = min(schema, protocol.SCHEMA)
        name = f"{scope.replace(':', '-')}.{schema}"
        with self._turns.setdefault(name, threading.Lock()), database.reading() as connection:
            found = self._read(name)
            if found is None or not self._is_good(connection, scope, found, at_ms):
                found = self._make(connection, scope, schema, name, at_ms, found)
            return found, self._file(name, found.etag)

    def _read(self, name: str) -> Prebuilt | None:
        try:
            found = msgspec.json.decode((self._folder / f"{name}.json").read_bytes(), type=Prebuilt)
        except (OSError, msgspec.DecodeError):
            return None
        return found if self._file(name, found.etag).exists() else None

    def _file(self, name: str, etag: str) -> Path:
        return self._folder / f"{name}.{etag}.pages"

    def _is_good(self, connection: Connection, scope: str, found: Prebuilt, at_ms: int) -> bool:
        cursor = cursors.read(found.cursor, epochs.secret(connection), _NOBODY)
        try:
            cursors.check(connection, cursor)
            purge.check_fence(connection, frozenset({scope}), cursor, at_ms)
        except SyncError:
            return False
        most = max(_FEW, found.rows // _CHANGED)
        newer = (
            "SELECT count(*) FROM (SELECT 1 FROM sync_row WHERE scope_id = ? AND seq > ? LIMIT ?) AS newer"
        )
        return bool(run(connection, newer, scope, cursor.scopes[scope].seq, most + 1).scalar_one() <= most)

    def _make(
        self, connection: Connection, scope: str, schema: int, name: str, at_ms: int, before: Prebuilt | None
    ) -> Prebuilt:
        at = Cursor(epochs.current(connection), {scope: cursors.newest(connection)}, schema=schema)
        cursor = cursors.sign(at, epochs.secret(connection), _NOBODY)
        header = Header(at.epoch, at_ms, 0, schema=protocol.SCHEMA)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._folder / f"{new_id()}.new"
        packer, seen, rows = zstandard.ZstdCompressor(level=9), xxhash.xxh3_128(), 0
        with fresh.open("wb") as file:
            for lines, after in _slices(connection, scope, schema):
                trailer = Trailer(cursor, after is not None, len(lines), "", after=after)
                frame = packer.compress(body(header, lines, trailer))
                file.write(frame)
                seen.update(frame)
                rows += len(lines)
            file.flush()
            os.fsync(file.fileno())
        made = Prebuilt(seen.hexdigest(), rows, cursor)
        fresh.replace(self._file(name, made.etag))
        fresh.write_bytes(msgspec.json.encode(made))
        fresh.replace(self._folder / f"{name}.json")
        if before is not None and before.etag != made.etag:
            with contextlib.suppress(OSError):  # somebody may be reading it
                self._file(name, before.etag).unlink()
        return made


def _slices(connection: Connection, scope: str, schema: int) -> Iterator[tuple[list[bytes], str | None]]:
    """Yield the encoded rows of a scope, page by page, each with the key it ends at."""
    after: str | None = ""
    cursor: Cursor | None = None
    while after is not None:
        found = bootstrap.read(connection, scope, after, Want(), cursor, schema)
        after, cursor = found.after, found.cursor
        yield found.lines, after
