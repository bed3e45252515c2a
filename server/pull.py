"""One page of what changed in the scopes a device holds: a dirty list, decided at read time.

The feed only says which rows to look at. What is sent is the row as it is now, if its scope
is held now: ``put``; otherwise ``gone``; ``tomb`` if it no longer exists. All of it, the new
cursor included, comes from one snapshot. Scopes are read one after the other, each with its
own place, so that a page can end anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

import msgspec
import zstandard
from sqlalchemy import Connection

from fieldcrm import faults
from fieldcrm.sync import protocol
from fieldcrm.sync.entities import GLOBAL_SCOPE, Entity, registry
from fieldcrm.sync.protocol import MAX_BODY, MAX_ROWS, Want
from server import cursors, lines, windows
from server.cursors import START, Cursor, Place
from server.database import run

PACKING = 8
"""Rows shrink at least to a quarter under zstd; a page is measured before that."""

ENVELOPE = 2_048
"""What header and trailer may take of a page; answers to a push come on top."""

_encode = msgspec.json.Encoder().encode
_FIRST = (GLOBAL_SCOPE, "pricebook", "cost", "rep", "terr")


@dataclass(slots=True)
class Page:
    """Encoded rows, parents first, and the trailer's facts."""

    lines: list[bytes]
    cursor: Cursor
    more: bool
    added: list[str]
    removed: list[str]


class HasLines(Protocol):
    """What can be read in several sizes."""

    @property
    def lines(self) -> list[bytes]:
        """Return the encoded rows."""


Sliced = TypeVar("Sliced", bound=HasLines)


@dataclass(slots=True)
class _Filling:
    """A page being filled, up to its limits."""

    rows_left: int
    bytes_left: int
    lines: list[tuple[int, bytes]] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    full: bool = False

    def add(self, rank: int, key: tuple[str, str], line: bytes) -> bool:
        """Take one row, or say that the page is full."""
        if self.lines and (len(line) > self.bytes_left or self.rows_left <= 0):
            self.full = True
            return False
        self.lines.append((rank, line))
        self.seen.add(key)
        self.rows_left -= 1
        self.bytes_left -= len(line)
        return True


def page(
    connection: Connection, held: frozenset[str], cursor: Cursor, want: Want,
    *, backlog: bool = False, said: int = 0, schema: int = protocol.SCHEMA,
) -> Page:  # fmt: skip
    """Return the next page for a device at ``cursor`` that holds ``held``; a backlog is yet unnumbered.

    ``said`` is what the answers to a push take of the body; rows are told as ``schema`` knows them.
    """
    return fitting(want, lambda size: _page(connection, held, cursor, size, schema, backlog=backlog), said)


def _page(
    connection: Connection, held: frozenset[str], cursor: Cursor, size: tuple[int, int], schema: int,
    *, backlog: bool,
) -> Page:  # fmt: skip
    end = cursors.newest(connection)
    filling = _Filling(*size)
    places: dict[str, Place] = {}
    for scope in sorted(held, key=_by_weight):
        at = cursor.scopes.get(scope, START)
        places[scope] = end if at.seq >= end.seq else _fill(connection, held, scope, at, end, filling, schema)
    more = backlog or any(at.seq < end.seq for at in places.values())
    if faults.planted("naive_sequence"):
        places, more = _naive(connection, places), False
    pending = {scope: at for scope, at in cursor.pending.items() if scope in held}
    return Page(
        lines=[line for _, line in sorted(filling.lines, key=lambda ranked: ranked[0])],
        cursor=replace(cursor, scopes=places, pending=pending),
        more=more,
        added=sorted(held - cursor.scopes.keys()),
        removed=sorted(cursor.scopes.keys() - held),
    )


def fitting(want: Want, read: Callable[[tuple[int, int]], Sliced], said: int = 0) -> Sliced:
    """Read rows up to as many and as many unpacked bytes as wanted; fewer if they pack badly (I21)."""
    rows_most = max(1, min(want.max_rows, MAX_ROWS))
    most = max(4_096, min(want.max_bytes, MAX_BODY) - said) - ENVELOPE
    unpacked = PACKING * (most + ENVELOPE)
    while True:
        found = read((rows_most, unpacked))
        size, packed = _measured(found.lines, most)
        if packed <= most or len(found.lines) == 1:
            return found
        unpacked = size * most * 9 // (packed * 10)


