"""What the office and the ERP say of an order's goods (R1): begun, delivered in part or whole, cancelled.

The order's row is the lock: an amendment that arrives is judged before or after, never between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.rules import deliveries, orders
from fieldcrm.rules.orders import Fulfilment, OrderStatus
from fieldcrm.sync.entities import registry
from server import records, reversals
from server.scope import Principal

_delivery: Any = registry()["delivery"].table
_return: Any = registry()["order_return"].table


def begin(
    connection: Connection, order: Mapping[str, Any], by: Principal, at: datetime, version: int | None
) -> dict[str, Any]:  # fmt: skip
    """Say that the warehouse has begun: from now on the order is neither amended nor cancelled."""
    _check_accepted(order)
    if order["fulfilment"] != Fulfilment.OPEN:
        raise RuleBroken("order_step", current=order["fulfilment"], wanted=str(Fulfilment.BEGUN))
    return records.changed(
        connection, "order", UUID(order["id"]), {}, by, at, what="begun",
        fixed={"fulfilment": Fulfilment.BEGUN}, version=version,
    )  # fmt: skip


def deliver(
    connection: Connection, order: Mapping[str, Any], told: Mapping[str, Any], by: Principal, at: datetime
) -> tuple[dict[str, Any], bool]:  # fmt: skip
    """Write down a delivery; return it, and whether it is new.

    The same reference with the same quantities is the same delivery: saying it twice is no error.
    """
    _check_accepted(order)
    now = deliveries.read(told["quantities"], signed=True)
    order_id = UUID(order["id"])
    rows = connection.execute(
        select(_delivery.c.id, _delivery.c.reference, _delivery.c.quantities).where(
            _delivery.c.order_id == order_id, _delivery.c.archived_at.is_(None)
        )
    ).all()
    before = [deliveries.read(row.quantities, signed=True) for row in rows]
    for row, quantities in zip(rows, before, strict=True):
        if told["reference"] and row.reference == told["reference"]:
            if quantities != now:
                raise RuleBroken("delivery_reference_taken", reference=row.reference)
            return records.one(connection, "delivery", row.id, []), False
    _check(connection, order, deliveries.summed(before), now)
    key = new_id()
    connection.execute(
        insert(_delivery).values(
            id=key, version=0, order_id=order_id, account_id=UUID(order["account_id"]),
            territory_id=UUID(order["territory_id"]), delivered_on=date.fromisoformat(told["delivered_on"]),
            reference=told["reference"], note=told["note"], quantities=deliveries.told(now),
        )
    )  # fmt: skip
    _put_standing(connection, order, deliveries.summed([*before, now]), by, at)
    return records.one(connection, "delivery", key, []), True


def _check_accepted(order: Mapping[str, Any]) -> None:
    if order["status"] != OrderStatus.ACCEPTED:
        raise RuleBroken("order_not_accepted", status=order["status"])


def _ordered(order: Mapping[str, Any]) -> dict[str, Decimal]:
    return {line["id"]: Decimal(line["quantity"]) for line in order["lines"]}


def _check(
    connection: Connection, order: Mapping[str, Any], before: deliveries.Quantities,
    now: deliveries.Quantities,
) -> None:  # fmt: skip
    """Nothing beyond the order is delivered, and nothing that came back was never delivered."""
    deliveries.check(_ordered(order), before, now)
    rows = connection.execute(
        select(_return.c.quantities).where(
            _return.c.order_id == UUID(order["id"]), _return.c.archived_at.is_(None)
        )
    ).scalars()
    after, came_back = deliveries.summed([before, now]), deliveries.summed(map(deliveries.read, rows))
    for line, quantity in now.items():
        if quantity < 0 and after.get(line, Decimal()) < came_back.get(line, Decimal()):
            raise RuleBroken("delivered_too_much", line=line, left="0", wanted=str(quantity))


def _put_standing(
    connection: Connection, order: Mapping[str, Any], delivered: deliveries.Quantities,
    by: Principal, at: datetime,
) -> None:  # fmt: skip
    standing = deliveries.standing(_ordered(order), delivered)
    if standing != order["fulfilment"]:
        records.changed(
            connection, "order", UUID(order["id"]), {}, by, at, what="delivered",
            fixed={"fulfilment": standing},
        )  # fmt: skip


def cancel(
    connection: Connection, order: Mapping[str, Any], reason: str, by: Principal, at: datetime,
    version: int | None,
) -> dict[str, Any]:  # fmt: skip
    """Cancel an order for the office; what it took and earned is taken back."""
    order_id = UUID(order["id"])
    returned = select(_return.c.id).where(_return.c.order_id == order_id, _return.c.archived_at.is_(None))
    orders.check_cancel(
        OrderStatus(order["status"]), Fulfilment(order["fulfilment"]),
        returned=connection.execute(returned.limit(1)).first() is not None,
    )  # fmt: skip
    reversals.undo(connection, order)
    return records.changed(
        connection, "order", order_id, {}, by, at, what="cancelled", version=version,
        fixed={"status": OrderStatus.CANCELLED, "reason": orders.check_reason(reason)},
    )  # fmt: skip
