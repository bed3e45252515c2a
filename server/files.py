"""Photos and signatures: parts that arrive in pieces, and whole files named by their hash.

A part's length on the disk is its offset; nothing else counts bytes. The last piece makes
the whole file be synced, hashed again and renamed to its place; only then one transaction
says ``stored``, which reaches the laptops by pull (I12). A kill between the two leaves a
whole file that nobody knows of: ``finish_renamed`` finds it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Row, Table, delete, func, select, update

from fieldcrm.errors import DiskFull, Invalid, NotFound, RuleBroken, Throttled
from fieldcrm.faults import reach
from fieldcrm.model.visits import Photo
from server import limits
from server.tables_auth import blob, upload

photo = cast(Table, Photo.__table__)
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
        part = self.part(row.id)
        if row.state == "stored" or (not part.exists() and self.blob(row.sha256).exists()):
            return int(row.size)
        return part.stat().st_size if part.exists() else 0

    def check_room(self, size: int) -> None:
        """Raise ``DiskFull`` if ``size`` more bytes would fill the disk."""
        if shutil.disk_usage(self.uploads).free - size < limits.FREE_DISK:
            raise DiskFull


@dataclass(frozen=True, slots=True)
class Announced:
    """A file a laptop is about to send."""

    id: UUID
    sha256: str
    size: int
    mutation_id: UUID | None


def checked_hash(text: str) -> str:
    """Return a SHA-256 in lower case, or raise ``Invalid``."""
    text = text.lower()
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise Invalid("not_a_sha256", field="sha256")
    return text


def begin(
    connection: Connection, store: Store, file: Announced, user_id: UUID, device_id: UUID, at: datetime
) -> Row[Any]:
    """Note an upload, or find it again; a file that is already here is complete at once."""
    row = connection.execute(select(upload).where(upload.c.id == file.id)).first()
    if row is not None:
        if (row.user_id, row.sha256, row.size) != (user_id, file.sha256, file.size):
            raise RuleBroken("upload_exists")
        return row
    mine = select(func.count()).where(upload.c.user_id == user_id, upload.c.state == "open")
    if connection.execute(mine).scalar_one() >= limits.OPEN_UPLOADS:
        raise Throttled("too_many_uploads", seconds=60)
    here = connection.execute(select(blob.c.sha256).where(blob.c.sha256 == file.sha256)).first()
    if here is None:
        store.check_room(file.size)
    connection.execute(
        upload.insert().values(
            id=file.id, user_id=user_id, device_id=device_id, sha256=file.sha256, size=file.size,
            mutation_id=file.mutation_id, state="stored" if here else "open", expires_at=at + LIFE,
        )
    )  # fmt: skip
    if here:
        mark_stored(connection, [file.sha256])
    return connection.execute(select(upload).where(upload.c.id == file.id)).one()


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


def settle(store: Store, row: Row[Any]) -> None:
    """Check the whole part and put it in its place; raises ``Mismatch`` and starts it anew."""
    part, place = store.part(row.id), store.blob(row.sha256)
    with part.open("r+b") as file:
        os.fsync(file.fileno())
        if hashlib.file_digest(file, "sha256").hexdigest() != row.sha256:
            file.truncate(0)
            raise Mismatch(0)
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
    mark_stored(connection, [row.sha256])


def mark_stored(connection: Connection, hashes: Collection[str]) -> int:
    """Mark the photos of these stored hashes; triggers bump their version and announce them."""
    here = select(blob.c.sha256).where(blob.c.sha256.in_(hashes))
    waiting = update(photo).where(photo.c.sha256.in_(here), photo.c.stored.is_(False))
    return connection.execute(waiting.values(stored=True)).rowcount


def mark_all_stored(connection: Connection) -> int:
    """Mark every photo whose file came before its row."""
    here = select(blob.c.sha256)
    waiting = update(photo).where(photo.c.stored.is_(False), photo.c.sha256.in_(here))
    return connection.execute(waiting.values(stored=True)).rowcount


def missing(connection: Connection, hashes: Collection[str]) -> list[str]:
    """Return which of these hashes have no file here."""
    here = set(connection.execute(select(blob.c.sha256).where(blob.c.sha256.in_(hashes))).scalars())
    return [sha256 for sha256 in dict.fromkeys(hashes) if sha256 not in here]


def finish_renamed(connection: Connection, store: Store, at: datetime) -> int:
    """Finish the uploads whose file reached its place but not the database."""
    rows = connection.execute(select(upload).where(upload.c.state == "open")).all()
    left = [r for r in rows if not store.part(r.id).exists() and store.blob(r.sha256).exists()]
    for row in left:
        note_stored(connection, store, row, at)
    return len(left)


def forget_expired(connection: Connection, store: Store, at: datetime) -> int:
    """Drop uploads that were not finished in time, and the notes of old finished ones."""
    rows = connection.execute(select(upload).where(upload.c.expires_at < at)).all()
    for row in rows:
        discard(connection, store, row)
    return len(rows)


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
