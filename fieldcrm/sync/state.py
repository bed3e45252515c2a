"""Where sync stands, by key: a thin reading of the ``sync_state`` table."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldcrm.storage.cipher import Connection

CURSOR = "cursor"
EPOCH = "epoch"
LEASE = "lease"
GRANTS = "grants"
CLOCK = "clock"
SERVER_SCHEMA = "server_schema"
UNCONFIRMED = "unconfirmed"
LAST_SYNC = "last_sync_at"
FIRST_SYNC = "first_sync"
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


def move_cursor(connection: Connection, cursor: str, now_ms: int) -> None:
    """Set the cursor and remember it among the latest ones."""
    if read(connection, CURSOR, "") == cursor:
        return
    write(connection, CURSOR, cursor)
    connection.execute("INSERT INTO cursor_history (at, cursor) VALUES (?, ?)", (now_ms, cursor))
    connection.execute(
        "DELETE FROM cursor_history WHERE id <= (SELECT max(id) FROM cursor_history) - ?", (HISTORY,)
    )


def was_passed(connection: Connection, cursor: str) -> bool:
    """Whether this device has stood at ``cursor`` before and moved on."""
    if read(connection, CURSOR, "") == cursor:
        return False
    found = connection.execute("SELECT 1 FROM cursor_history WHERE cursor = ? LIMIT 1", (cursor,))
    return found.fetchone() is not None
