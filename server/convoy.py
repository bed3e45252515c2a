"""Writers who must wait anyway go together: one transaction, one numbering, one commit.

Whoever finds nobody under way leads: it opens the transaction, takes everybody aboard who
came while it waited for its turn, and does the work of each in a savepoint. Nobody waits for
company: who comes alone leaves at once, and leads the next convoy if others came meanwhile.
Results are told after the commit, not before, because what one of them read another may have
written. A refusal undoes its own savepoint only; anything worse undoes all, is raised to whom
it happened to, and the others, ``Disbanded``, do their work again alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from fieldcrm.errors import FieldCrmError

MOST = 16
"""How many go together, so that the first of them does not wait long."""

Work = Callable[[Connection], None]


class Disbanded(Exception):
    """The transaction came to nothing, and not by the fault of who is told this."""


@dataclass(slots=True, eq=False)
class _Rider:
    work: Work
    called: threading.Event = field(default_factory=threading.Event)
    arrived: bool = False
    error: BaseException | None = None


class Convoy:
    """The writers of one process, by their transactions (``opened``)."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._waiting: deque[_Rider] = deque()
        self._under_way = False

    @property
    def waiting(self) -> int:
        """Return how many have come and are not yet aboard."""
        return len(self._waiting)

    def ride(self, work: Work, last: Work) -> None:
        """Have ``work`` done and committed, or raise; whoever leads ends the transaction with ``last``."""
        rider = _Rider(work)
        if not self._leads(rider):
            rider.called.wait()
        if not rider.arrived:
            self._lead(last)
        if rider.error is not None:
            raise rider.error

    def _leads(self, rider: _Rider) -> bool:
        with self._lock:
            self._waiting.append(rider)
            leads, self._under_way = not self._under_way, True
        return leads

    def _lead(self, last: Work) -> None:
        """Carry the first of those who wait, this thread's own among them."""
        aboard: list[_Rider] = []
        try:
            with self._opened() as connection:
                aboard = self._board()
                _carry(connection, aboard)
                last(connection)
        except BaseException as error:
            aboard = aboard or self._board()
            whose = next((rider for rider in aboard if rider.error is error), aboard[0])
            for rider in aboard:
                rider.error = error if rider is whose else Disbanded()
        finally:
            self._hand_over(aboard)

    def _board(self) -> list[_Rider]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]

    def _hand_over(self, aboard: Sequence[_Rider]) -> None:
        with self._lock:
            heir = self._waiting[0] if self._waiting else None
            self._under_way = heir is not None
        if heir is not None:
            heir.called.set()
        for rider in aboard:
            rider.arrived = True
            rider.called.set()


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
