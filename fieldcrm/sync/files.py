"""Photo bytes travel on a lane of their own, after the records and never before them.

First the thumbnails of everything that waits, one request each, so that a manager sees the
visit early; then the pictures by age. Upload is tus 1.0 under the photo's own id, so a lost
answer finds the same upload again and a cut costs one piece; after a cut the pieces get
smaller, so that the worst line still gets one through. The bytes stay here until
``stored`` has come back in a pull and the retention has passed (I12); those of a photo that
left this device's scopes go once the server has them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta

from fieldcrm import clock
from fieldcrm.errors import Damaged, Malformed, NotFound, SyncError
from fieldcrm.faults import reach
from fieldcrm.ids import new_id
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.storage.local import UploadState
from fieldcrm.sync import outbox, uploads
from fieldcrm.sync.remote import Remote, Reply
from fieldcrm.sync.uploads import Waiting

CHUNK = 4 * 1024 * 1024
METERED_CHUNK = 256 * 1024
RETENTION = timedelta(days=30)
_LEAST_CHUNK = 64 * 1024
_TUS = {"tus-resumable": "1.0.0"}
_PIECE = "application/offset+octet-stream"
_MOST_RESTARTS = 3
_START_AGAIN = frozenset({"wrong_offset", "upload_expired", "not_found", "checksum_mismatch"})
_ONLY_THIS_ONE = frozenset({404, 409, 410, 413, 422, 423, 460})  # the server minds this file, not us


def send(
    database: Database,
    files: Files,
    remote: Remote,
    stop: Callable[[], bool],
    on_sent: Callable[[int, int], None] = lambda _sent, _left: None,
    piece: int = CHUNK,
) -> int:
    """Upload what waits and return how many pictures went; ``Offline`` ends the round.

    ``piece`` is the most that goes at once: ``METERED_CHUNK`` where bytes cost.
    """
    send_thumbnails(database, files, remote, stop)
    with database.reading() as session:
        queue = uploads.waiting(outbox.raw(session))
    sent = 0
    for place, picture in enumerate(queue):
        if stop():
            break
        try:
            _upload(database, files, remote, picture, stop, piece)
            sent += 1
        except (NotFound, Damaged):
            _mark(database, picture.photo_id, UploadState.FAILED)
        except SyncError as error:
            if error.data.get("status") not in _ONLY_THIS_ONE:
                raise
        on_sent(sent, len(queue) - place - 1)
    if sent:
        database.announce({"upload"})
    return sent


def send_thumbnails(database: Database, files: Files, remote: Remote, stop: Callable[[], bool]) -> None:
    """Send a small picture of everything that waits: a few kilobytes each, also where bytes cost."""
    with database.reading() as session:
        queue = uploads.waiting(outbox.raw(session), small=True)
    for picture in queue:
        if stop():
            return
        try:
            _send_thumbnail(remote, picture.photo_id, files.thumbnail(picture.sha256))
        except (NotFound, Damaged):
            pass  # no picture that we can shrink: the whole file goes later, or is found damaged then
        except SyncError as error:
            if error.data.get("status") not in _ONLY_THIS_ONE:
                raise
        with database.loading() as connection:
            uploads.mark_thumbnail(connection, picture.photo_id)
        reach("client.file.thumbnail")


def _send_thumbnail(remote: Remote, photo_id: str, content: bytes) -> None:
    told = {
        "id": str(new_id()), "sha256": hashlib.sha256(content).hexdigest(), "kind": "thumbnail",
        "photo": photo_id,
    }  # fmt: skip
    headers = _metadata(told, len(content)) | {"content-type": _PIECE}
    remote.call("POST", "/sync/v1/files", content, headers)


def _upload(
    database: Database, files: Files, remote: Remote, picture: Waiting, stop: Callable[[], bool], piece: int
) -> None:
    content = files.get(picture.sha256)
    for attempt in range(_MOST_RESTARTS):
        try:
            url = _announce(database, remote, picture, len(content))
            _send_pieces(remote, url, content, stop, _piece(piece, picture))
            _mark(database, picture.photo_id, UploadState.SENT)
        except SyncError as error:
            if error.code not in _START_AGAIN or attempt + 1 == _MOST_RESTARTS:
                raise
        else:
            return


def _announce(database: Database, remote: Remote, picture: Waiting, size: int) -> str:
    """Create the upload, or find the one that was created before: its id is the photo's."""
    facts = {"id": picture.photo_id, "sha256": picture.sha256}
    reply = remote.call("POST", "/sync/v1/files", headers=_metadata(facts, size))
    url = reply.headers.get("location", "")
    if not url.startswith("/sync/v1/files/"):
        raise Malformed("no_location")
    with database.loading() as connection:
        uploads.mark_sending(connection, picture.photo_id, url)
    reach("client.file.announced")
    return url


def _metadata(facts: dict[str, str], size: int) -> dict[str, str]:
    told = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in facts.items())
    return _TUS | {"upload-length": str(size), "upload-metadata": told}


def _piece(most: int, picture: Waiting) -> int:
    """Return how much to send at once: half as much after each time it did not work."""
    return max(_LEAST_CHUNK, min(most, picture.size) >> min(picture.tries, 10))


def _send_pieces(remote: Remote, url: str, content: bytes, stop: Callable[[], bool], size: int) -> None:
    offset = _offset(remote.call("HEAD", url, headers=_TUS))
    while offset < len(content) and not stop():
        piece = content[offset : offset + size]
        checksum = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        reply = remote.call(
            "PATCH", url, piece,
            _TUS | {
                "content-type": _PIECE, "upload-offset": str(offset), "upload-checksum": f"sha256 {checksum}",
            },
        )  # fmt: skip
        offset = _offset(reply)
        reach("client.file.piece")
    if offset < len(content):
        raise SyncError("stopped")


def _offset(reply: Reply) -> int:
    told = reply.headers.get("upload-offset", "")
    if not told.isdigit():
        raise Malformed("no_offset")
    return int(told)


def _mark(database: Database, photo_id: str, state: UploadState) -> None:
    with database.loading() as connection:
        uploads.mark(connection, photo_id, state)
    reach("client.file.marked")


def sweep(database: Database, files: Files) -> None:
    """Delete the bytes of pictures that this device no longer holds."""
    with database.loading() as connection:
        unneeded = uploads.unneeded(connection)
    for sha256 in unneeded:
        files.delete(sha256)
    if unneeded:
        with database.loading() as connection:
            uploads.note_gone(connection, unneeded)


def release(database: Database, retention: timedelta = RETENTION) -> None:
    """Let pictures that the server has confirmed long enough ago count as fetched ones."""
    now = clock.to_ms(clock.now())
    with database.loading() as connection:
        uploads.release(connection, now - retention // timedelta(milliseconds=1), now)
