"""What goes into the next push, and in which order.

What was sent before without an answer goes first, then orders with whatever they need,
then the rest by age; an entry never travels before what it depends on. ``needs`` names
the unsent creations it refers to and the unsent entries of its own aggregate, so only
true dependants wait for a refused or postponed one (I3, I17).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from fieldcrm.storage.cipher import Connection
from fieldcrm.sync import casts, outbox, state
from fieldcrm.sync.outbox import Entry
from fieldcrm.sync.protocol import FIRST_SCHEMA, MAX_BATCH, MAX_BODY, Mutation

_URGENT = "order"
_ENVELOPE = 4_096


@dataclass(frozen=True, slots=True)
class _Waiting:
    n: int
    mutation_id: str
    aggregate: tuple[str, str]
    is_create: bool
    rank: tuple[bool, bool, int]


def choose(
    connection: Connection, postponed: Collection[str] = (), *, most: int = MAX_BATCH, size: int = MAX_BODY
) -> list[Entry]:
    """Return at most ``most`` entries of at most ``size`` bytes; one alone may be larger.

    ``postponed`` are mutation ids that had their turn, and what depends on them waits too. So
    does what an older server has never heard of, until it is updated.
    """
    queue = _Queue(connection, postponed, most)
    chosen: list[Entry] = []
    room = size - _ENVELOPE
    for entry, cost in queue.ordered():
        if len(chosen) == most or (chosen and cost > room):
            break
        chosen.append(entry)
        room -= cost
    return chosen


class _Queue:
    """Everything unsent, lightly; payloads are read as they are chosen, some at a time."""

    def __init__(self, connection: Connection, postponed: Collection[str], some: int) -> None:
        self._connection = connection
        self._postponed = postponed
        self._unheard = casts.unknown_entities(state.read(connection, state.SERVER_SCHEMA, FIRST_SCHEMA))
        self._all = [_waiting(*row) for row in connection.execute(
            "SELECT n, mutation_id, entity, row_id, op, state FROM outbox"
            " WHERE state IN ('pending', 'inflight') ORDER BY n"
        )]  # fmt: skip
        self._creates = {w.aggregate[1]: w for w in self._all if w.is_create}
        self._aggregates: dict[tuple[str, str], list[_Waiting]] = {}
        for waiting in self._all:
            self._aggregates.setdefault(waiting.aggregate, []).append(waiting)
        self._settled: dict[int, bool | None] = {}  # None while its needs are looked at
        self._some = max(1, some)  # a request that shall bring nothing asks for none
        self._read: dict[int, Entry] = {}

    def ordered(self) -> Iterator[tuple[Entry, int]]:
        order = sorted(self._all, key=lambda w: w.rank)
        for start in range(0, len(order), self._some):
            some = order[start : start + self._some]
            self._read = {entry.n: entry for entry in self._entries(w.n for w in some)}
            for waiting in some:
                yield from self._with_needs(waiting)

    def _entries(self, numbers: Iterable[int]) -> list[Entry]:
        wanted = msgspec.json.encode(list(numbers)).decode()
        return outbox.select(self._connection, "n IN (SELECT value FROM json_each(?))", (wanted,))

    def _with_needs(self, waiting: _Waiting) -> Iterator[tuple[Entry, int]]:
        if waiting.n in self._settled:
            return
        self._settled[waiting.n] = None
        entry = self._read.get(waiting.n) or self._entries([waiting.n])[0]
        needed = self._needed(waiting, entry.mutation)
        for other in needed.values():
            yield from self._with_needs(other)
        self._settled[waiting.n] = (
            waiting.mutation_id not in self._postponed
            and waiting.aggregate[0] not in self._unheard
            and all(self._settled[other.n] for other in needed.values())
        )
        if not self._settled[waiting.n]:
            return
        mutation = msgspec.structs.replace(entry.mutation, needs=list(needed))
        yield (
            Entry(entry.n, entry.mutation_id, entry.entity, entry.row_id, entry.state, entry.tries, mutation),
            len(msgspec.json.encode(mutation)),
        )

    def _needed(self, waiting: _Waiting, mutation: Mutation) -> Mapping[str, _Waiting]:
        """Return what must go first, by the id that names it on the wire."""
        earlier = {w.mutation_id: w for w in self._aggregates[waiting.aggregate] if w.n < waiting.n}
        written = mutation.doc or {name: change.new for name, change in (mutation.set or {}).items()}
        referred = {key: self._creates[key] for key in _texts(written) if key in self._creates}
        needed = earlier | {key: w for key, w in referred.items() if w.aggregate != waiting.aggregate}
        # Two rows that refer to each other cannot both go first: the inner one goes without.
        return {key: w for key, w in needed.items() if self._settled.get(w.n, False) is not None}


def _waiting(n: int, mutation_id: str, entity: str, row_id: str, op: str, state: str) -> _Waiting:
    rank = (state != "inflight", entity != _URGENT, n)
    return _Waiting(n, mutation_id, (entity, row_id), op == "create", rank)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
