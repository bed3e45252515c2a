"""The incarnation of the server's data, and the secret that signs what belongs to it.

A restored backup must begin a new epoch: clients notice, set their cursors back and send
again what the backup does not hold.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection

from fieldcrm import clock
from fieldcrm.ids import new_id
from server.database import run

_SECRET = "cursor_secret"  # noqa: S105 - the setting's name


def current(connection: Connection) -> str:
    """Return the epoch this database is in."""
    return str(run(connection, "SELECT epoch FROM sync_epoch ORDER BY n DESC LIMIT 1").scalar_one())


def begin(connection: Connection, note: str) -> str:
    """Begin a new epoch, as after a restore, and return it."""
    epoch = str(new_id())
    run(
        connection, "INSERT INTO sync_epoch (epoch, created_at, note) VALUES (?, ?, ?)",
        epoch, clock.to_ms(clock.now()), note,
    )  # fmt: skip
    return epoch


def begin_first(connection: Connection) -> None:
    """Give a fresh database its first epoch and its secret; change nothing otherwise."""
    if run(connection, "SELECT 1 FROM sync_epoch").first() is None:
        begin(connection, "first")
    if run(connection, "SELECT 1 FROM server_setting WHERE name = ?", _SECRET).first() is None:
        run(
            connection,
            "INSERT INTO server_setting (name, value) VALUES (?, ?)",
            _SECRET,
            secrets.token_hex(32),
        )


def secret(connection: Connection) -> bytes:
    """Return the key that signs cursors; it lives with the data it vouches for."""
    row = run(connection, "SELECT value FROM server_setting WHERE name = ?", _SECRET).scalar_one()
    return bytes.fromhex(row)
