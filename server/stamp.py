"""Numbers what changed, after it was committed: the feed that every pull reads.

Writers leave a line in ``sync_outbox`` (by trigger) in their own transaction. The stamper
takes committed lines under a lock and gives each row and scope the next number, so a number
never appears below one that a reader has already passed, whatever order transactions commit
in. A row whose scope changed is ``gone`` from where it was. Called by every pull, after
every push, and in the background; at most ``BATCH`` lines at a time, so nobody waits long.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from fieldcrm import faults
from fieldcrm.sync.entities import GLOBAL_SCOPE, registry
from server import windows
from server.database import Database, quoted, run, run_many

BATCH = 1_000
_LOCK = 0x7374616D70
_UPSERT = (
    "INSERT INTO sync_row (row_id, entity, scope_id, seq, state, ver, at) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (row_id, entity, scope_id) DO UPDATE SET "
    "seq = excluded.seq, state = excluded.state, ver = excluded.ver, at = excluded.at"
)
_NOBODY: frozenset[str] = frozenset()
_NOWHERE: Mapping[str, tuple[str, int]] = {}
Key = tuple[str, str]


def stamp(database: Database, at_ms: int) -> int:
    """Number one batch in a transaction of its own; return how many outbox lines it took."""
    with database.writing() as connection:
        return stamp_in(connection, at_ms)


def stamp_all(database: Database, at_ms: int) -> None:
    """Number everything that waits, batch by batch."""
    while stamp(database, at_ms):
        pass


def waiting(connection: Connection) -> bool:
    """Say whether something committed has no number yet."""
    return run(connection, "SELECT 1 FROM sync_outbox ORDER BY id LIMIT 1").first() is not None


def stamp_in(connection: Connection, at_ms: int) -> int:
    """Number one batch in the caller's transaction; on PostgreSQL that must be a short one."""
    if connection.dialect.name == "postgresql":
        # A statement of its own: what follows takes a fresh snapshot once the lock is held.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    lines = _take(connection)
    if faults.planted("stamp_skips_batch"):
        lines = lines[:-1]
    if not lines:
        return 0
    faults.reach("server.stamp.taken")
    entries = _entries(connection, lines)
    seq = run(connection, "SELECT coalesce(max(seq_hi), 0) FROM sync_tick").scalar_one()
    numbered = [(*entry[:3], seq + n, *entry[3:], at_ms) for n, entry in enumerate(entries, 1)]
    _write(connection, numbered)
    faults.reach("server.stamp.numbered")
    if numbered:
        run(
            connection, "INSERT INTO sync_tick (seq_hi, token, at) VALUES (?, ?, ?)",
            seq + len(numbered), secrets.token_hex(8), at_ms,
        )  # fmt: skip
    return len(lines)


def _take(connection: Connection) -> list[Any]:
    taken = run(
        connection,
        "DELETE FROM sync_outbox WHERE id IN (SELECT id FROM sync_outbox ORDER BY id LIMIT ?) "
        "RETURNING id, entity, row_id, kind",
        BATCH,
    )
    return sorted(tuple(line) for line in taken.all())


def _is_pg(connection: Connection) -> bool:
    return bool(connection.dialect.name == "postgresql")


def _write(connection: Connection, numbered: list[tuple[Any, ...]]) -> None:
    if not _is_pg(connection):
        run_many(connection, _UPSERT, numbered)
        return
    columns = [list(column) for column in zip(*numbered, strict=True)]
    run(
        connection,
        _UPSERT.replace(
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            "SELECT * FROM unnest(?::text[], ?::text[], ?::text[], "
            "?::bigint[], ?::text[], ?::bigint[], ?::bigint[])",
        ),
        *columns,
    )


def _entries(connection: Connection, lines: Iterable[Any]) -> list[tuple[str, str, str, str, int]]:
    """Return (row, entity, scope, state, version) for every scope that must hear of a change."""
    touched: dict[Key, frozenset[str]] = {}
    for _id, entity, row_id, kind in lines:
        also = touched.get((entity, row_id), _NOBODY)
        touched[entity, row_id] = also if kind == "row" else also | {kind}
    now = _scopes_now(connection, touched)
    before = _scopes_before(connection, touched)
    entries: dict[tuple[str, str, str], tuple[str, int]] = {}
    for key, also in touched.items():
        here, version = now.get(key, (None, 0))
        was = before.get(key, _NOWHERE)
        if here is not None and not also and was.keys() <= {here}:  # as nearly always: it stays where it was
            entries[key[1], key[0], here] = ("put", version)
            continue
        lost = "gone" if key in now else "tomb"
        for scope in sorted({scope for scope, (state, _) in was.items() if state == "put"} | also):
            if scope != here:
                entries[(key[1], key[0], scope)] = (lost, version or was.get(scope, ("", 0))[1])
        if here is not None:
            entries[(key[1], key[0], here)] = ("put", version)
    return [(*where, *what) for where, what in entries.items()]


def _scopes_now(connection: Connection, keys: Iterable[Key]) -> dict[Key, tuple[str | None, int]]:
    """Return scope and version of the rows that exist; a row older than its window is in no scope."""
    found: dict[Key, tuple[str | None, int]] = {}
    for name, ids in _by_entity(keys).items():
        entity = registry()[name]
        columns = ["id", "version", *(column for _, column in entity.scope)]
        prefixes = [prefix for prefix, _ in entity.scope]
        sql = f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(name)} WHERE id IN ?"
        old = windows.among(connection, name, ids)
        for row_id, version, *holders in run(connection, sql, ids).all():
            where = None if row_id in old else _scope(prefixes, holders)
            found[name, row_id] = (where, version)
    return found


def _scope(prefixes: list[str], holders: list[Any]) -> str:
    """Return a row's scope as ``Entity.scope_of`` does, from the columns that name it."""
    for prefix, holder in zip(prefixes, holders, strict=True):
        if holder is not None:
            return f"{prefix}:{holder}"
    return GLOBAL_SCOPE


def _scopes_before(connection: Connection, keys: Mapping[Key, Any]) -> dict[Key, dict[str, tuple[str, int]]]:
    known: dict[Key, dict[str, tuple[str, int]]] = {}
    rows = run(
        connection, "SELECT entity, row_id, scope_id, state, ver FROM sync_row WHERE row_id IN ?",
        [row_id for _, row_id in keys],
    )  # fmt: skip
    for entity, row_id, scope, state, ver in rows.all():
        known.setdefault((entity, row_id), {})[scope] = (state, ver)
    return known


def _by_entity(keys: Iterable[Key]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for entity, row_id in keys:
        if entity in registry():
            grouped.setdefault(entity, []).append(row_id)
    return grouped
