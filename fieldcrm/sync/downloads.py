"""Photos of others, fetched when somebody looks: thumbnails first, whole ones when opened.

A photo comes in pieces, each kept encrypted as it arrives, so a cut costs one piece and a
later look goes on. The whole must have the hash in its name; if it has not, it is fetched
anew. What was fetched is on the list of what the server has too, and the longest unused
goes when that list outgrows its limit. A full disk keeps nobody from looking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress

from fieldcrm import clock
from fieldcrm.errors import Damaged, DiskFull, Malformed, SyncError
from fieldcrm.faults import reach
from fieldcrm.storage import cached
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import THUMBNAIL_BYTES, Files
from fieldcrm.sync import outbox
from fieldcrm.sync.remote import Remote

PIECE = 256 * 1024
CACHE_BYTES = 512 * 1024 * 1024
_GONE = "not_found"


class Downloads:
    """The photos this device can show: its own, those kept from before, those the server has."""

    def __init__(
        self, database: Database, files: Files, remote: Remote, most: int = CACHE_BYTES, piece: int = PIECE
    ) -> None:
        self._database, self._files, self._remote = database, files, remote
        self._most, self._piece = most, piece

    def whole(self, sha256: str) -> bytes:
        """Return a photo's bytes; raises ``Offline`` or ``SyncError`` if they cannot be had now."""
        if (here := self._from_here(sha256)) is not None:
            return here
        content = self._fetched(sha256) or self._fetched(sha256)
        if content is None:
            raise Malformed("wrong_hash")
        self._keep(sha256, len(content), lambda: self._files.put(content))
        self._files.drop_parts(sha256)
        return content

    def thumbnail(self, photo_id: str, sha256: str) -> bytes:
        """Return a photo's thumbnail, made here if the photo is here or the server has none."""
        if self._files.has_thumbnail(sha256):
            with suppress(Damaged):
                self._touch(sha256)
                return self._files.thumbnail(sha256)
            self._files.drop(sha256, small=True)
        if not self._files.has(sha256):
            try:
                return self._fetched_thumbnail(photo_id, sha256)
            except SyncError as error:
                if error.code != _GONE:
                    raise
            self.whole(sha256)
        return self._files.thumbnail(sha256)

    def _from_here(self, sha256: str) -> bytes | None:
        if not self._files.has(sha256):
            return None
        try:
            content = self._files.get(sha256)
        except Damaged:
            if not self._is_cached(sha256):
                raise
            self._files.drop(sha256)
            return None
        self._touch(sha256)
        return content

    def _fetched(self, sha256: str) -> bytes | None:
        """Return the bytes, or None and nothing kept if they are not what was asked for."""
        content = bytearray()
        while True:
            part, is_last = self._part(sha256, len(content))
            content += part
            if is_last:
                break
        if hashlib.sha256(content).hexdigest() == sha256:
            return bytes(content)
        self._files.drop_parts(sha256)
        return None

    def _part(self, sha256: str, start: int) -> tuple[bytes, bool]:
        kept = self._files.part(sha256, start)
        if kept is not None:
            return kept, len(kept) < self._piece
        try:
            asked = {"range": f"bytes={start}-{start + self._piece - 1}"}
            reply = self._remote.call("GET", f"/sync/v1/files/{sha256}", headers=asked)
        except SyncError as error:
            if error.data.get("status") == 416:
                return b"", True
            raise
        if reply.status != 206 and start:
            raise Malformed("no_range")
        if reply.status == 206:
            with suppress(DiskFull):
                self._files.keep_part(sha256, start, reply.body)
            reach("client.file.fetched")
        return reply.body, reply.status != 206 or len(reply.body) < self._piece

    def _fetched_thumbnail(self, photo_id: str, sha256: str) -> bytes:
        reply = self._remote.call("GET", f"/sync/v1/thumbnails/{photo_id}")
        told = reply.headers.get("etag", "").strip('"')
        if len(reply.body) > THUMBNAIL_BYTES or hashlib.sha256(reply.body).hexdigest() != told:
            raise Malformed("wrong_hash")
        small, size = reply.body, len(reply.body)
        self._keep(sha256, size, lambda: self._files.put_thumbnail(sha256, small), small=True)
        return small

    def _keep(self, sha256: str, size: int, put: Callable[[], object], *, small: bool = False) -> None:
        with suppress(DiskFull):
            with self._database.loading() as connection:
                cached.note(connection, sha256, size, _now(), small=small)
            put()
            self.make_room()

    def make_room(self) -> None:
        """Delete the longest unused files over the limit."""
        with self._database.loading() as connection:
            unused = cached.take_unused(connection, self._most)
        for sha256, small in unused:
            self._files.drop(sha256, small=small)

    def _touch(self, sha256: str) -> None:
        with suppress(DiskFull), self._database.loading() as connection:
            cached.touch(connection, sha256, _now())

    def _is_cached(self, sha256: str) -> bool:
        with self._database.reading() as session:
            return cached.is_cached(outbox.raw(session), sha256)


def _now() -> int:
    return clock.to_ms(clock.now())
