"""Telling laptops that something of theirs changed, so that they ask: which scopes, never what.

One watcher per worker looks at the end of the feed, and only while somebody listens. Who is
told of which scope is decided by ``scope.py`` in the transaction that saw the change: a scope
that was taken away a moment ago is not named any more, and who was signed out is let go. A
listener costs a queue and an open line, no thread and no database connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
import msgspec
from sqlalchemy import Connection

from fieldcrm import clock
from fieldcrm.errors import SignInRequired, Throttled
from fieldcrm.sync.entities import GLOBAL_SCOPE
from server import auth, cursors, scope, tokens
from server.database import Database, run
from server.progress import Progress

LOOK_SECONDS = 0.1
HEARTBEAT_SECONDS = 20.0
MOST_PER_USER = 5
MOST = 2_000
_AGAIN_SECONDS = 60
log = logging.getLogger("server.pokes")


@dataclass(eq=False)
class Listener:
    """One open line, looked after up to ``looked``; ``scopes`` only say when to ask what is still theirs."""

    identity: tokens.Identity
    token: str
    scopes: frozenset[str]
    looked: int
    news: set[str] = field(default_factory=set)
    ended: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Pokes:
    """Everybody who listens to this worker; lives in its event loop."""

    def __init__(self, database: Database, progress: Progress, key: bytes) -> None:
        self._database, self._progress, self._key = database, progress, key
        self._listeners: set[Listener] = set()
        self._checked = 0
        self._somebody = asyncio.Event()
        self._threads = anyio.CapacityLimiter(1)

    def __len__(self) -> int:
        return len(self._listeners)

    async def admit(self, token: str) -> Listener:
        """Return the open line of whoever holds ``token``; a second one of a device ends the first."""
        listener = await anyio.to_thread.run_sync(self._begin, token, limiter=self._threads)
        mine = [each for each in self._listeners if each.identity.user_id == listener.identity.user_id]
        for each in mine:
            if each.identity.device_id == listener.identity.device_id:
                self._let_go(each)
        others = sum(not each.ended for each in mine)
        if others >= MOST_PER_USER or len(self._listeners) >= MOST:
            raise Throttled("throttled", seconds=_AGAIN_SECONDS)
        self._listeners.add(listener)
        self._somebody.set()
        return listener

    async def lines(self, listener: Listener) -> AsyncIterator[bytes]:
        """Yield what goes down the line, a heartbeat when there is nothing to tell."""
        try:
            yield b": listening\n\n"
            while not listener.ended:
                try:
                    await asyncio.wait_for(listener.woken.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b":\n\n"
                listener.woken.clear()
                if listener.news:
                    told, listener.news = sorted(listener.news), set()
                    yield b"data: " + msgspec.json.encode({"scopes": told}) + b"\n\n"
        finally:
            self._listeners.discard(listener)

    async def watch(self) -> None:
        """Look at the feed's end again and again, as long as anybody listens."""
        while True:
            if not self._listeners:
                self._somebody.clear()
                await self._somebody.wait()
            try:
                verdicts = await anyio.to_thread.run_sync(
                    self._look, tuple(self._listeners), limiter=self._threads
                )
            except Exception:  # the database may be away for a moment: the next look finds it again
                log.exception("poke")
                await asyncio.sleep(1.0)
                continue
            for listener, news in verdicts:
                self._tell(listener, news)
            await asyncio.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """Let everybody go, so that the server can stop."""
        for listener in tuple(self._listeners):
            self._let_go(listener)

    def _tell(self, listener: Listener, news: frozenset[str] | None) -> None:
        if news is None:
            self._let_go(listener)
        elif news:
            listener.news |= news
            listener.woken.set()

    @staticmethod
    def _let_go(listener: Listener) -> None:
        listener.ended = True
        listener.woken.set()

    # -- in a thread, each in one snapshot -------------------------------------------------

    def _begin(self, token: str) -> Listener:
        identity = tokens.identity_of(self._key, token, clock.now())
        with self._database.reading() as connection:
            held = scope.grants(connection, auth.principal(connection, identity))
            told = self._progress.told(connection, identity.device_id)
            listener = Listener(identity, token, held, cursors.newest(connection).seq)
            # What came between its last sync and now is news as well.
            listener.news.update(_changed(connection, held, told))
        if listener.news:
            listener.woken.set()
        return listener

    def _look(self, listeners: tuple[Listener, ...]) -> list[tuple[Listener, frozenset[str] | None]]:
        """Return what to tell whom; None is for those who may not listen any more."""
        now = clock.monotonic_ms()
        with self._database.reading() as connection:
            end, before = cursors.newest(connection).seq, min(each.looked for each in listeners)
            everyone = now - self._checked >= HEARTBEAT_SECONDS * 1000
            if end == before and not everyone:
                return []
            watched = frozenset().union(*(each.scopes for each in listeners))
            changed = _changed(connection, watched, before)
            # People and territories are in the common scope: who holds what may be different now.
            all_of_them = everyone or GLOBAL_SCOPE in changed
            verdicts = [
                (each, self._news(connection, each, changed))
                for each in listeners
                if all_of_them or not each.scopes.isdisjoint(changed)
            ]
        self._checked = now if everyone else self._checked
        for each in listeners:
            each.looked = end
        return verdicts

    def _news(
        self, connection: Connection, listener: Listener, changed: dict[str, int]
    ) -> frozenset[str] | None:
        try:
            tokens.identity_of(self._key, listener.token, clock.now())
            held = scope.grants(connection, auth.principal(connection, listener.identity))
        except SignInRequired:
            return None
        given, listener.scopes = held - listener.scopes, held
        known = max(listener.looked, self._progress.told(connection, listener.identity.device_id))
        return frozenset(each for each in held if changed.get(each, 0) > known) | given


def _changed(connection: Connection, scopes: Iterable[str], after: int) -> dict[str, int]:
    """Return the last change of each of these scopes that has one after ``after``."""
    rows = run(
        connection,
        "SELECT scope_id, max(seq) FROM sync_row WHERE scope_id IN ? AND seq > ? GROUP BY scope_id",
        sorted(scopes), after,
    )  # fmt: skip
    return dict(rows.all())
