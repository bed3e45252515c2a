"""The local list of pictures whose bytes are on their way, apart from the lane that sends them.

A row is made with the photo's own outbox entry. It ends as ``stored`` when the server's
word for it came back in a pull (I12), or is forgotten once the photo has left this device
and the server has the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.local import UploadState


@dataclass(frozen=True, slots=True)
class Waiting:
    """One picture whose bytes the server does not have yet."""

    photo_id: str
    sha256: str
    size: int
    url: str | None


def waiting(connection: Connection) -> list[Waiting]:
    """Return the pictures to upload, oldest first; the records they belong to have gone before."""
    rows = connection.execute(
        "SELECT photo_id, sha256, size, url FROM upload WHERE state IN ('waiting', 'sending')"
        " AND photo_id NOT IN (SELECT row_id FROM outbox WHERE entity = 'photo'"
        " AND state IN ('pending', 'inflight')) ORDER BY at, photo_id"
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


def note_stored(connection: Connection, photo_ids: Iterable[str]) -> None:
    """Note which of these photos the server has confirmed as stored."""
    connection.executemany(
        "UPDATE upload SET state = 'stored' WHERE photo_id = ?"
        " AND EXISTS (SELECT 1 FROM photo WHERE photo.id = upload.photo_id AND photo.stored)",
        [(photo_id,) for photo_id in photo_ids],
    )


def unneeded(connection: Connection, hashes: Iterable[str]) -> set[str]:
    """Forget pictures that left and are safe on the server; return the hashes nobody needs here.

    ``hashes`` are those of photos that were just removed.
    """
    safe = (
        " FROM upload WHERE state IN ('sent', 'stored')"
        " AND NOT EXISTS (SELECT 1 FROM photo WHERE photo.id = upload.photo_id)"
    )
    gone = {sha256 for (sha256,) in connection.execute("SELECT sha256" + safe)}
    connection.execute("DELETE" + safe)
    needed = connection.execute("SELECT sha256 FROM photo UNION SELECT sha256 FROM upload")
    return ({*hashes} | gone) - {sha256 for (sha256,) in needed}
