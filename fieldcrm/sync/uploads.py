"""The local list of pictures whose bytes are on their way, apart from the lane that sends them.

A row is made with the photo's own outbox entry. It becomes ``stored`` when the server's word
for it came back in a pull, and after the retention its bytes may go like any others that
the server has too (I12). It is forgotten at once when the photo has left this device and
the server has the bytes. A server that was restored says ``stored`` no longer: they go again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fieldcrm import clock
from fieldcrm.faults import planted
from fieldcrm.storage import cached
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.local import UploadState


@dataclass(frozen=True, slots=True)
class Waiting:
    """One picture whose bytes the server does not have yet."""

    photo_id: str
    sha256: str
    size: int
    url: str | None
    tries: int


def waiting(connection: Connection, *, small: bool = False) -> list[Waiting]:
    """Return the pictures to upload, or to send a thumbnail of, oldest first; their records have gone."""
    rows = connection.execute(
        "SELECT photo_id, sha256, size, url, tries FROM upload WHERE state IN ('waiting', 'sending')"
        " AND photo_id NOT IN (SELECT row_id FROM outbox WHERE entity = 'photo'"
        " AND state IN ('pending', 'inflight')) AND NOT (thumbnail_sent AND ?) ORDER BY at, photo_id",
        (small,),
    )
    return [Waiting(*row) for row in rows]


def mark(connection: Connection, photo_id: str, state: UploadState) -> None:
    """Set how far a picture has come."""
    connection.execute("UPDATE upload SET state = ? WHERE photo_id = ?", (state, photo_id))


def mark_sending(connection: Connection, photo_id: str, url: str) -> None:
    """Note where the server takes this picture."""
    connection.execute(
        "UPDATE upload SET url = ?, state = 'sending', tries = tries + 1 WHERE photo_id = ?", (url, photo_id)
    )


def mark_thumbnail(connection: Connection, photo_id: str) -> None:
    """Note that the thumbnail has gone, or that there can be none."""
    connection.execute("UPDATE upload SET thumbnail_sent = 1 WHERE photo_id = ?", (photo_id,))


def note_stored(connection: Connection, photo_ids: Iterable[str]) -> None:
    """Note what the server's rows say of these photos: stored, or not (any more)."""
    ids = [(photo_id,) for photo_id in photo_ids]
    now = clock.to_ms(clock.now())
    connection.executemany(
        "UPDATE upload SET state = 'stored', stored_at = coalesce(stored_at, ?) WHERE photo_id = ?"
        " AND EXISTS (SELECT 1 FROM photo WHERE photo.id = upload.photo_id AND photo.stored)",
        [(now, photo_id) for (photo_id,) in ids],
    )
    connection.executemany(
        "UPDATE upload SET state = 'waiting', stored_at = NULL WHERE photo_id = ?"
        " AND state IN ('sent', 'stored')"
        " AND EXISTS (SELECT 1 FROM photo WHERE photo.id = upload.photo_id AND NOT photo.stored)",
        ids,
    )


def release(connection: Connection, until_ms: int, now_ms: int) -> None:
    """Let go of what was stored by ``until_ms``: its bytes are on the list of what the server has too."""
    ended = connection.execute(
        "SELECT photo_id, sha256, size FROM upload"
        " WHERE (state = 'stored' OR ?) AND coalesce(stored_at, at) <= ?",
        (planted("local_deleted_early"), until_ms),
    ).fetchall()
    connection.executemany("DELETE FROM upload WHERE photo_id = ?", [(photo_id,) for photo_id, _, _ in ended])
    for _, sha256, size in ended:
        if not connection.execute("SELECT 1 FROM upload WHERE sha256 = ?", (sha256,)).fetchone():
            cached.note(connection, sha256, size, now_ms)


def note_left(connection: Connection, hashes: Iterable[str]) -> None:
    """Note in the transaction in which their records leave that these bytes must go too (I5)."""
    if not planted("pictures_left_behind"):
        query = "INSERT OR IGNORE INTO left_file (sha256) VALUES (?)"
        connection.executemany(query, [(sha256,) for sha256 in hashes])


def note_gone(connection: Connection, hashes: Iterable[str]) -> None:
    """Note that their bytes have gone."""
    connection.executemany("DELETE FROM left_file WHERE sha256 = ?", [(sha256,) for sha256 in hashes])


def unneeded(connection: Connection) -> set[str]:
    """Forget pictures that left and are safe on the server; return the hashes nobody needs here."""
    safe = (
        " FROM upload WHERE state IN ('sent', 'stored')"
        " AND NOT EXISTS (SELECT 1 FROM photo WHERE photo.id = upload.photo_id)"
    )
    note_left(connection, [sha256 for (sha256,) in connection.execute("SELECT sha256" + safe).fetchall()])
    connection.execute("DELETE" + safe)
    connection.execute(
        "DELETE FROM left_file WHERE sha256 IN (SELECT sha256 FROM photo UNION SELECT sha256 FROM upload)"
    )
    unneeded = {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM left_file")}
    cached.forget(connection, unneeded)
    return unneeded
