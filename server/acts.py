"""What an order does on the server (R1): amended by its author, submitted, cancelled.

``rules/orders.py`` says what may follow what. On submit the server prices again; an order
that does not stand up is kept with status ``needs_review`` and the reason, never dropped.
An accepted order gets its final number when the batch is written (``numbers.py``).
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from fieldcrm.errors import Rejected, RuleBroken
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.rules import orders
from fieldcrm.rules.orders import OrderStatus
from fieldcrm.sync.protocol import Ack, Mutation
from server import ledger
from server.batch import Batch, Held, Step
from server.prices import priced_again

BY_ACT_ONLY = frozenset({"status", "submitted_at", "rep_id"})


def begin(held: Held) -> None:
    """Make a new order a draft, whatever its document says of its status."""
    held.row["status"] = OrderStatus.DRAFT
    held.row["submitted_at"] = None


def check_amendable(held: Held) -> None:
    """Raise unless the order may still be changed by its author."""
    if not orders.may_edit(OrderStatus(held.row["status"])):
        raise RuleBroken("order_fixed", status=held.row["status"])


def act(batch: Batch, step: Step, held: Held, mutation: Mutation) -> None:
    """Do one act on an order, in place; its step's answer tells a review's code."""
    if mutation.act == "submit":
        _submit(batch, step, held, batch.captured(mutation))
    elif mutation.act == "cancel":
        _advance(held, OrderStatus.CANCELLED)
    else:
        raise Rejected("unknown_act", act=mutation.act)
    ack = step.ack
    step.ack = Ack(ack.id, ack.o, ack.ver, conflicts=ack.conflicts, code=held.row["review_code"] or ack.code)


def _advance(held: Held, wanted: OrderStatus) -> None:
    held.put("status", str(orders.advance(OrderStatus(held.row["status"]), wanted)))


def _submit(batch: Batch, step: Step, held: Held, taken_ms: int) -> None:
    lines = held.parts["lines"]
    orders.check_lines([Decimal(line["quantity"]) / SCALE for line in lines])
    _advance(held, OrderStatus.SUBMITTED)
    held.put("submitted_at", batch.at_ms)
    found, known = (None, None) if planted("prices_believed") else priced_again(batch, held, taken_ms)
    held.put("review_code", found.code if found else None)
    held.put("review_data", msgspec.json.encode(found.data).decode() if found else None)
    if found:
        _advance(held, OrderStatus.NEEDS_REVIEW)
    else:
        _restate(held)
        _advance(held, OrderStatus.ACCEPTED)
        ledger.book(batch, step, held, known)


def _restate(held: Held) -> None:
    """Set the figures that follow from the ones just checked; what the laptop said of them is not asked."""
    lines = [
        line | {"gross_amount": line["net_amount"] + line["discount_amount"]} for line in held.parts["lines"]
    ]
    if lines != held.parts["lines"]:
        held.parts["lines"], held.parts_changed = lines, True
    for sum_, part in (("goods", "gross"), ("discount", "discount"), ("tax", "tax")):
        held.put(f"{sum_}_amount", sum(line[f"{part}_amount"] for line in lines))
