"""Photos and signatures: parts that arrive in pieces, and whole files named by their hash.

A part's length on the disk is its offset; nothing else counts bytes. The last piece makes
the whole file be synced and hashed again, which is noted (``whole``); it is renamed to its
place, and only then one transaction says ``stored``, which reaches the laptops by pull
(I12). A kill anywhere between leaves an upload that ``finish_whole`` ends, or the laptop's next
question for its progress: nobody is told that all of it is here before it is stored. That a
file lies in its place never makes an upload whole: somebody else may have put it there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, select, update

from fieldcrm.errors import DiskFull, Invalid, NotFound, RuleBroken, Throttled
from fieldcrm.faults import planted, reach
from server import holdings, limits
from server.database import Database
from server.tables_auth import blob, thumbnail, upload

LIFE = timedelta(days=7)


class Mismatch(RuleBroken):
    """The bytes are not the ones that were announced."""

    def __init__(self, offset: int) -> None:
        super().__init__("checksum_mismatch", offset=offset)


@dataclass(frozen=True, slots=True)
class Store:
    """Where files lie: ``uploads/<id>`` while they arrive, ``blobs/ab/cd/<sha256>`` for good."""

    blobs: Path
    uploads: Path

    def part(self, upload_id: UUID) -> Path:
        """Return where an upload's bytes gather."""
        return self.uploads / str(upload_id)

    def blob(self, sha256: str) -> Path:
        """Return where the file with this hash belongs."""
        return self.blobs / sha256[:2] / sha256[2:4] / sha256

    def offset(self, row: Row[Any]) -> int:
        """Return how many bytes of an upload are here."""
        if row.state != "open":
            return int(row.size)
        part = self.part(row.id)
        return part.stat().st_size if part.exists() else 0

    def check_room(self, size: int) -> None:
        """Raise ``DiskFull`` if ``size`` more bytes would fill the disk."""
        if shutil.disk_usage(self.uploads).free - size < limits.FREE_DISK:
            raise DiskFull


@dataclass(frozen=True, slots=True)
class Announced:
    """A file a laptop is about to send; ``thumbnail_of`` names the photo whose small picture it is."""

    id: UUID
    sha256: str
    size: int
    mutation_id: UUID | None = None
    thumbnail_of: UUID | None = None


def checked_hash(text: str) -> str:
    """Return a SHA-256 in lower case, or raise ``Invalid``."""
    text = text.lower()
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise Invalid("not_a_sha256", field="sha256")
    return text


def begin(
    connection: Connection, store: Store, file: Announced, user_id: UUID, device_id: UUID, at: datetime
) -> Row[Any]:
    """Note an upload, or find it again; complete at once is only what this user has shown before."""
    row = connection.execute(select(upload).where(upload.c.id == file.id)).first()
    if row is not None:
        if (row.user_id, row.sha256, row.size) != (user_id, file.sha256, file.size):
            raise RuleBroken("upload_exists")
        return row
    holdings.check_owner(connection, file.id, file.thumbnail_of, file.sha256, user_id)
    mine = select(func.count()).where(upload.c.user_id == user_id, upload.c.state == "open")
    if connection.execute(mine).scalar_one() >= limits.OPEN_UPLOADS:
        raise Throttled("too_many_uploads", seconds=60)
    here = bool(holdings.shown(connection, user_id, [file.sha256]))
    if not here:
        store.check_room(file.size)
    connection.execute(
        upload.insert().values(
            id=file.id, user_id=user_id, device_id=device_id, sha256=file.sha256, size=file.size,
            mutation_id=file.mutation_id, thumbnail_of=file.thumbnail_of,
            state="stored" if here else "open", expires_at=at + LIFE,
        )
    )  # fmt: skip
    row = connection.execute(select(upload).where(upload.c.id == file.id)).one()
    if here:
        note_stored(connection, store, row, at)
    return row


def found(connection: Connection, upload_id: UUID, user_id: UUID) -> Row[Any]:
    """Return the user's own upload, or raise ``NotFound``."""
    mine = select(upload).where(upload.c.id == upload_id, upload.c.user_id == user_id)
    row = connection.execute(mine).first()
    if row is None:
        raise NotFound("upload", upload_id)
    return row


