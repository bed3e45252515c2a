"""Once a minute: finish files, forget what has expired."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from fieldcrm.clock import to_ms
from server import files, holdings, progress, throttles
from server.database import Database
from server.tables_auth import refresh_token, sign_in

_ENDED_SESSIONS_KEPT = timedelta(days=90)


def sweep(database: Database, store: files.Store, at: datetime) -> None:
    """Do everything that is due; each step in a transaction of its own, so none holds the writer long."""
    files.finish_whole(database, store, at)
    with database.writing() as connection:
        files.forget_expired(connection, store, at)
    with database.writing() as connection:
        throttles.forget_empty(connection, at)
        _forget_tokens(connection, at)
        progress.thin(connection, to_ms(at))


def link_early_files(database: Database) -> None:
    """Mark the photos whose file came before their row."""
    with database.writing() as connection:
        holdings.mark_all_stored(connection)


def _forget_tokens(connection: Connection, at: datetime) -> None:
    connection.execute(delete(refresh_token).where(refresh_token.c.expires_at < at))
    connection.execute(delete(sign_in).where(sign_in.c.ended_at < at - _ENDED_SESSIONS_KEPT))
