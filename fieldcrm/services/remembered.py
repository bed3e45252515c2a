"""What seldom changes, remembered for as long as its table has no new version.

A table's state is how many rows it has, the sum of their versions and its newest id: every
change that was committed gives another one. A row that has no version yet makes its table
not worth remembering.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

State = tuple[int, int, str]
Value = TypeVar("Value")


def states(session: Session, *tables: str) -> tuple[State | None, ...]:
    """Return the states of ``tables``, asked in one statement; None for what cannot be remembered."""
    session.flush()
    asked = " UNION ALL ".join(
        f'SELECT {place}, count(*), sum(version), max(id), min(version) FROM "{table}"'  # noqa: S608 - ours
        for place, table in enumerate(tables)
    )
    found: dict[int, State] = {}
    for place, count, versions, last, least in session.connection().execute(text(asked)):
        if not count:
            found[place] = (0, 0, "")
        elif least > 0:
            found[place] = (count, int(versions), last)
    return tuple(found.get(place) for place in range(len(tables)))


class Remembered(Generic[Value]):
    """One value made from a database, kept while the state it was made in stands."""

    def __init__(self, make: Callable[[Session], Value]) -> None:
        self._make = make
        self._kept: WeakKeyDictionary[Engine, tuple[State, Value]] = WeakKeyDictionary()
        self._turn = threading.Lock()

    def value(self, session: Session, state: State | None) -> Value:
        """Return the value as of ``state``, from the last time if that still stands."""
        engine = session.get_bind().engine
        with self._turn:
            kept = self._kept.get(engine)
        if kept is not None and kept[0] == state:
            return kept[1]
        made = self._make(session)
        if state is not None:
            with self._turn:
                self._kept[engine] = (state, made)
        return made
