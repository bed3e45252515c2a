"""One writer at a time for each upload, and one piece at a time onto its part.

A phone line that died looks alive to the server for minutes, while the laptop is already
back and wants to go on: the newcomer waits five seconds and then takes the older one's
turn. Between worker processes the part's file lock decides, and the newcomer is told to
come again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from fieldcrm.errors import Malformed, Offline, RuleBroken
from server import limits
from server.files import Mismatch
from server.locks import lock

TAKEOVER_SECONDS = 5
IDLE_SECONDS = 60
_GATHER = 256 * 1024


class Turn:
    """Somebody's turn to write; ``dropped`` is set when somebody else takes it."""

    def __init__(self) -> None:
        self.dropped = asyncio.Event()
        self.over = asyncio.Event()


class Turns:
    """Whose turn it is, for each upload of this process."""

    def __init__(self) -> None:
        self._turns: dict[UUID, Turn] = {}

    @asynccontextmanager
    async def mine(self, upload_id: UUID) -> AsyncIterator[Turn]:
        """Hold the turn for ``upload_id``; raises ``RuleBroken`` (``upload_busy``)."""
        while older := self._turns.get(upload_id):
            await self._take_over(older)
        turn = self._turns[upload_id] = Turn()
        try:
            yield turn
        finally:
            del self._turns[upload_id]
            turn.over.set()

    async def _take_over(self, older: Turn) -> None:
        for patience in (TAKEOVER_SECONDS, TAKEOVER_SECONDS):
            try:
                async with asyncio.timeout(patience):
                    await older.over.wait()
                    return
            except TimeoutError:
                older.dropped.set()
        raise RuleBroken("upload_busy")


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a piece must hash to."""

    algorithm: str
    digest: bytes


class Piece:
    """The bytes of one request on their way onto a part; what does not hold is cut off again."""

    def __init__(self, part: Path, offset: int, most: int, checksum: Checksum | None) -> None:
        self._part = part
        self._offset = offset
        self._most = most
        self._checksum = checksum
        self._hash = hashlib.new(checksum.algorithm) if checksum else None
        self.size = 0

    async def receive(self, request: Request, turn: Turn) -> None:
        """Write the request's body; raises ``Mismatch``, ``Malformed`` or ``Offline``."""
        file = await run_in_threadpool(self._open)
        whole = False
        try:
            async for gathered in _gathered(request, turn):
                if self.size + len(gathered) > self._most:
                    raise limits.too_large("piece", self._most)
                await run_in_threadpool(self._write, file, gathered)
            if self._checksum and self._hash and self._hash.digest() != self._checksum.digest:
                raise Mismatch(self._offset)
            whole = True
        finally:
            await run_in_threadpool(self._close, file, whole)

    def _open(self) -> IO[bytes]:
        file = self._part.open("ab")
        try:
            lock(file)
        except OSError as error:
            file.close()
            raise RuleBroken("upload_busy") from error
        if file.seek(0, os.SEEK_END) != self._offset:
            file.close()
            raise RuleBroken("wrong_offset", offset=self._part.stat().st_size)
        return file

    def _write(self, file: IO[bytes], gathered: bytes) -> None:
        file.write(gathered)
        if self._hash:
            self._hash.update(gathered)
        self.size += len(gathered)

    def _close(self, file: IO[bytes], whole: bool) -> None:
        # A piece with a checksum counts as a whole or not at all.
        with file:
            file.flush()
            if not whole and self._checksum is not None:
                file.truncate(self._offset)
            os.fsync(file.fileno())


async def _gathered(request: Request, turn: Turn) -> AsyncIterator[bytes]:
    parts = bytearray()
    more = True
    while more:
        message = await _next(request, turn)
        if message["type"] == "http.disconnect":
            yield bytes(parts)
            raise Offline("cut_off")
        parts += message.get("body", b"")
        more = message.get("more_body", False)
        if len(parts) >= _GATHER:
            yield bytes(parts)
            parts.clear()
    if parts:
        yield bytes(parts)


async def _next(request: Request, turn: Turn) -> Any:
    message = asyncio.ensure_future(request.receive())
    dropped = asyncio.ensure_future(turn.dropped.wait())
    done, pending = await asyncio.wait(
        {message, dropped}, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED
    )
    for task in pending:
        task.cancel()
    if message in done:
        return message.result()
    if dropped in done:
        raise RuleBroken("upload_busy")
    raise Malformed("too_slow", seconds=IDLE_SECONDS)
