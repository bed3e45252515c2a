"""Keeps ``account_fact``: what the account list sorts and shows without counting history.

``writing`` sessions refresh the accounts they touch in the same transaction. Bulk loads
pass the stored rows they wrote to ``note_rows``, or call ``rebuild`` once at the end of
a first sync. The figures roll with the day: ``catch_up`` rebuilds when it has changed,
or when accounts and facts no longer match in number.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction, sessionmaker

from fieldcrm import clock
from fieldcrm.rules import accounts
from fieldcrm.storage.cipher import Connection

WEEKS = 12
MONTH_DAYS = 30
_BATCH = 400
_AS_OF = "account_facts_on"
_OWN = {"account": "id", "visit": "account_id", "order": "account_id"}
_ORDERED = "('submitted', 'accepted', 'needs_review')"
_LIVING = "archived_at IS NULL AND merged_into IS NULL"
_INSERT = (
    "INSERT OR REPLACE INTO account_fact (account_id, name_key, channel, grade, city, latitude_e7,"
    " longitude_e7, receivable, overdue_since, last_visit_on, last_order_on, due_on, sales_30d, weekly)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_NO_WEEKS = json.dumps([0] * WEEKS, separators=(",", ":"))


@dataclass(slots=True)
class _Ordered:
    """One account's orders: the latest day, 30 days' amount, twelve weeks, in ten-thousandths."""

    last_on: str = ""
    month: int = 0
    weekly: list[int] = field(default_factory=lambda: [0] * WEEKS)


def attach(sessions: sessionmaker[Session]) -> None:
    """Keep the facts current with what sessions of this maker write."""
    event.listen(sessions, "after_flush", _on_flush)


def note_rows(
    connection: Connection, entity: str, rows: Iterable[Mapping[str, Any]], today: date | None = None
) -> None:
    """Refresh the accounts that these stored rows (column name -> value) are or belong to."""
    if column := _OWN.get(entity):
        refresh(connection, {str(row[column]) for row in rows}, today)


def refresh(connection: Connection, account_ids: Iterable[str], today: date | None = None) -> None:
    """Work out the facts of some accounts again."""
    on = today or _today()
    ids = list(account_ids)
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        marks = ",".join("?" * len(some))
        connection.execute(f"DELETE FROM account_fact WHERE account_id IN ({marks})", some)
        connection.executemany(_INSERT, _facts(connection, on, some))


def rebuild(connection: Connection, today: date | None = None) -> None:
    """Work out every account's facts again and remember the day."""
    on = today or _today()
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'account_fact' AND sql <> ''"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("DELETE FROM account_fact")
    connection.executemany(_INSERT, _facts(connection, on, None))
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute(
        "INSERT OR REPLACE INTO device (key, value) VALUES (?, ?)", (_AS_OF, json.dumps(on.isoformat()))
    )


def is_current(session: Session, today: date) -> bool:
    """Return whether the facts are of this day and there is one for each living account."""
    run = session.connection().exec_driver_sql
    day = run("SELECT value FROM device WHERE key = ?", (_AS_OF,)).scalar()
    if day != json.dumps(today.isoformat()):
        return False
    living = run(f"SELECT count(*) FROM account WHERE {_LIVING}").scalar()
    return bool(living == run("SELECT count(*) FROM account_fact").scalar())


def catch_up(session: Session, today: date) -> bool:
    """Rebuild what is out of date; returns whether anything had to be done."""
    if is_current(session, today):
        return False
    rebuild(_raw(session), today)
    return True


def _on_flush(session: Session, _context: UOWTransaction) -> None:
    rows = (*session.new, *session.dirty, *session.deleted)
    touched = {
        str(row.__dict__[column])
        for row in rows
        if (column := _OWN.get(row.__table__.name)) and row.__dict__.get(column)
    }
    if touched:
        refresh(_raw(session), touched)


def _raw(session: Session) -> Connection:
    raw: Connection = session.connection().connection.dbapi_connection  # type: ignore[assignment]  # SQLCipher's
    return raw


def _today() -> date:
    return clock.business_day(clock.now())


def _facts(connection: Connection, on: date, ids: Sequence[str] | None) -> Iterator[tuple[Any, ...]]:
    visited = dict(_last_visits(connection, ids))
    ordered = _orders(connection, on, ids)
    rows = connection.execute(
        "SELECT id, name, channel, grade, city, latitude_e7, longitude_e7, receivable, overdue_since,"
        f" cadence_days FROM account WHERE {_LIVING}{_among('id', ids)}",
        ids or (),
    ).fetchall()
    for row in rows:
        account_id, name, *plain, cadence = row
        seen = visited.get(account_id)
        due = accounts.due_on(plain[1], cadence, seen, on).isoformat() if seen else None
        orders = ordered.get(account_id)
        yield (
            account_id,
            name.casefold().encode("gb18030", errors="replace"),
            *plain,
            seen.isoformat() if seen else None,
            orders.last_on if orders else None,
            due,
            orders.month if orders else 0,
            json.dumps(orders.weekly, separators=(",", ":")) if orders else _NO_WEEKS,
        )


def _last_visits(connection: Connection, ids: Sequence[str] | None) -> Iterator[tuple[str, date]]:
    rows = connection.execute(
        f"SELECT account_id, max(started_at) FROM visit WHERE archived_at IS NULL{_among('account_id', ids)}"
        " GROUP BY account_id",
        ids or (),
    )
    return ((account_id, clock.business_day(clock.from_ms(started))) for account_id, started in rows)


def _orders(connection: Connection, on: date, ids: Sequence[str] | None) -> dict[str, _Ordered]:
    found: defaultdict[str, _Ordered] = defaultdict(_Ordered)
    rows = connection.execute(
        'SELECT account_id, ordered_on, sum(total_amount) FROM "order"'
        f" WHERE archived_at IS NULL AND status IN {_ORDERED}{_among('account_id', ids)}"
        " GROUP BY account_id, ordered_on",
        ids or (),
    )
    since = (on - timedelta(WEEKS * 7)).isoformat()
    for account_id, day, amount in rows:
        account = found[account_id]
        account.last_on = max(account.last_on, day)
        age = (on - date.fromisoformat(day)).days if day > since else WEEKS * 7
        if 0 <= age < WEEKS * 7:
            account.weekly[WEEKS - 1 - age // 7] += amount
            account.month += amount if age < MONTH_DAYS else 0
    return found


def _among(column: str, ids: Sequence[str] | None) -> str:
    return f" AND {column} IN ({','.join('?' * len(ids))})" if ids is not None else ""
