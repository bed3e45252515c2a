"""What configured lines of orders are packed of, for whoever fulfils them: part of every order's answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from fieldcrm.model.base import SCALE
from fieldcrm.model.orders import OrderLine
from fieldcrm.model.wire import amount_text
from fieldcrm.services import insides

Row = dict[str, Any]


def of_orders(connection: Connection, orders: Iterable[Row]) -> list[Row]:
    """Return orders, each with the articles at the lowest level that its configured lines need."""
    rows = list(orders)
    with Session(connection, join_transaction_mode="rollback_only") as session:
        query = select(OrderLine).where(OrderLine.order_id.in_([UUID(row["id"]) for row in rows]))
        lines: dict[str, list[OrderLine]] = {}
        for line in session.scalars(query.order_by(OrderLine.position, OrderLine.id)):
            lines.setdefault(str(line.order_id), []).append(line)
        return [row | {"packing": _packing(session, row, lines.get(row["id"], []))} for row in rows]


def _packing(session: Session, row: Row, lines: list[OrderLine]) -> list[Row]:
    return [
        {
            "line_id": str(line_id),
            "product_id": str(product),
            "quantity": amount_text(int(quantity * SCALE)),
        }
        for line_id, parts in insides.to_pack(session, row["rule_set"], lines).items()
        for product, quantity in parts.items()
    ]
