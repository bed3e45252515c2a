"""When a user loses a territory, the moment is written down then, not when his laptop hears of it.

A trigger notes whose territories may have changed, whoever changed them; each step works some
of them out afresh and compares with what they held. What was captured under a lost territory,
or within the days of grace after, is still welcome (``scope.Standing``); an old laptop or an
old cursor cannot make that moment later.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from fieldcrm.model.users import Role
from server import scope
from server.database import run, run_many
from server.scope import Principal

CHUNK = 50
_LOCK = 0x6772616E74
_NOBODY = UUID(int=0)


def waiting(connection: Connection) -> bool:
    """Say whether somebody's territories are yet to be worked out."""
    return run(connection, "SELECT 1 FROM sync_regrant LIMIT 1").first() is not None


def follow(connection: Connection, at_ms: int) -> int:
    """Work out some users in the caller's transaction; return how many notes were dealt with."""
    if not waiting(connection):
        return 0
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    notes = run(connection, "SELECT id, user_id FROM sync_regrant ORDER BY id LIMIT ?", CHUNK).all()
    run_many(connection, "DELETE FROM sync_regrant WHERE id = ?", [(note,) for note, _ in notes])
    if any(user_id is None for _, user_id in notes):
        run(
            connection,
            'INSERT INTO sync_regrant (user_id) SELECT id FROM "user" WHERE territory_id IS NOT NULL '
            "UNION SELECT user_id FROM held_grant",
        )
    for user_id in sorted({user_id for _, user_id in notes if user_id is not None}):
        _work_out(connection, user_id, at_ms)
    return len(notes)


def _work_out(connection: Connection, user_id: str, at_ms: int) -> None:
    before = {s for (s,) in run(connection, "SELECT scope_id FROM held_grant WHERE user_id = ?", user_id)}
    now = _territories(connection, user_id)
    lost, got = sorted(before - now), sorted(now - before)
    run_many(
        connection,
        "INSERT INTO past_grant (user_id, scope_id, until_at) VALUES (?, ?, ?) "
        "ON CONFLICT (user_id, scope_id) DO UPDATE SET until_at = excluded.until_at",
        [(user_id, scope_id, at_ms) for scope_id in lost],
    )
    gone = [(user_id, scope_id) for scope_id in lost]
    run_many(connection, "DELETE FROM held_grant WHERE user_id = ? AND scope_id = ?", gone)
    come = [(user_id, scope_id) for scope_id in got]
    run_many(connection, "INSERT INTO held_grant (user_id, scope_id) VALUES (?, ?)", come)


def _territories(connection: Connection, user_id: str) -> set[str]:
    row = run(
        connection, 'SELECT role, territory_id, active, archived_at FROM "user" WHERE id = ?', user_id
    ).first()
    if row is None or row[1] is None or not row[2] or row[3] is not None:
        return set()
    asked = Principal(UUID(user_id), Role(row[0]), UUID(row[1]), _NOBODY)
    return {held for held in scope.grants(connection, asked) if held.startswith("terr:")}
