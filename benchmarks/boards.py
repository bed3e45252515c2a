"""The visit board of a team: a month of 1,000 stores that were visited for half a year.

Processor time, so that what else the machine does does not count.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, select

from benchmarks.figures import Figure, at_most
from fieldcrm.model import Base
from fieldcrm.model.users import Role, User
from fieldcrm.services import visit_board
from fieldcrm.services.team import Member
from fieldcrm.storage.database import Database
from server.demo.company import Size, company

_TODAY = date(2026, 11, 18)
_SIZE = Size(reps=10, managers=1, accounts=1_000, days=180, pictured=0)
_ROUNDS = 5
_MOST_S = 1.0


def figures(folder: Path) -> Iterator[Figure]:
    """Measure the board of a month and of a week."""
    rows = company(_SIZE, 7, _TODAY).rows
    database = Database.create(folder / "laptop.db", bytes(range(32)))
    with database.writing() as session:
        for table in Base.metadata.sorted_tables:
            if rows.get(table.name):
                session.execute(insert(table), list(rows[table.name]))
    about = f"{_SIZE.accounts} stores, {_SIZE.days} days, {len(rows['visit'])} visits"
    for name, first in (("a month", _TODAY.replace(day=1)), ("a week", _TODAY - timedelta(7))):
        took = median(_spent(database, first) for _ in range(_ROUNDS))
        yield at_most(f"visit board of {name}: {about}", round(took, 3), "s of processor time", _MOST_S)
    database.close()


def _spent(database: Database, first: date) -> float:
    with database.reading() as session:
        begin = time.process_time()
        reps = [_member(row) for row in session.scalars(select(User).where(User.role == Role.REP))]
        visit_board.read(session, reps, first, _TODAY, today=_TODAY)
        return time.process_time() - begin


def _member(row: Any) -> Member:
    return Member(*(getattr(row, name) for name in Member.__dataclass_fields__))
