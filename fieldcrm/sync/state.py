"""Where sync stands, by key: a thin reading of the ``sync_state`` table."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldcrm.storage.cipher import Connection

CURSOR = "cursor"
EPOCH = "epoch"
LEASE = "lease"
LEASES = "leases"
GRANTS = "grants"
CLOCK = "clock"
SERVER_SCHEMA = "server_schema"
UNCONFIRMED = "unconfirmed"
LAST_SYNC = "last_sync_at"
FIRST_SYNC = "first_sync"
RECONCILE = "reconcile"
CHECK_AFTER = "check_after"
CHECK_ASKED = "check_asked"
HISTORY = 32


def read(connection: Connection, key: str, default: Any = None) -> Any:
    """Return the value of ``key``, or ``default``."""
    row = connection.execute("SELECT value FROM sync_state WHERE key = ?", (key,)).fetchone()
    return default if row is None else msgspec.json.decode(row[0])


def write(connection: Connection, key: str, value: Any) -> None:
    """Set ``key``."""
    connection.execute(
        "INSERT INTO sync_state (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, msgspec.json.encode(value).decode()),
    )


def move_cursor(connection: Connection, cursor: str, now_ms: int, *, whole: bool) -> int:
    """Set the cursor and remember it among the latest ones; return its place among them.

    ``whole`` says that nothing more waits there: only such a place tells what a server that
    was restored holds.
    """
    here = read(connection, CURSOR, "") == cursor
    latest = connection.execute("SELECT id, whole, cursor FROM cursor_history ORDER BY id DESC LIMIT 1")
    last = latest.fetchone()
    if here and last is not None and last[2] == cursor:
        if whole and not last[1]:
            connection.execute("UPDATE cursor_history SET whole = 1 WHERE id = ?", (last[0],))
        return int(last[0])
    write(connection, CURSOR, cursor)
    connection.execute(
        "INSERT INTO cursor_history (at, cursor, whole) VALUES (?, ?, ?)", (now_ms, cursor, whole)
    )
    place = int(connection.execute("SELECT max(id) FROM cursor_history").fetchone()[0])
    _thin(connection, place)
    return place


def _thin(connection: Connection, newest: int) -> None:
    """Keep the latest cursors, and of the older whole ones one at every doubling of their distance."""
    older = connection.execute(
        "SELECT id, whole FROM cursor_history WHERE id <= ? ORDER BY id DESC", (newest - HISTORY,)
    ).fetchall()
    kept: set[int] = set()
    for place, whole in older:
        distance = (newest - place).bit_length()
        if not whole or distance in kept:
            connection.execute("DELETE FROM cursor_history WHERE id = ?", (place,))
        else:
            kept.add(distance)


def history(connection: Connection) -> list[tuple[int, str]]:
    """Return the whole places that are remembered, the newest first."""
    found = connection.execute("SELECT id, cursor FROM cursor_history WHERE whole ORDER BY id DESC")
    return [(int(place), cursor) for place, cursor in found.fetchall()]


def take_lease(connection: Connection, lease: str | None) -> None:
    """Keep the server's newest lease; one that came before, in an answer that came late, is not it."""
    known = read(connection, LEASES, [])
    if lease is None or lease in known:
        return
    write(connection, LEASE, lease)
    write(connection, LEASES, [*known, lease][-HISTORY:])


def place(connection: Connection) -> int:
    """Return where this device stands among its remembered cursors."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM cursor_history").fetchone()[0])


def was_passed(connection: Connection, cursor: str) -> bool:
    """Whether this device has stood at ``cursor`` before and moved on."""
    if read(connection, CURSOR, "") == cursor:
        return False
    found = connection.execute("SELECT 1 FROM cursor_history WHERE cursor = ? LIMIT 1", (cursor,))
    return found.fetchone() is not None
