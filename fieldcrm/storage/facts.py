"""Keeps ``account_fact``: what the account list sorts and shows without counting history.

``writing`` sessions refresh the accounts they touch in the same transaction. Bulk loads
pass the stored rows they wrote to ``note_rows``, or call ``rebuild`` once at the end of
a first sync. The figures roll with the day: ``catch_up`` rebuilds when it has changed,
or when accounts and facts no longer match in number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction, sessionmaker

from fieldcrm import clock
from fieldcrm.rules import cadence
from fieldcrm.storage.cipher import Connection

WEEKS = 12
MONTH_DAYS = 30
_AS_OF = "account_facts_on"
_OWN = {"account": "id", "visit": "account_id", "order": "account_id"}
READS: Mapping[str, frozenset[str]] = {
    "account": frozenset({
        "id", "name", "channel", "grade", "city", "latitude_e7", "longitude_e7", "receivable",
        "overdue_since", "territory_id", "cadence_days", "cadence_least_days", "cadence_most_days",
        "archived_at", "merged_into",
    }),
    "visit": frozenset({"account_id", "started_at", "archived_at"}),
    "order": frozenset({"account_id", "ordered_on", "total_amount", "status", "archived_at"}),
    "cadence_rule": frozenset({
        "territory_id", "channel", "grade", "every_days", "least_days", "most_days", "seasons", "archived_at",
    }),
    "office_day": frozenset({"territory_id", "on", "is_open", "archived_at"}),
    "territory": frozenset({"parent_id"}),
}  # fmt: skip
"""The columns that the figures are made of, by entity."""

_RULES = frozenset({"cadence_rule", "office_day"})
_OF_ALL = _RULES | {"territory"}
_ORDERED = "('submitted', 'accepted', 'needs_review')"
_LIVING = "archived_at IS NULL AND merged_into IS NULL"
_INSERT = (
    "INSERT OR REPLACE INTO account_fact (account_id, name_key, channel, grade, city, latitude_e7,"
    " longitude_e7, receivable, overdue_since, last_visit_on, last_order_on, due_on, sales_30d, weekly)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_WEEKLY = ", ".join(
    f"coalesce(sum(total_amount) FILTER (WHERE age BETWEEN {7 * week} AND {7 * week + 6}), 0)"
    for week in reversed(range(WEEKS))
)
_NO_WEEKS = json.dumps([0] * WEEKS, separators=(",", ":"))
_COLUMNS = (
    "account_id, name_key, channel, grade, city, latitude_e7, longitude_e7, receivable, overdue_since,"
    " last_visit_on, last_order_on, due_on, sales_30d, weekly"
)
_FACTS = f"""
INSERT OR REPLACE INTO account_fact ({_COLUMNS})
SELECT a.id, fact_name_key(a.name), a.channel, a.grade, a.city, a.latitude_e7, a.longitude_e7, a.receivable,
  a.overdue_since, fact_day(v.at), o.last_on,
  fact_due_on(a.grade, a.channel, a.territory_id, a.cadence_days, a.cadence_least_days,
    a.cadence_most_days, v.at, :cadences),
  coalesce(o.month, 0), coalesce(o.weekly, '{_NO_WEEKS}')
