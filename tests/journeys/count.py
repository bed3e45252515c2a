"""What was lost and what was doubled, counted from the laptop's and the server's databases.

The laptop is opened again with its passphrase after its window has closed. Lost is every
mutation without a final answer and every row made here that the server has not, or has
differently in number of lines; doubled is an effect that happened twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from fieldcrm import laptop
from fieldcrm.model.orders import OrderLine
from fieldcrm.model.visits import Photo
from fieldcrm.storage.local import OutboxEntry
from fieldcrm.sync.entities import registry
from server.database import Database
from tests.journeys.office import Office
from tests.journeys.steps import PASSPHRASE


def counted(home: Path, office: Office) -> dict[str, Any]:
    """Compare both sides and return lost, duplicated and the traffic."""
    profile = laptop.known(home)[0]
    opened = laptop.open_profile(home, profile, PASSPHRASE)
    database = Database(f"sqlite:///{office.data / 'server.db'}")
    try:
        with opened.database.reading() as session, database.reading() as server:
            return _compare(session, server, profile.user_id)
    finally:
        opened.close()
        database.close()


def _compare(session: Session, server: Connection, user_id: Any) -> dict[str, Any]:
    entries = session.scalars(select(OutboxEntry)).all()
    open_entries = [entry for entry in entries if str(entry.state) in ("pending", "inflight")]
    made = {(entry.entity, str(entry.row_id)) for entry in entries if str(entry.op) == "create"}
    missing = [key for key in made if not _has(server, *key)]
    lines = _lines_differ(session, server, [row for entity, row in made if entity == "order"])
    photos = _photos_missing(session, server, user_id)
    receipts = _scalar(server, "SELECT count(*) FROM receipt")
    distinct = _scalar(server, "SELECT count(DISTINCT mutation_id) FROM receipt")
    return {
        "mutations_pushed": len(entries) - len(open_entries),
        "rows_pulled": _rows_here(session) - len(made),
        "conflicts": _scalar(server, "SELECT count(*) FROM conflict"),
        "lost": len(open_entries) + len(missing) + lines + photos,
        "duplicated": (receipts - distinct) + _doubles(server),
    }


def _rows_here(session: Session) -> int:
    return sum(session.scalar(select(func.count()).select_from(e.table)) or 0 for e in registry().values())


def _has(server: Connection, entity: str, row_id: str) -> bool:
    return bool(server.scalar(text(f'SELECT count(*) FROM "{entity}" WHERE id = :id'), {"id": row_id}))


def _lines_differ(session: Session, server: Connection, order_ids: list[str]) -> int:
    wrong = 0
    for order_id in order_ids:
        here = session.scalar(select(func.count()).where(OrderLine.order_id == order_id))
        there = server.scalar(text("SELECT count(*) FROM order_line WHERE order_id = :id"), {"id": order_id})
        wrong += here != there
    return wrong


def _photos_missing(session: Session, server: Connection, user_id: Any) -> int:
    mine = session.scalars(select(Photo.sha256).where(Photo.rep_id == user_id)).all()
    stored = set(server.scalars(text("SELECT sha256 FROM blob")))
    return len(set(mine) - stored)


def _doubles(server: Connection) -> int:
    """Count orders, visits and accounts of today that exist twice under different ids."""
    orders = _scalar(
        server,
        'SELECT count(*) FROM (SELECT provisional_number FROM "order" '
        "GROUP BY provisional_number, rep_id HAVING count(*) > 1)",
    )
    visits = _scalar(
        server,
        "SELECT count(*) FROM (SELECT account_id FROM visit GROUP BY account_id, rep_id, started_at "
        "HAVING count(*) > 1)",
    )
    names = "SELECT count(*) FROM (SELECT visit_id FROM check_out GROUP BY visit_id HAVING count(*) > 1)"
    return orders + visits + _scalar(server, names)


def _scalar(server: Connection, sql: str) -> int:
    return int(server.scalar(text(sql)) or 0)