def _measured(lines: list[bytes], most: int) -> tuple[int, int]:
    body = b"".join(lines)
    if len(body) <= most:  # packing makes nothing larger
        return len(body), 0
    return len(body), len(zstandard.ZstdCompressor(level=1).compress(body))


def _by_weight(scope: str) -> tuple[int, str]:
    return _FIRST.index(scope.partition(":")[0]), scope


def _fill(
    connection: Connection, held: frozenset[str], scope: str, at: Place, end: Place, filling: _Filling,
    schema: int,
) -> Place:  # fmt: skip
    """Read one scope from ``at``; return where it got to."""
    if filling.full:
        return at
    limit = filling.rows_left + 1
    entries = run(
        connection,
        "SELECT seq, entity, row_id, state, ver FROM sync_row WHERE scope_id = ? AND seq > ? "
        "ORDER BY seq LIMIT ?",
        scope, at.seq, limit,
    ).all()  # fmt: skip
    reached = at.seq
    for seq, rank, key, line in _lines(connection, held, entries, schema, fresh=at == START):
        if key not in filling.seen and line is not None and not filling.add(rank, key, line):
            return cursors.place(connection, reached)
        reached = seq
    if len(entries) < limit:
        return end
    filling.full = True
    return cursors.place(connection, reached)


def _lines(
    connection: Connection, held: frozenset[str], entries: list[Any], schema: int, *, fresh: bool
) -> Iterator[tuple[int, int, tuple[str, str], bytes | None]]:
    """Yield (seq, rank, key, line) for every entry; no line if there is nothing to tell."""
    current = _current(connection, held, entries, schema)
    for seq, name, row_id, _state, version in entries:
        entity = registry().get(name)
        if entity is None:
            yield seq, 0, (name, row_id), None
            continue
        line, is_here = current[name].get(row_id, (None, False))
        if line is None and not fresh:  # of what is new it never had anything that could be taken away
            line = _encode({"r": (name, row_id, version, "gone" if is_here else "tomb")}) + b"\n"
        yield seq, entity.rank, (name, row_id), line


def told(
    connection: Connection, held: frozenset[str], keys: Iterable[tuple[str, str]], schema: int
) -> list[bytes]:
    """Return the rows of these keys that are in a scope held now, and that the others are gone.

    Whether another one exists somewhere is nobody's business.
    """
    entries = [(0, name, row_id, "", 0) for name, row_id in keys]
    return [
        line or _encode({"r": (*key, 0, "gone")}) + b"\n"
        for _, _, key, line in _lines(connection, held, entries, schema, fresh=True)
    ]


_Current = dict[str, dict[str, tuple[bytes | None, bool]]]


def _current(connection: Connection, held: frozenset[str], entries: list[Any], schema: int) -> _Current:
    """Return what to tell of each row that exists: its line, or None if it is in none of ``held``."""
    wanted: dict[str, list[str]] = {}
    left: set[str] = set()
    for _, name, row_id, state, _ in entries:
        wanted.setdefault(name, []).append(row_id)
        left |= {row_id} if state == "gone" else set()
    found: _Current = {}
    for name, ids in wanted.items():
        if entity := registry().get(name):
            found[name] = _told(connection, held, entity, ids, left, schema)
    return found


def _told(
    connection: Connection, held: frozenset[str], entity: Entity, ids: list[str], left: set[str], schema: int
) -> dict[str, tuple[bytes | None, bool]]:
    loaded = lines.by_id(connection, entity, ids)
    old = windows.among(connection, entity.name, loaded)
    where = {key: lines.scope_of(entity, row) for key, row in loaded.items() if key not in old}
    shown = [key for key, scope in where.items() if scope in held]
    if faults.planted("scope_leak"):
        shown += [key for key in loaded.keys() - set(shown) if key in left]
    parts = lines.parts_of(connection, entity, shown)
    rows = ((loaded[key], where.get(key)) for key in shown)
    told = dict(zip(shown, lines.puts(entity, rows, parts, schema), strict=True))
    return {key: (told.get(key), True) for key in loaded}


def _naive(connection: Connection, places: Mapping[str, Place]) -> dict[str, Place]:
    """Take the newest outbox id for a place in the feed, as the classic mistake does; a planted bug."""
    pg = connection.dialect.name == "postgresql"
    given = (
        "SELECT last_value FROM sync_outbox_id_seq"
        if pg
        else "SELECT seq FROM sqlite_sequence WHERE name = 'sync_outbox'"
    )
    last = run(connection, given).scalar() or 0
    return {scope: Place(max(at.seq, last), at.token or "00" * 8) for scope, at in places.items()}
