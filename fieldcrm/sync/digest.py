"""The self-check: does this device hold what the server holds, and is every row as sync wrote it? (I20)

Once a day, after the first sync, and when asked. Sums of ids and versions go to the server;
where they differ, only the buckets that differ are listed, and only the rows that are lacking,
other or doubtful are fetched. Contents are compared here, with the sums that sync kept. A row
goes only when the server says of this very row that it is not here; unsent work stays. What was
mended is written to the sync log. A check that cannot be done is put off, never repeated at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from sqlalchemy.orm import Session

from fieldcrm.errors import SyncError
from fieldcrm.faults import planted, reach
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.sync import apply, arrivals, contents, departed, outbox, page, protocol, scopes, state
from fieldcrm.sync.apply import Applied
from fieldcrm.sync.buckets import Sums, bucket_of
from fieldcrm.sync.entities import registry
from fieldcrm.sync.protocol import Digest, DigestRequest, Ids, IdsRequest, Row, RowsRequest

PERIOD_MS = 86_400_000
AGAIN_MS = 3_600_000
MOST_ROWS = 20_000
"""How many rows one check fetches at most; the next one goes on."""

_LOT = 500
Ask = Callable[[str, bytes], bytes]
_Told = TypeVar("_Told", Digest, Ids)
_encode = msgspec.json.encode


@dataclass(slots=True)
class Found:
    """What a check saw: rows looked at, whose content had changed, fetched anew, removed."""

    rows: int = 0
    damaged: int = 0
    mended: int = 0
    removed: int = 0
    left: int = 0
    touched: set[str] = field(default_factory=set)
    pictures: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Held:
    """What this device holds: sums by scope and entity, and what its own contents say."""

    rows: int = 0
    sums: dict[str, dict[str, Sums]] = field(default_factory=dict)
    damaged: dict[str, set[str]] = field(default_factory=dict)
    unknown: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


def is_due(database: Database, now_ms: int) -> bool:
    """Whether it is time; a clock that was set back does not put it off for ever."""
    with database.reading() as session:
        after: int = state.read(outbox.raw(session), state.CHECK_AFTER, 0)
    return now_ms >= after or after - now_ms > 2 * PERIOD_MS


def want(session: Session) -> None:
    """Ask for a check with the next sync; it is logged also if all is well."""
    connection = outbox.raw(session)
    state.write(connection, state.CHECK_AFTER, 0)
    state.write(connection, state.CHECK_ASKED, True)


def last(session: Session) -> dict[str, int]:
    """Return what the latest check that was written down found; nothing if there was none."""
    query = "SELECT data FROM sync_log WHERE kind = 'checked' ORDER BY id DESC LIMIT 1"
    row = outbox.raw(session).execute(query).fetchone()
    return msgspec.json.decode(row[0], type=dict[str, int]) if row else {}


def put_off(database: Database, now_ms: int) -> None:
    """Try again later, after a check that could not be done."""
    with database.loading() as connection:
        _next(connection, now_ms, AGAIN_MS)


def check(database: Database, ask: Ask, now_ms: int) -> Found:
    """Compare everything with the server and mend what differs; for a device that is up to date."""
    held = _look(database)
    found = Found(rows=held.rows, damaged=sum(map(len, held.damaged.values())))
    doubtful = held.damaged if not planted("digest_blind") else {}
    for scope, entity, ids in _differing(database, ask, held):
        doubtful.setdefault(entity, set()).update(ids)
        reach(f"client.digest.{scope.partition(':')[0]}")
    keys = [(name, row_id) for name in registry() for row_id in sorted(doubtful.get(name, ()))]
    found.left = max(0, len(keys) - MOST_ROWS)
    for start in range(0, min(len(keys), MOST_ROWS), _LOT):
        _mend(database, ask, keys[start : min(start + _LOT, MOST_ROWS)], found, now_ms)
    _end(database, held, found, now_ms)
    return found


def _look(database: Database) -> _Held:
    held = _Held()
    with database.reading() as session:
        connection = outbox.raw(session)
        for entity in registry().values():
            known = contents.kept(connection, entity.name)
            working, left = _working(connection, entity.name)
            for row in contents.all_of(connection, entity):
                if row.version <= 0 or row.id in left:
                    continue
                held.rows += 1
                sums = held.sums.setdefault(row.scope, {}).setdefault(entity.name, Sums())
                sums.add(row.id, row.version)
                if row.id in working:
                    continue
                if row.id not in known:
                    held.unknown.setdefault(entity.name, []).append((row.id, row.sum))
                elif known[row.id] != row.sum:
                    held.damaged.setdefault(entity.name, set()).add(row.id)
    return held


def _working(connection: Connection, entity: str) -> tuple[set[str], set[str]]:
    """Return the rows with unsent work, and those that only such work still holds here."""
    unsent = connection.execute(
        "SELECT row_id FROM outbox WHERE entity = ? AND state IN ('pending', 'inflight')", (entity,)
    ).fetchall()
    bases = connection.execute("SELECT row_id, body FROM sync_base WHERE entity = ?", (entity,)).fetchall()
    working = {row_id for (row_id,) in unsent} | {row_id for row_id, _ in bases}
    return working, {row_id for row_id, body in bases if body == "null"}


def _differing(database: Database, ask: Ask, held: _Held) -> Iterator[tuple[str, str, set[str]]]:
    """Yield, by scope and entity, the ids that one side holds and the other does not, or otherwise."""
    with database.reading() as session:
        granted = state.read(outbox.raw(session), state.GRANTS, [])
    told = {scope: {name: s.whole for name, s in held.sums.get(scope, {}).items()} for scope in granted}
    digest = _answer(database, ask("/sync/v1/digest", _encode(DigestRequest(told))), Digest)
    for scope, entities in digest.differ.items():
        for name, theirs in entities.items():
            if name not in registry():
                continue
            mine = held.sums.get(scope, {}).get(name, Sums()).pairs
            odd = [n for n, pair in enumerate(theirs) if tuple(pair) != mine[n]]
            asked = _encode(IdsRequest(scope, name, odd))
            there = dict(_answer(database, ask("/sync/v1/ids", asked), Ids).ids)
            here = _in_buckets(database, scope, name, frozenset(odd))
            yield scope, name, {i for i in here.keys() | there.keys() if here.get(i) != there.get(i)}


def _in_buckets(database: Database, scope: str, name: str, buckets: frozenset[int]) -> dict[str, int]:
    where = scopes.condition(registry()[name], scope)
    if where is None:
        return {}
    with database.reading() as session:
        connection = outbox.raw(session)
        _, left = _working(connection, name)
        query = f'SELECT id, version FROM "{name}" WHERE version > 0 AND {where[0]}'  # noqa: S608  # own names
        rows = connection.execute(query, where[1]).fetchall()
    return {i: version for i, version in rows if i not in left and bucket_of(i) in buckets}


def _answer(database: Database, body: bytes, kind: type[_Told]) -> _Told:
    """Return what the server said, if it is still the server this device knows."""
    try:
        said = msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise SyncError("not_our_protocol") from error
    with database.reading() as session:
        if state.read(outbox.raw(session), state.EPOCH) != said.epoch:
            raise SyncError("epoch_changed")
    return said


def _mend(database: Database, ask: Ask, keys: list[tuple[str, str]], found: Found, now_ms: int) -> None:
    asked: dict[str, list[str]] = {}
    for name, row_id in keys:
        asked.setdefault(name, []).append(row_id)
    answer = page.read(ask("/sync/v1/rows", _encode(RowsRequest(asked, protocol.SCHEMA))))
    wanted = set(keys)
    told: list[Row] = [row for row in answer.rows if (row.entity, row.id) in wanted]
    applied = Applied()
    with database.loading() as connection:
        apply.overwrite(connection, told, applied)
        arrivals.note(connection, ((row.entity, row.id) for row in told), state.place(connection))
        departed.note(connection, applied, now_ms)
        reach("client.digest.mended")
    found.mended += sum(map(len, applied.written.values()))
    found.removed += sum(map(len, applied.removed.values()))
    found.touched |= applied.touched
    found.pictures |= applied.pictures
    database.announce(applied.touched)


def _end(database: Database, held: _Held, found: Found, now_ms: int) -> None:
    """Note the sums that were not known yet, say what was found, and when to look again."""
    for name, sums in held.unknown.items():
        for start in range(0, len(sums), _LOT * 4):
            with database.loading() as connection:
                contents.write(connection, name, sums[start : start + _LOT * 4], first=True)
    with database.loading() as connection:
        asked = state.read(connection, state.CHECK_ASKED, False)
        _next(connection, now_ms, AGAIN_MS if found.left else PERIOD_MS)
        state.write(connection, state.CHECK_ASKED, False)
        if asked or found.mended or found.removed or found.damaged:
            facts = {
                "rows": found.rows, "damaged": found.damaged, "mended": found.mended,
                "removed": found.removed, "left": found.left,
            }  # fmt: skip
            connection.execute(
                "INSERT INTO sync_log (at, kind, data) VALUES (?, 'checked', ?)",
                (now_ms, _encode(facts).decode()),
            )
    database.announce({"sync_log"})


def _next(connection: Connection, now_ms: int, about_ms: int) -> None:
    spread = random.uniform(0.75, 1.25)  # noqa: S311 - spreads a crowd
    state.write(connection, state.CHECK_AFTER, now_ms + int(about_ms * spread))
