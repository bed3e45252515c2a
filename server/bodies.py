"""Bodies in and out, plain, gzip or zstd, never larger than said.

What arrives is counted while it arrives and while it is unpacked: a length header is not
believed, and a bomb is dropped at the first megabyte that is too much. A refused body is
still read off the line for a moment, because a sender that is cut while sending never
sees the refusal.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import zlib

import zstandard
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldcrm.errors import Malformed, Offline
from server import limits

JSON = "application/json"
NDJSON = "application/x-ndjson"
_STEP = 256 * 1024
_SIP = 128  # one zstd block of four bytes can stand for 128 KiB: at most 4 MiB a sip
_WORTH_PACKING = 256
_NOT_AT_ALL = re.compile(r"q=0(\.0*)?").fullmatch


async def whole(request: Request, *, wire: int, plain: int) -> bytes:
    """Return the unpacked body, or raise ``Malformed`` if it is over one of the limits."""
    packed = await _packed(request, wire)
    return unpacked(packed, request.headers.get("content-encoding", ""), plain)


async def _packed(request: Request, most: int) -> bytes:
    if int(request.headers.get("content-length") or 0) > most:
        raise limits.too_large("body", most)
    parts = bytearray()
    try:
        async with asyncio.timeout(limits.BODY_SECONDS):
            async for part in request.stream():
                parts += part
                if len(parts) > most:
                    raise limits.too_large("body", most)
    except TimeoutError as error:
        raise Malformed("too_slow", seconds=limits.BODY_SECONDS) from error
    except ClientDisconnect as error:
        raise Offline("cut_off") from error
    return bytes(parts)


class Incoming:
    """A request's body on its way in, and whether all of it has come."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._over = any(name == b"expect" for name, _ in scope["headers"])

    async def __call__(self) -> Message:
        """Return the next message of the request."""
        message = await self._receive()
        self._over = self._over or not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Read off what is still coming, for a moment."""
        left = limits.DRAINED
        try:
            async with asyncio.timeout(limits.DRAIN_SECONDS):
                while not self._over and left > 0:
                    left -= len((await self()).get("body", b""))
        except TimeoutError:
            return


def unpacked(packed: bytes, encoding: str, most: int) -> bytes:
    """Return the plain bytes; raises ``Malformed`` for a bomb, a broken stream or a strange encoding."""
    match encoding.strip().lower():
        case "" | "identity":
            plain = packed
        case "zstd":
            plain = _from_zstd(packed, most)
        case "gzip":
            plain = _from_gzip(packed, most)
        case _:
            raise Malformed("unsupported_encoding", supported=["zstd", "gzip"])
    if len(plain) > most:
        raise limits.too_large("plain", most)
    return plain


def _grown(size: int, packed: int, most: int) -> None:
    if size > most:
        raise limits.too_large("plain", most)
    if size > limits.RATIO_FREE and size > packed * limits.RATIO:
        raise limits.too_large("ratio", limits.RATIO)


def _from_zstd(packed: bytes, most: int) -> bytes:
    reader = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024).decompressobj()
    plain = bytearray()
    try:
        for start in range(0, len(packed), _SIP):
            if reader.eof:
                break
            plain += reader.decompress(packed[start : start + _SIP])
            _grown(len(plain), len(packed), most)
    except zstandard.ZstdError as error:
        raise Malformed("malformed", what="zstd") from error
    if not reader.eof:
        raise Malformed("malformed", what="zstd")
    return bytes(plain)


def _from_gzip(packed: bytes, most: int) -> bytes:
    reader = zlib.decompressobj(wbits=31)
    plain, rest = bytearray(), packed
    try:
        while rest and not reader.eof:
            plain += reader.decompress(rest, _STEP)
            rest = reader.unconsumed_tail
            _grown(len(plain), len(packed), most)
    except zlib.error as error:
        raise Malformed("malformed", what="gzip") from error
    if not reader.eof:
        raise Malformed("malformed", what="gzip")
    return bytes(plain)


def answer(request: Request, body: bytes, *, media_type: str = JSON, status: int = 200) -> Response:
    """Return ``body``, packed the best way that the asker takes when it is worth it."""
    headers = {"vary": "accept-encoding", "cache-control": "no-store"}
    accepted = _accepted(request) if len(body) > _WORTH_PACKING else ()
    if "zstd" in accepted:
        body = zstandard.ZstdCompressor(level=3).compress(body)
        headers["content-encoding"] = "zstd"
    elif "gzip" in accepted:
        body = gzip.compress(body, 5, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(body, status, headers, media_type)


def _accepted(request: Request) -> set[str]:
    """Return the encodings the asker takes; one with the weight 0 is refused, not taken."""
    told = [part.partition(";") for part in request.headers.get("accept-encoding", "").lower().split(",")]
    return {name.strip() for name, _, weight in told if not _NOT_AT_ALL(weight.replace(" ", ""))}


class JsonBodies:
    """Hand the small JSON bodies of sign-in and REST on only after they were read and measured."""

    def __init__(self, app: ASGIApp, prefixes: tuple[str, ...] = ("/api/", "/auth/")) -> None:
        self._app = app
        self._prefixes = prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read and measure the body, then go on with it."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefixes):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await whole(request, wire=limits.JSON_WIRE, plain=limits.JSON_PLAIN)
        limits.check_shape(body)
        replies: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return replies.pop() if replies else await receive()

        await self._app(scope, replay, send)
