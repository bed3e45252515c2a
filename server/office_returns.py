"""Goods that come back to the office itself, without a rep's visit (R1): worth what a rep's return is.

The order's row is the lock and the same functions reckon, so neither side can take goods back twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import RuleBroken
from fieldcrm.rules import deliveries, orders
from fieldcrm.rules.orders import Fulfilment
from fieldcrm.services import returns
from fieldcrm.services.returns import Worth
from fieldcrm.sync.entities import registry
from server import ledger, postings, records, reversals
from server.scope import Principal

_return: Any = registry()["order_return"].table


def take(
    connection: Connection, order: Mapping[str, Any], key: UUID, told: Mapping[str, Any], by: Principal,
    at: datetime,
) -> tuple[dict[str, Any], bool]:  # fmt: skip
    """Write down a return of a locked order; return it, and whether it is new.

    The same id with the same quantities is the same return: saying it twice is no error.
    """
    order_id, now = UUID(order["id"]), deliveries.read(told["quantities"])
    known = connection.execute(
        select(_return.c.order_id, _return.c.quantities).where(_return.c.id == key)
    ).first()
    if known is not None:
        if known.order_id != order_id or deliveries.read(known.quantities) != now:
            raise RuleBroken("return_taken", id=str(key))
        return records.one(connection, "order_return", key, []), False
    reason = orders.check_reason(told["reason"])
    ledger.hold_account(connection, order["account_id"])
    with Session(connection, join_transaction_mode="rollback_only") as session:
        gives = returns.worth(session, returns.basis(session, order_id), now)
    fixed = {
        "id": key, "order_id": order_id, "account_id": UUID(order["account_id"]),
        "territory_id": UUID(order["territory_id"]), "rep_id": by.user_id, "returned_on": business_day(at),
        "returned_at": at, "reason": reason, "quantities": deliveries.told(now),
        "amounts": returns.told(gives), "total_amount": gives.total, "rebate_amount": gives.back.rebate,
        "tax_amount": gives.back.tax, "withheld_amount": gives.back.withheld,
    }  # fmt: skip
    records.made(connection, "order_return", {}, fixed, by, at)
    _book(connection, order, key, gives, by, at)
    return records.one(connection, "order_return", key, []), True


def _book(
    connection: Connection, order: Mapping[str, Any], key: UUID, gives: Worth, by: Principal, at: datetime
) -> None:
    row = reversals.stored_of(order)
    reversals.pay_back_now(connection, row, str(key), gives.total)
    for move in gives.moves:
        amount = postings.stored(move.amount)
        ledger.write(
            connection, "rebate_entry", reversals.entry(row, str(move.lot), move.program, move.kind, amount)
        )
    is_open = order["fulfilment"] == Fulfilment.OPEN
    records.changed(
        connection, "order", UUID(order["id"]), {}, by, at, what="returned",
        fixed={
            "returned_amount": Decimal(order["returned_amount"]) + gives.total,
            "fulfilment": Fulfilment.DELIVERED if is_open else Fulfilment(order["fulfilment"]),
        },
    )  # fmt: skip