FROM account a
LEFT JOIN (
  SELECT account_id, max(started_at) AS at FROM visit WHERE archived_at IS NULL {{among_dependants}}
  GROUP BY account_id
) v ON v.account_id = a.id
LEFT JOIN (
  SELECT account_id, max(ordered_on) AS last_on, json_array({_WEEKLY}) AS weekly,
    sum(total_amount) FILTER (WHERE age BETWEEN 0 AND {MONTH_DAYS - 1}) AS month
  FROM (
    SELECT account_id, ordered_on, total_amount,
      CAST(julianday(:today) - julianday(ordered_on) AS INTEGER) AS age
    FROM "order" WHERE archived_at IS NULL AND status IN {_ORDERED} {{among_dependants}}
  ) GROUP BY account_id
) o ON o.account_id = a.id
WHERE {_LIVING} {{among}}
"""
_AMONG = "AND {} IN (SELECT value FROM json_each(:ids))"
_UNLESS_SO = f"EXCEPT SELECT {_COLUMNS} FROM account_fact WHERE 1 = 1 {_AMONG.format('account_id')}"


def teach(connection: Connection) -> None:
    """Give a connection the functions that the statements here call."""
    connection.create_function("fact_name_key", 1, _name_key, deterministic=True)
    connection.create_function("fact_day", 1, _day, deterministic=True)
    connection.create_function("fact_due_on", 8, _due_on, deterministic=True)


def attach(sessions: sessionmaker[Session]) -> None:
    """Keep the facts current with what sessions of this maker write."""
    event.listen(sessions, "after_flush", _on_flush)


def note_rows(
    connection: Connection, entity: str, rows: Iterable[Mapping[str, Any]], today: date | None = None
) -> None:
    """Refresh the accounts that these stored rows (column name -> value) are or belong to."""
    if entity in _OF_ALL:
        if rows := list(rows):
            rebuild(connection, today)
    elif column := _OWN.get(entity):
        refresh(connection, {str(row[column]) for row in rows}, today)


def refresh(connection: Connection, account_ids: Iterable[str], today: date | None = None) -> None:
    """Work out the facts of some accounts again."""
    ids = json.dumps(list(account_ids))
    among = "account_id IN (SELECT value FROM json_each(?))"
    living = f"account_id IN (SELECT id FROM account WHERE {_LIVING})"
    connection.execute(f"DELETE FROM account_fact WHERE {among} AND NOT {living}", (ids,))
    sql = _FACTS.format(among=_AMONG.format("a.id"), among_dependants=_AMONG.format("account_id"))
    known = {"today": (today or _today()).isoformat(), "ids": ids, "cadences": _cadences(connection)}
    connection.execute(sql + _UNLESS_SO, known)


def rebuild(connection: Connection, today: date | None = None) -> None:
    """Work out every account's facts again and remember the day."""
    on = today or _today()
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'account_fact' AND sql <> ''"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("DELETE FROM account_fact")
    known = {"today": on.isoformat(), "cadences": _cadences(connection)}
    connection.execute(_FACTS.format(among="", among_dependants=""), known)
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
    if any(row.__table__.name in _RULES for row in rows):
        rebuild(_raw(session))
        return
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


def _name_key(name: str) -> bytes:
    return name.casefold().encode("gb18030", errors="replace")


def _day(at: int | None) -> str | None:
    return clock.business_day(clock.from_ms(at)).isoformat() if at is not None else None


def _due_on(
    grade: str, channel: str, area: str, every: int | None, least: int | None, most: int | None,
    at: int | None, cadences: str,
) -> str | None:  # fmt: skip
    if at is None:
        return None
    seen = clock.business_day(clock.from_ms(at))
    store = cadence.Store(grade, channel, area, every, least, most)
    return cadence.from_text(cadences).due(store, seen).isoformat()


def _cadences(connection: Connection) -> str:
    """Return the office's rules and days as the text that ``fact_due_on`` takes with every row."""
    rules = connection.execute(
        "SELECT id, every_days, least_days, most_days, seasons, coalesce(grade, ''), coalesce(channel, ''),"
        " coalesce(territory_id, '') FROM cadence_rule WHERE archived_at IS NULL ORDER BY id"
    )
    days = connection.execute(
        "SELECT coalesce(territory_id, ''), \"on\", is_open FROM office_day WHERE archived_at IS NULL"
        " ORDER BY id"
    )
    above = connection.execute("SELECT id, parent_id FROM territory WHERE parent_id IS NOT NULL")
    return cadence.to_text(
        [(*row[:4], json.loads(row[4]), *row[5:]) for row in rules.fetchall()],
        days.fetchall(),
        dict(above.fetchall()),
    )
