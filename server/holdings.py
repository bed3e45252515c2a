"""Who has shown the bytes behind a hash: knowing a hash gives nobody its file.

A user holds a file when an upload of his own ended with it, or when a photo of his is
``stored``, which follows from the first. Only a held file makes a photo ``stored``, is
complete without its bytes, or counts as here. What was stored and belongs to no photo is an
orphan: kept, and listed for the office.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Table, exists, select, update

from fieldcrm.clock import now, to_ms
from fieldcrm.errors import RuleBroken
from fieldcrm.faults import planted
from fieldcrm.model.visits import Photo
from server import noted
from server.tables_auth import blob, thumbnail, upload

photo = cast(Table, Photo.__table__)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A stored file that no photo names; who sent it, as far as that is still known."""

    sha256: str
    size: int
    stored_at: datetime
    user_id: UUID | None
    photo_id: UUID | None


def check_owner(
    connection: Connection, upload_id: UUID, thumbnail_of: UUID | None, sha256: str, user_id: UUID
) -> None:
    """Raise ``RuleBroken`` if the photo that an upload is for is another one, or another person's."""
    named = connection.execute(
        select(photo.c.id, photo.c.sha256, photo.c.rep_id).where(photo.c.id.in_([upload_id, thumbnail_of]))
    ).all()
    for row in named:
        if row.rep_id != user_id or (row.id == upload_id and row.sha256 != sha256):
            raise RuleBroken("upload_exists")


def shown(connection: Connection, user_id: UUID, hashes: Collection[str]) -> set[str]:
    """Return which of these files the user has shown to be his."""
    held = select(blob.c.sha256).where(blob.c.sha256.in_(hashes), _is_held(blob.c.sha256, user_id))
    return set(connection.execute(held).scalars())


def stored(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Return which of these files are here, whoever sent them; not to be told to anybody."""
    return set(connection.execute(select(blob.c.sha256).where(blob.c.sha256.in_(hashes))).scalars())


def missing(connection: Connection, user_id: UUID, hashes: Collection[str]) -> list[str]:
    """Return which of these hashes the user has still to send."""
    here = shown(connection, user_id, hashes)
    return [sha256 for sha256 in dict.fromkeys(hashes) if sha256 not in here]


def mark_stored(connection: Connection, hashes: Collection[str]) -> int:
    """Mark the photos of these hashes whose rep holds the file; triggers bump and announce them."""
    return _mark(connection, photo.c.sha256.in_(hashes))


def mark_all_stored(connection: Connection) -> int:
    """Mark every photo whose file came before its row."""
    return _mark(connection, exists().where(blob.c.sha256 == photo.c.sha256))


def _mark(connection: Connection, which: ColumnElement[bool]) -> int:
    here = exists().where(blob.c.sha256 == photo.c.sha256)
    held = here if planted("hash_is_enough") else here & IS_HELD
    waiting = update(photo).where(which, photo.c.stored.is_(False), held)
    marked = waiting.values(stored=True).returning(photo.c.visit_id)
    visits = connection.execute(marked).scalars().all()
    noted.add(connection, {str(visit_id) for visit_id in visits}, to_ms(now()))
    return len(visits)


def _is_held(sha256: ColumnElement[str], user_id: Any) -> ColumnElement[bool]:
    his = photo.alias("his")
    sent = exists().where(upload.c.sha256 == sha256, upload.c.user_id == user_id, upload.c.state == "stored")
    named = exists().where(his.c.sha256 == sha256, his.c.rep_id == user_id, his.c.stored.is_(True))
    return sent | named


# Of a photo: whether its rep holds the file.
IS_HELD = _is_held(photo.c.sha256, photo.c.rep_id)


def is_spoken_for(connection: Connection, row: Row[Any]) -> bool:
    """Whether a stored upload may be forgotten: his photo says by itself that he holds the file."""
    if row.thumbnail_of is not None:
        return True
    mine = exists().where(
        photo.c.sha256 == row.sha256, photo.c.rep_id == row.user_id, photo.c.stored.is_(True)
    )
    return bool(connection.execute(select(mine)).scalar())


def orphans(connection: Connection) -> list[Orphan]:
    """Return the stored files that belong to no photo, oldest first."""
    named = exists().where(photo.c.sha256 == blob.c.sha256)
    small = exists().where(thumbnail.c.sha256 == blob.c.sha256)
    sender = upload.c.sha256 == blob.c.sha256
    found = (
        select(blob.c.sha256, blob.c.size, blob.c.stored_at, upload.c.user_id, upload.c.id)
        .select_from(blob.outerjoin(upload, sender & (upload.c.state == "stored")))
        .where(~named, ~small)
        .order_by(blob.c.stored_at, blob.c.sha256, upload.c.id)
    )
    first: dict[str, Orphan] = {}
    for row in connection.execute(found):
        first.setdefault(row.sha256, Orphan(*row))
    return list(first.values())
