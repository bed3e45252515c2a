"""Listens for pokes: the server says which scopes changed, and whoever keeps the pace is told.

A thread of its own that does nothing but wait at an open line; without a network it waits
for ``wake`` or for a time that doubles, with full jitter, and opens nothing. What it hears
is only a hint: a poke that is lost costs the minutes until the usual sync, never a row.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable

import msgspec

from fieldcrm.errors import Offline, SyncError, Throttled
from fieldcrm.sync.entities import GLOBAL_SCOPE
from fieldcrm.sync.pace import LONGEST_SECONDS, delay
from fieldcrm.sync.remote import Line, Remote

PATH = "/sync/v1/poke"
_COMMON = (GLOBAL_SCOPE, "pricebook:")
_DATA = b"data: "
_LEAST_SECONDS = 0.2


class _Told(msgspec.Struct):
    scopes: list[str]


class Listener:
    """One open line to the server; ``on_poke`` is called in its thread with the scopes that changed."""

    def __init__(
        self,
        remote: Remote,
        on_poke: Callable[[frozenset[str]], None],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._remote, self._on_poke, self._jitter = remote, on_poke, jitter
        self._woken = threading.Event()
        self._stopped = False
        self._is_paused = False
        self._failures = 0
        self._line: Line | None = None
        self._thread = threading.Thread(target=self._run, name="pokes", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def wake(self) -> None:
        """The server can be reached, or signing in has worked: try now if it was waiting."""
        self._is_paused, self._failures = False, 0
        self._woken.set()

    def pause(self) -> None:
        """There is no network: open nothing until ``wake``."""
        self._is_paused = True
        self._hang_up()

    def stop(self) -> None:
        """End the line; the thread ends by itself."""
        self._stopped = True
        self._hang_up()
        self._woken.set()

    @property
    def is_open(self) -> bool:
        """Whether a line is open now."""
        return self._line is not None

    def _hang_up(self) -> None:
        line = self._line
        if line is not None:
            line.close()

    def _run(self) -> None:
        while not self._stopped:
            wait = None if self._is_paused else self._once()
            if not self._stopped:
                self._woken.wait(None if wait is None else max(_LEAST_SECONDS, wait))
                self._woken.clear()

    def _once(self) -> float | None:
        """Listen until the line ends; return how long to wait before the next, None for until woken."""
        try:
            with self._remote.listen(PATH) as line:
                self._line = line
                self._hear(line.lines())
            self._failures += 1
        except Throttled as error:
            self._failures += 1
            return delay(self._failures, self._jitter(), float(str(error.data["seconds"])))
        except Offline:
            self._failures += 1
        except SyncError:  # signed out, or a server that does not know pokes: nothing to gain by trying
            return LONGEST_SECONDS * (1.0 + self._jitter())
        finally:
            self._line = None
        return delay(self._failures, self._jitter())

    def _hear(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            if self._stopped or self._is_paused:
                return
            self._failures = 0
            if line.startswith(_DATA):
                self._tell(line.removeprefix(_DATA))

    def _tell(self, data: bytes) -> None:
        try:
            told = msgspec.json.decode(data, type=_Told)
        except msgspec.DecodeError:
            return
        self._on_poke(frozenset(told.scopes))


def is_common(scopes: Iterable[str]) -> bool:
    """Say whether only what everybody holds has changed."""
    return all(scope.startswith(_COMMON) for scope in scopes)
