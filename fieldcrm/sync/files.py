"""Photo bytes travel on a lane of their own, after the records and never before them.

Upload is tus 1.0 under the photo's own id, so a lost answer finds the same upload again and
a cut costs one chunk. The bytes stay here at least until ``stored`` has come back in a pull
(I12); bytes of a photo that left this device's scopes go once the server has them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable

from fieldcrm.errors import Damaged, Malformed, NotFound, SyncError
from fieldcrm.faults import reach
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.storage.local import UploadState
from fieldcrm.sync import outbox, uploads
from fieldcrm.sync.remote import Remote, Reply
from fieldcrm.sync.uploads import Waiting

CHUNK = 1024 * 1024
_TUS = {"tus-resumable": "1.0.0"}
_PIECE = "application/offset+octet-stream"
_MOST_RESTARTS = 3
_START_AGAIN = frozenset({"wrong_offset", "upload_expired", "not_found", "checksum_mismatch"})


def send(
    database: Database,
    files: Files,
    remote: Remote,
    stop: Callable[[], bool],
    on_sent: Callable[[int, int], None] = lambda _sent, _left: None,
    piece: int = CHUNK,
) -> int:
    """Upload what waits, oldest first, in pieces; return how many went. ``Offline`` ends the round."""
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
        on_sent(sent, len(queue) - place - 1)
    if sent:
        database.announce({"upload"})
    return sent


def _upload(
    database: Database, files: Files, remote: Remote, picture: Waiting, stop: Callable[[], bool], size: int
) -> None:
    content = files.get(picture.sha256)
    for attempt in range(_MOST_RESTARTS):
        try:
            url = _announce(database, remote, picture, len(content))
            _send_pieces(remote, url, content, stop, size)
            _mark(database, picture.photo_id, UploadState.SENT)
        except SyncError as error:
            if error.code not in _START_AGAIN or attempt + 1 == _MOST_RESTARTS:
                raise
        else:
            return


def _announce(database: Database, remote: Remote, picture: Waiting, size: int) -> str:
    """Create the upload, or find the one that was created before: its id is the photo's."""
    facts = {"id": picture.photo_id, "sha256": picture.sha256}
    told = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in facts.items())
    reply = remote.call(
        "POST", "/sync/v1/files", headers=_TUS | {"upload-length": str(size), "upload-metadata": told}
    )
    url = reply.headers.get("location", "")
    if not url.startswith("/sync/v1/files/"):
        raise Malformed("no_location")
    with database.loading() as connection:
        uploads.mark_sending(connection, picture.photo_id, url)
    reach("client.file.announced")
    return url


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


def sweep(database: Database, files: Files, removed: Iterable[str]) -> None:
    """Delete the bytes of pictures that this device no longer holds; ``removed`` are their hashes."""
    with database.loading() as connection:
        unneeded = uploads.unneeded(connection, removed)
    for sha256 in unneeded:
        files.delete(sha256)


def fetch(remote: Remote, files: Files, sha256: str) -> bytes:
    """Return a photo's bytes, from here or from the server; checked against their hash."""
    if files.has(sha256):
        return files.get(sha256)
    content = remote.call("GET", f"/sync/v1/files/{sha256}").body
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Malformed("wrong_hash")
    files.put(content)
    return content
