"""The pages of one scope on their way to this device, a few ahead of the disk.

What everybody shares is read as a file by Range, in pieces that hold whole pages; the rest in
key order. Where a page ends is where to go on from: ``@etag:offset`` in a file, a key otherwise.
On a line that is slow or breaks, pages get smaller until one fits between two cuts (F42).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import zstandard

from fieldcrm import clock
from fieldcrm.errors import Malformed, SyncError
from fieldcrm.sync import filling, page
from fieldcrm.sync.entities import GLOBAL_SCOPE
from fieldcrm.sync.filling import Lot
from fieldcrm.sync.page import RawPage
from fieldcrm.sync.protocol import MAX_DECOMPRESSED, MAX_ROWS
from fieldcrm.sync.remote import Remote

LEAST_ROWS = 100
_AHEAD = 2
_SLOW_MS = 8_000
_ROW_BYTES = 512  # of a piece, for each row of a page: a few pages at a time
_LEAST_PIECE = 64 * 1024
_SIP = 4_096


@dataclass(slots=True)
class Pace:
    """How many rows the line takes at a time."""

    rows: int = MAX_ROWS

    def took(self, milliseconds: int) -> None:
        """Take less next time if that was slow, more if it was not."""
        if milliseconds > _SLOW_MS:
            self.broke()
        else:
            self.rows = min(MAX_ROWS, 2 * self.rows)

    def broke(self) -> None:
        """Take less next time: the line broke under that much."""
        self.rows = max(LEAST_ROWS, self.rows // 2)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page with its rows ready for the tables, and where to go on from (None: that was all)."""

    page: RawPage
    lots: list[Lot]
    after: str | None
    from_file: bool


def is_shared(scope: str) -> bool:
    """Whether everybody may hold this scope, so that it may be had as a file."""
    return scope == GLOBAL_SCOPE or scope.startswith("pricebook:")


def ahead(
    remote: Remote, scope: str, after: str | None, cursor: str, pace: Pace, *,
    as_file: bool, is_enough: Callable[[RawPage], bool],
) -> Iterator[Fetched]:  # fmt: skip
    """Yield a scope's pages from ``after`` on, read by a thread: the network works while the disk does."""
    ready: queue.Queue[Fetched | BaseException | None] = queue.Queue(maxsize=_AHEAD)
    ended = threading.Event()
    in_file = as_file if after is None else after.startswith("@")
    pages = _from_file(remote, scope, after, pace) if in_file else _live(remote, scope, after, cursor, pace)

    def fetch() -> None:
        try:
            for found in pages:
                ready.put(found)
                if ended.is_set() or is_enough(found.page):
                    break
            ready.put(None)
        except BaseException as error:  # told to whoever waits
            ready.put(error)

    worker = threading.Thread(target=fetch, name="first sync", daemon=True)
    worker.start()
    try:
        while (found := ready.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        ended.set()
        while worker.is_alive():
            try:
                ready.get(timeout=0.05)
            except queue.Empty:
                continue
        worker.join()


def _live(remote: Remote, scope: str, after: str | None, cursor: str, pace: Pace) -> Iterator[Fetched]:
    more = True
    while more:
        began = clock.monotonic_ms()
        found = page.read_raw(remote.bootstrap(scope, after=after, cursor=cursor, rows=pace.rows))
        pace.took(clock.monotonic_ms() - began)
        after, cursor = found.trailer.after, found.trailer.cursor
        more = after is not None
        yield Fetched(found, filling.lots(found.rows), after, from_file=False)


def _from_file(remote: Remote, scope: str, after: str | None, pace: Pace) -> Iterator[Fetched]:
    etag, _, place = (after or "@:0")[1:].rpartition(":")
    offset, more = int(place), True
    while more:
        began = clock.monotonic_ms()
        length = max(_LEAST_PIECE, pace.rows * _ROW_BYTES)
        try:
            reply = remote.shared(scope, start=offset, length=length, etag=etag)
        except SyncError as error:
            if error.code != "precondition_failed" or not etag:
                raise
            etag, offset = "", 0  # another file by now: this scope from its beginning
            continue
        pace.took(clock.monotonic_ms() - began)
        etag = reply.headers.get("etag", "")
        offset = offset if reply.status == 206 else 0
        whole = list(frames(reply.body))
        if not whole:
            raise Malformed("cut_off")
        for plain, used in whole:
            offset += used
            found = page.read_raw(plain)
            more = found.trailer.after is not None
            where = f"@{etag}:{offset}" if more else None
            yield Fetched(found, filling.lots(found.rows), where, from_file=True)


def frames(body: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield each whole zstd frame unpacked, and how long it was packed."""
    start = 0
    while start < len(body):
        reader = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024).decompressobj()
        plain, at = bytearray(), start
        try:
            while at < len(body) and not reader.eof:
                plain += reader.decompress(body[at : at + _SIP])
                at = min(at + _SIP, len(body))
                if len(plain) > MAX_DECOMPRESSED:
                    raise Malformed("too_large")
        except zstandard.ZstdError as error:
            raise Malformed("not_our_protocol") from error
        if not reader.eof:
            return
        end = at - len(reader.unused_data)
        yield bytes(plain), end - start
        start = end
