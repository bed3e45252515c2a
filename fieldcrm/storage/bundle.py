"""What a rescue bundle holds: records of plain rows, and photo bytes.

One record is one row of one table as the driver stores it; photos follow last. Writing
and reading share this file so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from fieldcrm.errors import Damaged, NotFound
from fieldcrm.storage import sealed
from fieldcrm.storage.changes import owners
from fieldcrm.storage.files import Files
from fieldcrm.storage.local import UNSENT, UploadState

FORMAT = 1
ABOUT = "about"
_RECORD, _PHOTO = b"R", b"P"
_SHA = 64
Row = dict[str, Any]


class Record(msgspec.Struct, frozen=True):
    """One row of ``table``."""

    table: str
    row: Row


class Source(Protocol):
    """Where rows come from: a sound database, or one that is read around its damage."""

    def rows(self, table: str) -> Iterator[Row]:
        """Yield the rows of a local table."""

    def rows_where(self, table: str, column: str, value: Any) -> list[Row]:
        """Return the rows of any table with this value."""


class Contents(msgspec.Struct):
    """What went into a bundle; ``missing_photos`` had no readable bytes."""

    mutations: list[str] = []
    photos: list[str] = []
    drafts: int = 0
    missing_photos: list[str] = []


def pieces(source: Source, files: Files | None, about: Row, contents: Contents) -> Iterator[bytes]:
    """Yield a bundle's pieces and note in ``contents`` what they are."""
    yield _record(ABOUT, about | {"format": FORMAT})
    touched: dict[tuple[str, str], None] = {}
    for entry in source.rows("outbox"):
        if entry["state"] in UNSENT:
            contents.mutations.append(entry["mutation_id"])
            touched[entry["entity"], entry["row_id"]] = None
            yield _record("outbox", entry)
    for entity, row_id in touched:
        yield from _aggregate(source, entity, row_id)
    for draft in source.rows("draft"):
        contents.drafts += 1
        yield _record("draft", draft)
    yield from _photos(source, files, contents)


def _aggregate(source: Source, entity: str, row_id: str) -> Iterator[bytes]:
    for base in source.rows_where("sync_base", "row_id", row_id):
        if base["entity"] == entity:
            yield _record("sync_base", base)
    for row in source.rows_where(entity, "id", row_id):
        yield _record(entity, row)
    for part, owner in owners().items():
        if owner == entity:
            for row in source.rows_where(part, f"{owner}_id", row_id):
                yield _record(part, row)


def _photos(source: Source, files: Files | None, contents: Contents) -> Iterator[bytes]:
    for upload in source.rows("upload"):
        if upload["state"] == UploadState.STORED:
            continue
        try:
            photo = files.get(upload["sha256"]) if files else None
        except (NotFound, Damaged):
            photo = None
        if photo is None:
            contents.missing_photos.append(upload["photo_id"])
            continue
        contents.photos.append(upload["photo_id"])
        yield _record("upload", upload)
        yield _PHOTO + upload["sha256"].encode() + photo


def _record(table: str, row: Row) -> bytes:
    return _RECORD + msgspec.json.encode(Record(table, row))


def read(path: Path, passphrase: str) -> Iterator[Record | bytes]:
    """Yield records, and photos as their bytes; ``Damaged`` if the bundle is not whole."""
    for piece in sealed.read(path, passphrase):
        if piece[:1] == _PHOTO:
            yield piece[1 + _SHA :]
            continue
        try:
            yield msgspec.json.decode(piece[1:], type=Record)
        except msgspec.DecodeError as error:
            raise Damaged(file=path.name, reason="unknown record") from error
