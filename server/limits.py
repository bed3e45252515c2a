"""How much one request may ask of the server; every number is in one place.

Nesting is measured before anything is parsed: strings are cut out, everything but the
brackets is dropped, and pairs are peeled off layer by layer, all at the speed of C.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from fieldcrm.errors import Malformed
from fieldcrm.sync import protocol

SYNC_WIRE = protocol.MAX_BODY
SYNC_PLAIN = protocol.MAX_DECOMPRESSED
JSON_WIRE = 256 * 1024
JSON_PLAIN = 2 * 1024 * 1024
SIGN_IN_WIRE = 16 * 1024
HEADERS = 32 * 1024
DRAINED = 256 * 1024 * 1024  # read and thrown away, so that the refusal reaches the sender
DRAIN_SECONDS = 1.5
BODY_SECONDS = 120

RATIO = 120
RATIO_FREE = 1024 * 1024  # below this size any ratio is harmless
NESTING = 20
BRACKETS = 120_000

FILE_BYTES = 64 * 1024 * 1024
THUMBNAIL_BYTES = 30 * 1024
CHUNK_BYTES = 8 * 1024 * 1024
OPEN_UPLOADS = 500
FREE_DISK = 64 * 1024 * 1024
HASHES = 1000

IN_FLIGHT = 600
WORK_THREADS = 8

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def too_large(what: str, most: int) -> Malformed:
    """Return the refusal of a body that is over ``most``."""
    return Malformed("too_large", what=what, most=most)


def check_headers(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raise ``Malformed`` if the headers together are larger than any client of ours sends."""
    if sum(len(name) + len(value) for name, value in headers) > HEADERS:
        raise Malformed("headers_too_large", most=HEADERS)


def check_shape(body: bytes) -> None:
    """Raise ``Malformed`` if ``body`` nests too deeply or holds too many things."""
    brackets = _STRING.sub(b"", body).translate(None, _NOT_BRACKETS)
    if len(brackets) > 2 * BRACKETS:
        raise too_large("items", BRACKETS)
    before = b""
    for _ in range(NESTING):
        before, brackets = brackets, brackets.replace(b"[]", b"").replace(b"{}", b"")
    # What no longer shrinks does not match up; the parser will say so, if it is not too deep for it.
    if brackets != before or brackets.count(b"[") + brackets.count(b"{") > NESTING:
        raise Malformed("too_deep", most=NESTING)
