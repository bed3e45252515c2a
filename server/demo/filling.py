"""Puts the demo company into an empty database, with its photos and passwords."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from fieldcrm.errors import RuleBroken
from fieldcrm.model import Base
from fieldcrm.model.users import User
from server import passwords
from server.database import Database
from server.demo.company import Company
from server.demo.photos import Picture
from server.files import Store
from server.numbers import next_numbers, next_quote_number
from server.tables_auth import blob, credential

_AT_ONCE = 5_000


def fill(database: Database, store: Store, company: Company, at: datetime) -> None:
    """Write photos, then every row in one transaction; raises ``RuleBroken`` if there are users already."""
    _lay_down(store, company.pictures)
    with database.writing() as connection:
        if connection.scalar(select(func.count()).select_from(User)):
            raise RuleBroken("database_not_empty")
        for table in Base.metadata.sorted_tables:
            _insert(connection, table, company.rows.get(table.name, ()))
        _insert(
            connection,
            blob,
            [{"sha256": p.sha256, "size": len(p.data), "stored_at": at} for p in company.pictures],
        )
        for year, count in Counter(order["submitted_at"].year for order in company.rows["order"]).items():
            next_numbers(connection, year, count)
        _count_quotes(connection, company.rows["quote"])
        secret = passwords.hashed(company.password)
        _insert(
            connection,
            credential,
            [{"user_id": u["id"], "password": secret, "changed_at": at} for u in company.rows["user"]],
        )


def _count_quotes(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    for number in sorted(row["number"] for row in rows if row["number"]):
        assert next_quote_number(connection, int(number[3:7])) == number  # noqa: S101 - they are gapless


def _lay_down(store: Store, pictures: Sequence[Picture]) -> None:
    for picture in pictures:
        path = store.blob(picture.sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture.data)


def _insert(connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(table), rows[start : start + _AT_ONCE])
