"""What a representative needs of a territory for today and this week, before the rest of it.

The stores that his plan names, in the order of his days, each with its contacts, the orders
still under way and the prices agreed with it. A scope is asked for in this way with ``today``
as the key to go on from; behind the last of these stores the key is that of the beginning.
The rows come again in key order, where the version guard passes them by, and the cursor's
place is from before the first of them: one that leaves in between is told by the feed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm import clock
from fieldcrm.errors import Malformed
from fieldcrm.sync import protocol
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.protocol import Want
from server import bootstrap, cursors, epochs, lines, rows
from server.bootstrap import Slice
from server.cursors import Cursor
from server.database import run

BEGIN = "today"
DAYS = 7
_ROWS_OF_STORE = 8  # about; a page's worth of stores is so many times less than of rows
_STORES = """
    SELECT p.account_id FROM visit_plan p JOIN account a ON a.id = p.account_id
    WHERE p.rep_id = ? AND p."on" >= ? AND p."on" < ? AND p.status = 'planned' AND p.archived_at IS NULL
    AND a.territory_id = ? GROUP BY p.account_id ORDER BY min(p."on"), min(p.sequence), p.account_id
"""
_OPEN = " AND status IN ('draft', 'submitted', 'needs_review')"
_ENTRIES = "price_book_id IN (SELECT id FROM price_book WHERE reference IN ?)"


def is_asked(after: str) -> bool:
    """Say whether this is a place in the stores of a plan, not in key order."""
    return after.partition(".")[0] == BEGIN


def read(
    connection: Connection, user: UUID, scope: str, after: str, want: Want, cursor: Cursor | None,
    schema: int, at: datetime,
) -> Slice:  # fmt: skip
    """Return some planned stores of a scope, and the key of the next ones or of the scope's beginning."""
    begin = _place(after)
    cursor = cursor or Cursor(epochs.current(connection), schema=min(schema, protocol.SCHEMA))
    if begin == 0 or scope not in cursor.pending:
        cursor = replace(cursor, pending={**cursor.pending, scope: cursors.newest(connection)})
        begin = 0
    stores = _planned(connection, user, scope, clock.business_day(at))
    end = begin + max(1, want.max_rows // _ROWS_OF_STORE)
    told = list(_lines(connection, stores[begin:end], scope, schema))
    return Slice(told, f"{BEGIN}.{end}" if end < len(stores) else bootstrap.BEGIN, cursor)


def not_yet(connection: Connection, at: datetime) -> list[str]:
    """Return the shared price books that no order of this week is priced with."""
    today = clock.business_day(at)
    found = run(
        connection,
        "SELECT id FROM price_book WHERE territory_id IS NULL AND archived_at IS NULL"
        " AND (valid_from >= ? OR valid_to < ?) ORDER BY id",
        _text(today + timedelta(DAYS)), _text(today),
    )  # fmt: skip
    return [f"pricebook:{book}" for (book,) in found]


def _place(after: str) -> int:
    try:
        return max(0, int(after.partition(".")[2] or "0"))
    except ValueError as error:
        raise Malformed("malformed", part="after") from error


def _planned(connection: Connection, user: UUID, scope: str, today: date) -> list[str]:
    kind, _, territory = scope.partition(":")
    if kind != "terr":
        return []
    until = today + timedelta(DAYS)
    found = run(connection, _STORES, str(user), _text(today), _text(until), territory)
    return [row[0] for row in found]


def _lines(connection: Connection, stores: list[str], scope: str, schema: int) -> Iterator[bytes]:
    if not stores:
        return
    for name, condition in (
        ("account", "id IN ?"), ("contact", "account_id IN ?"),
        ("price_book", "reference IN ?"), ("price_entry", _ENTRIES), ("order", f"account_id IN ?{_OPEN}"),
    ):  # fmt: skip
        yield from _of(connection, registry()[name], condition, stores, scope, schema)


def _of(
    connection: Connection, entity: Entity, condition: str, stores: list[str], scope: str, schema: int
) -> Iterator[bytes]:
    inside = bootstrap.where(entity, scope)
    sql = f"{rows.shape(entity).select} WHERE {inside} AND {condition} ORDER BY id"
    found = run(connection, sql, scope.partition(":")[2], stores).all()
    parts = lines.parts_of(connection, entity, [row[0] for row in found])
    yield from lines.puts(entity, ((row, scope) for row in found), parts, schema)


def _text(day: date) -> str:
    return day.isoformat()
