"""Where the accounts of a list are, as the map asks: columns, not rows.

A map of 10,000 stores needs every position at once, so nothing but what a dot shows is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from fieldcrm.rules import positions
from fieldcrm.rules.positions import Position
from fieldcrm.storage import account_list
from fieldcrm.storage.account_list import Query


@dataclass(frozen=True, slots=True)
class Points:
    """Stores with a position, the same place in every tuple; ``unplaced`` have none."""

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    positions: tuple[Position, ...] = ()
    due: tuple[bool, ...] = ()
    unplaced: int = 0


def read(session: Session, query: Query, today: date) -> Points:
    """Return the stores of a list that have a position, in no order."""
    keys = account_list.order(session, query, today)
    rows = session.connection().exec_driver_sql(
        "SELECT f.rowid, a.id, a.name, a.latitude_e7, a.longitude_e7, a.datum,"
        " f.due_on IS NULL OR f.due_on <= ?"
        " FROM account_fact f JOIN account a ON a.id = f.account_id WHERE a.latitude_e7 IS NOT NULL",
        (today.isoformat(),),
    )
    wanted = set(keys)
    found = [row for row in rows if row[0] in wanted and row[4] is not None and row[5] in positions.DATUMS]
    return Points(
        tuple(row[1] for row in found),
        tuple(row[2] for row in found),
        tuple(Position(row[3], row[4], row[5]) for row in found),
        tuple(bool(row[6]) for row in found),
        len(wanted) - len(found),
    )
