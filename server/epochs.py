"""The incarnation of the server's data, and the secret that signs what belongs to it.

A restored backup must begin a new epoch: clients notice, set their cursors back and send
again what the backup does not hold. ``restore`` begins one itself. When somebody only put
old files back, the first proof does: a boot that finds another cluster or a high-water
mark it does not know (``highwater.py``), or a cursor or lease that this server signed and
cannot have signed yet. Proofs are signed by us, so nobody can begin an epoch at will.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from fieldcrm import clock
from fieldcrm.errors import SyncError
from fieldcrm.ids import new_id
from server.database import Database, run

_SECRET = "cursor_secret"  # noqa: S105 - the setting's name
_LOCK = 0x65706F6368


class Rewound(SyncError):
    """A laptop holds proof that this database has been set back, and nobody has said so."""

    def __init__(self, epoch: str, proof: str) -> None:
        super().__init__("epoch_changed", epoch=epoch)
        self.epoch, self.proof = epoch, proof


def current(connection: Connection) -> str:
    """Return the epoch this database is in."""
    return str(run(connection, "SELECT epoch FROM sync_epoch ORDER BY n DESC LIMIT 1").scalar_one())


def begin(connection: Connection, note: str) -> str:
    """Begin a new epoch, as after a restore, and return it."""
    epoch = str(new_id())
    run(
        connection,
        "INSERT INTO sync_epoch (epoch, created_at, note, pg_system_id, pg_timeline) VALUES (?, ?, ?, ?, ?)",
        epoch, clock.to_ms(clock.now()), note, *_cluster(connection),
    )  # fmt: skip
    return epoch


def begin_after(database: Database, seen: str, note: str) -> str:
    """Begin a new epoch unless ``seen`` has ended already; return the one that holds now."""
    with database.writing() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        now = current(connection)
        return begin(connection, note) if now == seen else now


@contextmanager
def noticing(database: Database) -> Iterator[None]:
    """Begin a new epoch when what happens inside proves that the data was set back."""
    try:
        yield
    except Rewound as found:
        epoch = begin_after(database, found.epoch, found.proof)
        raise SyncError("epoch_changed", epoch=epoch) from found


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


def notice_cluster(connection: Connection) -> bool:
    """Begin a new epoch if the data lies under another PostgreSQL cluster or timeline than it did."""
    n, *known = run(
        connection, "SELECT n, pg_system_id, pg_timeline FROM sync_epoch ORDER BY n DESC LIMIT 1"
    ).one()
    here = _cluster(connection)
    if here == (None, None) or tuple(known) == here:
        return False
    if known[0] is None:  # an epoch of before this was noted
        run(connection, "UPDATE sync_epoch SET pg_system_id = ?, pg_timeline = ? WHERE n = ?", *here, n)
        return False
    begin(connection, "another cluster" if known[0] != here[0] else "another timeline")
    return True


def _cluster(connection: Connection) -> tuple[str | None, int | None]:
    """Return PostgreSQL's own name of its data, or nothing where there is none or we may not ask."""
    if connection.dialect.name != "postgresql":
        return None, None
    try:
        with connection.begin_nested():
            row = run(
                connection,
                "SELECT s.system_identifier::text, c.timeline_id FROM pg_control_system() s, "
                "pg_control_checkpoint() c",
            ).one()
    except DBAPIError:
        return None, None
    return str(row[0]), int(row[1])
