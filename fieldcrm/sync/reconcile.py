"""A cursor that is too old for some scopes: these are read whole and compared, the rest stays.

What was deleted or left meanwhile may have been forgotten by the server, so nobody says so any
more. Every row the server names is marked; at a scope's end the rows that were not named go,
in the transaction of its last page. Unsent work stays, pinned to its row until the server has
answered it. Marks and the key to go on from are kept with every page: a cut loses one page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from fieldcrm.errors import SyncError
from fieldcrm.faults import reach
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.sync import apply, arrivals, departed, page, scopes, state
from fieldcrm.sync.apply import Applied
from fieldcrm.sync.page import Page


class Source(Protocol):
    """Where pages of a scope come from: ``Remote``, but for simulations."""

    def bootstrap(self, scope: str, *, after: str | None, cursor: str) -> bytes:
        """Return one page of a scope's rows, from the key ``after`` on."""


class Plan(msgspec.Struct):
    """Which scopes are still to be compared, and where in the first of them this stands."""

    left: list[str]
    cursor: str
    after: str | None = None
    rows: int = 0
    removed: int = 0


def run(
    database: Database, source: Source, expired: Sequence[str], stop: Callable[[], bool], now_ms: int
) -> Applied:
    """Compare these scopes with the server, or go on with what was begun, until done or told to stop."""
    plan, applied = _begin(database, expired), Applied()
    while plan.left and not stop():
        try:
            found = page.read(source.bootstrap(plan.left[0], after=plan.after, cursor=plan.cursor))
        except SyncError as error:
            if error.code != "not_allowed":
                raise
            found = None
        _take_in(database, plan, found, applied, now_ms)
    database.announce({*applied.touched, "sync_log"})
    return applied


def _begin(database: Database, expired: Sequence[str]) -> Plan:
    with database.loading() as connection:
        kept = state.read(connection, state.RECONCILE)
        if kept is not None:
            return msgspec.convert(kept, Plan)
        connection.execute("DELETE FROM reconciled")
        plan = Plan(list(expired), state.read(connection, state.CURSOR, ""))
        state.write(connection, state.RECONCILE, msgspec.to_builtins(plan))
        return plan


def _take_in(database: Database, plan: Plan, found: Page | None, applied: Applied, now_ms: int) -> None:
    """Write one page, its marks and where to go on, together; without a page the scope was taken away."""
    with database.loading() as connection:
        if found is None:
            scopes.purge(connection, (plan.left[0],), applied)
            plan.after = None
        else:
            apply.rows(connection, found.rows, applied)
            _mark(connection, found)
            news = ((r.entity, r.id) for r in found.rows if r.id in applied.written.get(r.entity, ()))
            arrivals.note(connection, news, state.place(connection) + 1)  # more may be behind them
            plan.after, plan.cursor = found.trailer.after, found.trailer.cursor
            plan.rows += len(found.rows)
            reach("client.reconcile.rows")
        if plan.after is None:
            plan.removed += _sweep(connection, plan.left.pop(0), applied) if found else 0
            gone = ((name, row_id) for name, ids in applied.removed.items() for row_id in ids)
            arrivals.note(connection, gone, state.place(connection))
        departed.note(connection, applied, now_ms)
        if plan.left:
            state.write(connection, state.RECONCILE, msgspec.to_builtins(plan))
        else:
            _end(connection, plan, now_ms)
        reach("client.reconcile.kept")


def _mark(connection: Connection, found: Page) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO reconciled (entity, row_id) VALUES (?, ?)",
        [(row.entity, row.id) for row in found.rows],
    )


def _sweep(connection: Connection, scope: str, applied: Applied) -> int:
    """Remove the rows of a scope that the server did not name."""
    before = sum(map(len, applied.removed.values()))
    scopes.remove(connection, scope, applied, unnamed=True)
    return sum(map(len, applied.removed.values())) - before


def _end(connection: Connection, plan: Plan, now_ms: int) -> None:
    """Let go of the marks: unsent work may show a row in another scope than the one that named it."""
    connection.execute("DELETE FROM reconciled")
    state.move_cursor(connection, plan.cursor, now_ms, whole=False)
    connection.execute("DELETE FROM sync_state WHERE key = ?", (state.RECONCILE,))
    connection.execute(
        "INSERT INTO sync_log (at, kind, data) VALUES (?, 'compared', ?)",
        (now_ms, msgspec.json.encode({"rows": plan.rows, "removed": plan.removed}).decode()),
    )
