"""The account list as this device keeps it: an order of row numbers, and rows by number.

At 100,000 accounts nobody wants rows: ``first`` gives what fits on the screen at once,
``order`` the numbers of all that match (a few hundred kilobytes), ``rows`` the two dozen
that are being painted. Numbers are those of ``account_fact`` and live until the next change.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.model.base import SCALE
from fieldcrm.rules import positions
from fieldcrm.rules.positions import Position
from fieldcrm.rules.standing import QUIET, Facts, Standing, standing
from fieldcrm.storage import search

NEARBY_M = 2000
SEARCH_LIMIT = 500
_BATCH = 5000


class Sort(StrEnum):
    """The column a list is sorted by."""

    NAME = "name"
    SALES = "sales"
    LAST_VISIT = "last_visit"
    LAST_ORDER = "last_order"
    DUE = "due"
    RECEIVABLE = "receivable"


class Chip(StrEnum):
    """The ready-made filters above the list."""

    ALL = "all"
    DUE = "due"
    OVERDUE = "overdue"
    QUIET = "quiet"
    GRADE_A = "grade_a"
    NEARBY = "nearby"


@dataclass(frozen=True, slots=True)
class Query:
    """What the list shows: filters that combine, a text, and a sort."""

    chip: Chip = Chip.ALL
    text: str = ""
    channel: str = ""
    grade: str = ""
    city: str = ""
    sort: Sort = Sort.SALES
    descending: bool = True
    near: Position | None = None

    @property
    def filtered(self) -> bool:
        """Whether anything is hidden."""
        return self.chip is not Chip.ALL or bool(self.text or self.channel or self.grade or self.city)

    def cleared(self) -> Query:
        """Return the same list without its filters."""
        return replace(self, chip=Chip.ALL, text="", channel="", grade="", city="")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One line of the list; ``weekly`` are amounts of twelve weeks, the latest last."""

    key: int
    id: UUID
    name: str
    code: str
    address: str
    city: str
    phone: str
    channel: str
    grade: str
    last_visit_on: date | None
    last_order_on: date | None
    due_on: date | None
    sales_30d: Decimal
    weekly: tuple[Decimal, ...]
    receivable: Decimal
    overdue_since: date | None
    standing: Standing
    unsent: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many accounts each chip shows; ``nearby`` is None while no position is known."""

    all: int = 0
    due: int = 0
    overdue: int = 0
    quiet: int = 0
    grade_a: int = 0
    nearby: int | None = None


_DATUMS = (positions.WGS84, positions.GCJ02, positions.BD09)
_SORTS = {
    Sort.NAME: "name_key", Sort.SALES: "sales_30d", Sort.LAST_VISIT: "last_visit_on",
    Sort.LAST_ORDER: "last_order_on", Sort.DUE: "due_on", Sort.RECEIVABLE: "receivable",
}  # fmt: skip
_DUE = "(due_on IS NULL OR due_on <= :today)"
_OVERDUE = "(receivable > 0 AND overdue_since <= :today)"
_QUIET = "(last_order_on IS NULL OR last_order_on <= :quiet)"
_CHIPS = {Chip.DUE: _DUE, Chip.OVERDUE: _OVERDUE, Chip.QUIET: _QUIET, Chip.GRADE_A: "grade = 'A'"}


def first(session: Session, query: Query, today: date, limit: int) -> tuple[int, ...]:
    """Return the numbers of the first rows: what the first paint needs."""
    return tuple(order(session, query, today, limit=limit))


def order(session: Session, query: Query, today: date, limit: int = -1) -> array[int]:
    """Return the numbers of every row that matches, in order."""
    where, values = _where(query, today)
    ranked: list[int] | None = None
    if query.text:
        ranked = _found(session, query.text, limit if 0 < limit < SEARCH_LIMIT else SEARCH_LIMIT)
        where.append(f"rowid IN ({','.join(map(str, ranked))})")
    if query.chip is Chip.NEARBY:
        ranked = _near(session, query.near)
        where.append(f"rowid IN ({','.join(map(str, ranked))})")
    down = "DESC" if query.descending else "ASC"
    sort = f"ORDER BY {_SORTS[query.sort]} {down}, rowid {down} LIMIT {limit}" if ranked is None else ""
    sql = f"SELECT rowid FROM account_fact {_clause(where)} {sort}"
    found = session.connection().exec_driver_sql(sql, values).scalars()
    if ranked is None:
        return array("q", found)
    kept = set(found)
    return array("q", [key for key in ranked if key in kept])


def rows(session: Session, keys: Sequence[int], today: date) -> tuple[AccountRow, ...]:
    """Return the rows with these numbers, in this order; one that is gone is left out."""
    marks = ",".join(str(int(key)) for key in keys)
    found = session.connection().exec_driver_sql(
        "SELECT f.rowid, a.id, a.name, a.code, a.district, a.address, a.city, a.phone, f.channel, f.grade,"
        " f.last_visit_on, f.last_order_on, f.due_on, f.sales_30d, f.weekly, f.receivable, f.overdue_since,"
        " (SELECT count(*) FROM conflict c WHERE c.entity = 'account' AND c.row_id = a.id"
        "  AND c.state = 'open' AND c.archived_at IS NULL),"
        ' (SELECT min(p."on") FROM visit_plan p WHERE p.account_id = a.id AND p."on" >= ?'
        "  AND p.status = 'planned' AND p.archived_at IS NULL),"
        " EXISTS (SELECT 1 FROM outbox o WHERE o.entity = 'account' AND o.row_id = a.id"
        "  AND o.state IN ('pending', 'inflight', 'rejected'))"
        f" FROM account_fact f JOIN account a ON a.id = f.account_id WHERE f.rowid IN ({marks})",
        (today.isoformat(),),
    )
    by_key = {row[0]: _row(row, today) for row in found}
    return tuple(by_key[key] for key in keys if key in by_key)


def counts(session: Session, today: date, near: Position | None = None) -> Counts:
    """Count what each chip would show, in one pass."""
    sql = (
        f"SELECT count(*), total({_DUE}), total({_OVERDUE}), total({_QUIET}), total(grade = 'A')"
        " FROM account_fact"
    )
    found = session.connection().exec_driver_sql(sql, _days(today)).one()
    everyone, due, overdue, quiet, grade_a = (int(number) for number in found)
    nearby = len(_near(session, near)) if near else None
    return Counts(everyone, due, overdue, quiet, grade_a, nearby)


def cities(session: Session) -> tuple[str, ...]:
    """Return the cities that have accounts, the busiest first."""
    sql = (
        "SELECT city FROM account_fact WHERE city <> '' GROUP BY city ORDER BY count(*) DESC, city LIMIT 200"
    )
    return tuple(session.connection().exec_driver_sql(sql).scalars())


def key_of(session: Session, account_id: UUID) -> int | None:
    """Return the number of an account, or None when it is archived or not here."""
    sql = "SELECT rowid FROM account_fact WHERE account_id = ?"
    key: int | None = session.connection().exec_driver_sql(sql, (str(account_id),)).scalar()
    return key


def ids(session: Session, keys: Sequence[int]) -> list[UUID]:
    """Return the accounts with these numbers, in this order."""
    found: dict[int, str] = {}
    for start in range(0, len(keys), _BATCH):
        marks = ",".join(str(int(key)) for key in keys[start : start + _BATCH])
        rows = session.connection().exec_driver_sql(
            f"SELECT rowid, account_id FROM account_fact WHERE rowid IN ({marks})"
        )
        found.update((row[0], row[1]) for row in rows)
    return [UUID(found[key]) for key in keys if key in found]


def _where(query: Query, today: date) -> tuple[list[str], dict[str, Any]]:
    where = [_CHIPS[query.chip]] if query.chip in _CHIPS else []
    values = _days(today)
    for name in ("channel", "grade", "city"):
        if value := getattr(query, name):
            where.append(f"{name} = :{name}")
            values[name] = value
    return where, values


def _days(today: date) -> dict[str, Any]:
    return {"today": today.isoformat(), "quiet": (today - QUIET).isoformat()}


def _clause(where: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(where)}" if where else ""


def _found(session: Session, text: str, limit: int) -> list[int]:
    """Return the numbers of accounts that contain the text, the best first."""
    ids = [str(found) for found in search.find(session, "account", text, limit)]
    marks = ",".join("?" * len(ids))
    rows = session.connection().exec_driver_sql(
        f"SELECT account_id, rowid FROM account_fact WHERE account_id IN ({marks})", tuple(ids)
    )
    keys = {row.account_id: row.rowid for row in rows}
    return [keys[found] for found in ids if found in keys]


def _near(session: Session, here: Position | None) -> list[int]:
    """Return the numbers of accounts within ``NEARBY_M``, the nearest first.

    Each is compared in its own datum: over two kilometres a datum is off by the same everywhere.
    """
    if here is None:
        return []
    centre = here.to(positions.WGS84)
    reach = int(NEARBY_M / 111_000 * positions.E7) + positions.DATUM_SLACK_E7
    box = {
        "south": centre.latitude_e7 - reach, "north": centre.latitude_e7 + reach,
        "west": centre.longitude_e7 - 2 * reach, "east": centre.longitude_e7 + 2 * reach,
    }  # fmt: skip
    found = session.connection().exec_driver_sql(
        "SELECT f.rowid, f.latitude_e7, f.longitude_e7, a.datum FROM account_fact f"
        " JOIN account a ON a.id = f.account_id"
        " WHERE f.latitude_e7 BETWEEN :south AND :north AND f.longitude_e7 BETWEEN :west AND :east",
        box,
    )
    centres = {datum: replace(here.to(datum), datum=positions.WGS84) for datum in _DATUMS}
    apart = [
        (positions.quick_distance_m(centres[datum], Position(latitude, longitude)), key)
        for key, latitude, longitude, datum in found
        if datum in centres
    ]
    return [key for distance, key in sorted(apart) if distance <= NEARBY_M]


def _row(row: Sequence[Any], today: date) -> AccountRow:
    (key, account_id, name, code, district, address, city, phone, channel, grade, visited, ordered, due,
     sales, weekly, receivable, overdue, conflicts, planned, unsent) = row  # fmt: skip
    facts = Facts(
        conflicts=conflicts,
        receivable=Decimal(receivable) / SCALE,
        overdue_since=_day(overdue),
        planned_on=_day(planned),
        due_on=_day(due),
        last_order_on=_day(ordered),
    )
    return AccountRow(
        key=key,
        id=UUID(account_id),
        name=name,
        code=code,
        address=address if address.startswith(district) else f"{district}{address}",
        city=city,
        phone=phone,
        channel=channel,
        grade=grade,
        last_visit_on=_day(visited),
        last_order_on=facts.last_order_on,
        due_on=facts.due_on,
        sales_30d=Decimal(sales) / SCALE,
        weekly=amounts_of(weekly),
        receivable=facts.receivable,
        overdue_since=facts.overdue_since,
        standing=standing(facts, today),
        unsent=bool(unsent),
    )


def amounts_of(weekly: str) -> tuple[Decimal, ...]:
    """Read the stored weeks as amounts."""
    return tuple(Decimal(int(part or 0)) / SCALE for part in weekly.strip("[]").split(","))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def weeks_begin(today: date, count: int = 12) -> date:
    """Return the first day that the weekly amounts cover."""
    return today - timedelta(days=7 * count - 1)
