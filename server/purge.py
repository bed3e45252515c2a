"""Nightly: tombs and notices of departure that are old enough are forgotten, behind a fence.

A laptop whose cursor lies before a scope's fence may have missed one of them, so it must
compare that scope with the server whole (``410 cursor_expired``). The fence is the number of
what was forgotten, never an estimate of anybody's absence. The feed's own ticks go the same way:
behind ``EVERY_SCOPE``'s fence no token can be checked any more, so whoever stands there compares
as well, and is no proof that the server was set back. What stays of a deleted row is its
id in ``dead_id``: nothing is ever made under it again (I8).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from fieldcrm import faults
from fieldcrm.clock import to_ms
from fieldcrm.errors import SyncError
from server.cursors import EVERY_SCOPE, Cursor
from server.database import Database, run, run_many

KEPT = timedelta(days=180)
TICKS_KEPT = KEPT + timedelta(days=30)  # longer than any cursor lives: thinning makes nobody compare more
CHUNK = 2_000


def purge(database: Database, at: datetime) -> int:
    """Forget what is older than ``KEPT``, in short steps; return how many entries went."""
    with database.reading() as connection:
        last, last_tick = _newest_before(connection, at - KEPT), _newest_before(connection, at - TICKS_KEPT)
        scopes = run(connection, "SELECT DISTINCT scope_id FROM sync_row").all() if last else []
    forgotten = 0
    for (scope_id,) in scopes:
        while step := _step(database, scope_id, last):
            forgotten += step
    while _thin(database, last_tick):
        pass
    return forgotten


def _newest_before(connection: Connection, at: datetime) -> int:
    return run(connection, "SELECT max(seq_hi) FROM sync_tick WHERE at < ?", to_ms(at)).scalar() or 0


def _thin(database: Database, last: int) -> int:
    """Forget some ticks before the last one that is old enough, and raise the fence of all scopes."""
    with database.writing() as connection:
        found = run(
            connection, "SELECT seq_hi FROM sync_tick WHERE seq_hi < ? ORDER BY seq_hi LIMIT ?", last, CHUNK
        )
        old = [(seq,) for (seq,) in found]
        run_many(connection, "DELETE FROM sync_tick WHERE seq_hi = ?", old)
        if old:
            _raise_fence(connection, EVERY_SCOPE, old[-1][0] + 1)
    return len(old)


def _step(database: Database, scope_id: str, last: int) -> int:
    """Forget some entries of one scope and raise its fence, together."""
    with database.writing() as connection:
        old = run(
            connection,
            "SELECT row_id, entity, seq, state FROM sync_row WHERE scope_id = ? AND seq <= ? "
            "AND state <> 'put' ORDER BY seq LIMIT ?",
            scope_id, last, CHUNK,
        ).all()  # fmt: skip
        run_many(
            connection, "INSERT INTO dead_id (row_id) VALUES (?) ON CONFLICT (row_id) DO NOTHING",
            [(row_id,) for row_id, _, _, state in old if state == "tomb"],
        )  # fmt: skip
        run_many(
            connection, "DELETE FROM sync_row WHERE row_id = ? AND entity = ? AND scope_id = ?",
            [(row_id, entity, scope_id) for row_id, entity, _, _ in old],
        )  # fmt: skip
        if old:
            _raise_fence(connection, scope_id, old[-1][2])
    return len(old)


def _raise_fence(connection: Connection, scope_id: str, seq: int) -> None:
    run(
        connection,
        "INSERT INTO sync_scope (scope_id, purged_before_seq) VALUES (?, ?) "
        "ON CONFLICT (scope_id) DO UPDATE SET purged_before_seq = excluded.purged_before_seq",
        scope_id, seq,
    )  # fmt: skip


def check_fence(connection: Connection, held: frozenset[str], cursor: Cursor, at_ms: int) -> None:
    """Raise ``cursor_expired`` with the held scopes that a device at ``cursor`` must compare whole."""
    fences = run(connection, "SELECT scope_id, purged_before_seq FROM sync_scope").all()
    least = {scope_id: int(fence) for scope_id, fence in fences}
    of_all = least.get(EVERY_SCOPE, 0)
    expired = {
        scope_id for scope_id, at in cursor.scopes.items() if 0 < at.seq < max(of_all, least.get(scope_id, 0))
    }
    expired = (expired | _unseen(connection, cursor, at_ms)) & held
    if expired and not faults.planted("fence_forgotten"):
        raise SyncError("cursor_expired", scopes=sorted(expired))


def _unseen(connection: Connection, cursor: Cursor, at_ms: int) -> set[str]:
    """Return all its scopes if what came after the cursor has waited for it longer than anything is kept."""
    newest = max((place.seq for place in cursor.scopes.values()), default=0)
    if newest == 0:
        return set()
    after = run(connection, "SELECT at FROM sync_tick WHERE seq_hi > ? ORDER BY seq_hi LIMIT 1", newest)
    waited = after.scalar()
    if waited is None or waited >= at_ms - KEPT // timedelta(milliseconds=1):
        return set()
    return {scope for scope, place in cursor.scopes.items() if place.seq > 0}
