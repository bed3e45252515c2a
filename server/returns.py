"""A return as the server judges it (R1): checked, worth what the rule says, booked with it.

The order's row is the lock, so two returns of the same goods cannot both be taken.
"""

from __future__ import annotations

import json
from decimal import Decimal
from uuid import UUID

from fieldcrm.errors import Invalid, Rejected
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.rules import deliveries, orders
from fieldcrm.rules.orders import Fulfilment
from fieldcrm.services import returns
from fieldcrm.services.returns import Worth
from fieldcrm.sync.entities import registry
from server import reversals
from server.batch import Batch, Held, Step
from server.rows import Stored

_LOOKED_AT = ("order", "order_return", "rebate_entry", "delivery")


def book(batch: Batch, step: Step, held: Held) -> None:
    """Say what a new return gives, and book it with its order."""
    row = held.row
    order = _order(batch, row)
    held.put("reason", orders.check_reason(row["reason"]))
    now = deliveries.read(json.loads(row["quantities"] or "null"))
    if any(batch.is_dirty(name) for name in _LOOKED_AT):
        batch.flush()
    batch.session.expire_all()
    found = returns.basis(batch.session, UUID(row["order_id"]), besides=UUID(row["id"]))
    if planted("return_forgets_earlier"):
        found = returns.Basis(found.order, found.sold, found.lines, found.available, (), Decimal())
    gives = returns.worth(batch.session, found, now)
    _put(held, gives)
    order.put("returned_amount", order.row["returned_amount"] + held.row["total_amount"])
    if order.row["fulfilment"] == Fulfilment.OPEN:
        order.put("fulfilment", str(Fulfilment.DELIVERED))
    order.bump()
    step.rows.append(order)
    reversals.pay_back(batch, step, order.row, row["id"], gives.total)
    for move in gives.moves:
        entry = reversals.entry(order.row, str(move.lot), move.program, move.kind, _stored(move.amount))
        step.rows.append(Held(registry()["rebate_entry"], entry, new=True))


def _order(batch: Batch, row: Stored) -> Held:
    found = batch.namesakes(registry()["order"], [row["order_id"]])
    order = found[0].copy() if found else None
    if order is None or order.row["account_id"] != row["account_id"]:
        raise Rejected("unknown_reference", field="order_id", id=row["order_id"])
    if order.row["archived_at"] is not None:
        raise Invalid("archived", field="order_id")
    return order


def _put(held: Held, gives: Worth) -> None:
    back = gives.back
    held.put("amounts", json.dumps(returns.told(gives), separators=(",", ":")))
    for name, amount in (
        ("total_amount", gives.total), ("rebate_amount", back.rebate), ("tax_amount", back.tax),
        ("withheld_amount", back.withheld),
    ):  # fmt: skip
        held.put(name, _stored(amount))


def _stored(amount: Decimal) -> int:
    return int(amount * SCALE)
