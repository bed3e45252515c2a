"""Work of several requests that must wait anyway is done together.

Whoever finds nobody under way leads; who comes meanwhile waits, and one of them leads the
next. Nobody waits for company: who comes alone leaves at once. If what was done together
comes to nothing, whom it happened to is told, and the others, ``Disbanded``, do theirs alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from fieldcrm.errors import FieldCrmError

MOST = 16
"""How many writers go together, so that the first of them does not wait long."""

Work = Callable[[Connection], None]


class Disbanded(Exception):
    """What was done together came to nothing, and not by the fault of who is told this."""


@dataclass(slots=True, eq=False)
class _Rider:
    work: Any = None
    called: threading.Event = field(default_factory=threading.Event)
    arrived: bool = False
    result: Any = None
    error: BaseException | None = None


_Drive = Callable[[Callable[[], list[_Rider]]], None]


class _Turns:
    """Leaders and those who follow them, one after the other."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Rider] = deque()
        self._under_way = False

    @property
    def waiting(self) -> int:
        """Return how many have come and are not yet aboard."""
        return len(self._waiting)

    @property
    def under_way(self) -> bool:
        """Say whether somebody leads now."""
        return self._under_way

    def _join(self, rider: _Rider, drive: _Drive) -> Any:
        """Wait until this rider's work is done, or lead: ``drive`` takes aboard who waits then."""
        if not self._leads(rider):
            rider.called.wait()
        if not rider.arrived:
            self._lead(drive)
        if rider.error is not None:
            raise rider.error
        return rider.result

    def _leads(self, rider: _Rider) -> bool:
        with self._lock:
            self._waiting.append(rider)
            leads, self._under_way = not self._under_way, True
            return leads

    def _lead(self, drive: _Drive) -> None:
        """Drive the first of those who wait, this thread's own among them."""
        aboard: list[_Rider] = []

        def board() -> list[_Rider]:
            with self._lock:
                most = self._most or len(self._waiting)
                aboard.extend(self._waiting.popleft() for _ in range(min(most, len(self._waiting))))
            return aboard

        try:
            drive(board)
        except BaseException as error:
            whose = next((rider for rider in aboard or board() if rider.error is error), aboard[0])
            for rider in aboard:
                rider.error = error if rider is whose else Disbanded()
        finally:
            self._hand_over(aboard)

    def _hand_over(self, aboard: Sequence[_Rider]) -> None:
        with self._lock:
            heir = self._waiting[0] if self._waiting else None
            self._under_way = heir is not None
        if heir is not None:
            heir.called.set()
        for rider in aboard:
            rider.arrived = True
            rider.called.set()


class Convoy(_Turns):
    """Writers in one transaction: a savepoint each, one commit.

    They board when the transaction's turn has come. All hear of their results after the
    commit, not before, because what one of them read another may have written. A refusal
    undoes its own savepoint only; anything worse undoes all.
    """

    def __init__(self, opened: Callable[[], AbstractContextManager[Connection]]) -> None:
        super().__init__(MOST)
        self._opened = opened

    def ride(self, work: Work, last: Work) -> None:
        """Have ``work`` done and committed, or raise; whoever leads ends the transaction with ``last``."""

        def drive(board: Callable[[], list[_Rider]]) -> None:
            with self._opened() as connection:
                _carry(connection, board())
                last(connection)

        self._join(_Rider(work), drive)


class Shared(_Turns):
    """One run of the same work for all who came before it began."""

    def run(self, work: Callable[[], Any]) -> Any:
        """Return what a run gave that began after this call."""

        def drive(board: Callable[[], list[_Rider]]) -> None:
            riders, result = board(), work()
            for rider in riders:
                rider.result = result

        return self._join(_Rider(), drive)


def _carry(connection: Connection, aboard: Sequence[_Rider]) -> None:
    if len(aboard) == 1:
        aboard[0].work(connection)
        return
    for rider in aboard:
        try:
            with connection.begin_nested():
                rider.work(connection)
        except FieldCrmError as error:
            rider.error = error
        except BaseException as error:
            rider.error = error
            raise