def discard(connection: Connection, store: Store, row: Row[Any]) -> None:
    """Forget an upload and its part; a stored file stays."""
    connection.execute(delete(upload).where(upload.c.id == row.id))
    store.part(row.id).unlink(missing_ok=True)


def is_complete(store: Store, row: Row[Any]) -> bool:
    """Whether all bytes of an upload are here and it is not ``stored``: a kill came before."""
    return row.state != "stored" and store.offset(row) == int(row.size)


def finish(database: Database, store: Store, row: Row[Any], at: datetime) -> None:
    """End a complete upload from wherever a kill left it; raises ``Mismatch`` if it is another file."""
    if row.state == "open":
        settle(database, store, row, at)
    elif row.state == "whole":
        _finish_whole(database, store, row, at)


def settle(database: Database, store: Store, row: Row[Any], at: datetime) -> None:
    """Take in a part that is complete; raises ``Mismatch`` and starts it anew if it is another file."""
    reach("file_complete")
    check_whole(store, row)
    with database.writing() as connection:
        connection.execute(update(upload).where(upload.c.id == row.id).values(state="whole"))
    reach("file_whole")
    put_in_place(store, row)
    with database.writing() as connection:
        note_stored(connection, store, row, at)


def check_whole(store: Store, row: Row[Any]) -> None:
    """Sync a part and hash all of it again."""
    with store.part(row.id).open("r+b") as file:
        os.fsync(file.fileno())
        if hashlib.file_digest(file, "sha256").hexdigest() != row.sha256 and not planted(
            "stored_before_hash"
        ):
            file.truncate(0)
            raise Mismatch(0)


def put_in_place(store: Store, row: Row[Any]) -> None:
    """Rename a part that was found whole; one that is in its place already is left there."""
    part, place = store.part(row.id), store.blob(row.sha256)
    if not part.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part.replace(place)
    for folder in (place.parent, place.parent.parent, store.blobs, store.uploads):
        _sync_folder(folder)
    reach("file_renamed")


def note_stored(connection: Connection, store: Store, row: Row[Any], at: datetime) -> None:
    """Say in the database that a settled file is here, and tell the laptops."""
    known = select(blob.c.sha256).where(blob.c.sha256 == row.sha256)
    if connection.execute(known).first() is None and store.blob(row.sha256).exists():
        connection.execute(blob.insert().values(sha256=row.sha256, size=row.size, stored_at=at))
    connection.execute(update(upload).where(upload.c.id == row.id).values(state="stored"))
    if row.thumbnail_of is None:
        holdings.mark_stored(connection, [row.sha256])
        return
    connection.execute(delete(thumbnail).where(thumbnail.c.photo_id == row.thumbnail_of))
    connection.execute(
        thumbnail.insert().values(photo_id=row.thumbnail_of, user_id=row.user_id, sha256=row.sha256)
    )


def finish_whole(database: Database, store: Store, at: datetime) -> int:
    """End the uploads that were found whole but are not ``stored``: a kill came between."""
    with database.reading() as connection:
        rows = connection.execute(select(upload).where(upload.c.state == "whole")).all()
    for row in rows:
        _finish_whole(database, store, row, at)
    return len(rows)


def _finish_whole(database: Database, store: Store, row: Row[Any], at: datetime) -> None:
    put_in_place(store, row)
    with database.writing() as connection:
        if store.blob(row.sha256).exists():
            note_stored(connection, store, row, at)
        else:
            connection.execute(update(upload).where(upload.c.id == row.id).values(state="open"))


def forget_expired(connection: Connection, store: Store, at: datetime) -> int:
    """Drop uploads that were not finished in time; of stored ones, those that a photo speaks for."""
    rows = connection.execute(select(upload).where(upload.c.expires_at < at)).all()
    ended = [row for row in rows if row.state == "open" or holdings.is_spoken_for(connection, row)]
    for row in ended:
        discard(connection, store, row)
    return len(ended)


def stored_on_disk(store: Store) -> Iterator[str]:
    """Yield the hash of every file in its place."""
    for path in store.blobs.glob("??/??/*"):
        yield path.name


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle to a folder; renames are durable there by journal
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
