"""A month's orders compared under two versions of the demo's rules, on an encrypted file.

The draft changes one promotion, so that the second side is rules that nobody published. By wall
time and by processor time, for each 1,000 orders; a promotion's simulation beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from benchmarks.figures import Figure
from fieldcrm.model import Base
from fieldcrm.services import rule_drafts, sandbox, sandbox_compare, sandbox_promotion, sandbox_replay
from fieldcrm.services.sandbox import Version
from fieldcrm.services.sandbox_replay import Wanted
from fieldcrm.storage.database import Database
from server.demo.company import Size, company

TODAY = date(2026, 11, 18)
MONTH = Wanted(date(2026, 10, 1), date(2026, 10, 31))
SIZE = Size(reps=12, managers=1, accounts=86 * 12, days=60, pictured=0)


def figures(folder: Path) -> Iterator[Figure]:
    """Fill a laptop with the demo company, compare a month, simulate a promotion."""
    database = Database.create(folder / "field.db", bytes(range(32)))
    with database.writing() as session:
        _fill(session)
    with database.reading() as session:
        number = sandbox_replay.how_many(session, MONTH)
        yield Figure("sandbox: orders of the month", number, "")
        pair = (Version(1), _draft(session))
        sandbox_compare.compare(session, Wanted(date(2026, 9, 28), date(2026, 9, 30)), pair)
        yield from _timed(
            "compare two versions", number, lambda: sandbox_compare.compare(session, MONTH, pair)
        )
        yield from _timed(
            "simulate a promotion", number,
            lambda: sandbox_promotion.simulate(session, MONTH, Version(1), "FULL-5000", sees_cost=True),
        )  # fmt: skip
    database.close()


def _fill(session: Session) -> None:
    rows = company(SIZE, 7, TODAY).rows
    classes: dict[str, Any] = {m.class_.__tablename__: m.class_ for m in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        session.add_all([classes[table.name](**row) for row in rows.get(table.name, ())])
        session.flush()


def _draft(session: Session) -> Version:
    said = rule_drafts.published(session)
    [(key, doc)] = [each for each in said["promotion"].items() if each[1]["code"] == "FULL-5000"]
    changed = doc | {"conditions": {"min_amount": "1500"}, "give": {"amount_off": "60.00"}}
    return sandbox.drafted(session, rule_drafts.begun(session).put(said, "promotion", key, changed))


def _timed(name: str, orders: int, work: Callable[[], object]) -> Iterator[Figure]:
    began, spent = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - began, time.process_time() - spent
    per_thousand = 1000 / max(orders, 1)
    yield Figure(f"sandbox: {name}, 1,000 orders", round(wall * per_thousand, 2), "s")
    yield Figure(f"sandbox: {name}, processor", round(processor * per_thousand, 2), "s")
