"""Whether an order is what its quote was approved for, as the server judges it (Q3, R1).

The laptop's word is not asked: the act ``ordered`` names the order, the server's copy of the round says
what was agreed to, and what was pushed must be just that. The prices are replayed like any other's.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from fieldcrm.faults import planted
from fieldcrm.rules import quote_orders as rules
from fieldcrm.rules.items import Item
from fieldcrm.rules.orders import Origin
from fieldcrm.services import quote_orders
from fieldcrm.services.price_check import Difference, Submitted
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.quote_orders import Promise
from server.batch import Batch, Held

_READ = ("quote", "quote_act")


def holding(batch: Batch, held: Held, order: Submitted, on: date) -> Promise | None:
    """Return the round whose approval covers an order that was handed over on a day; None if none does."""
    promise = _named(batch, held, order)
    if promise is None or order.rule_set != promise.rule_set:
        return None
    if planted("approval_outlives_change"):
        return promise
    if promise.lost(_lines(order), on) is not None:
        return None
    return promise if rules.comes_out(promise.items, _items(order)) else None


def unfounded(batch: Batch, held: Held, order: Submitted) -> Difference | None:
    """Say that an order of a quote is not the one that its round was ordered as: two laptops may both try."""
    is_of_quote = held.row["origin"] == Origin.QUOTE and not planted("quote_ordered_twice")
    if not is_of_quote or _named(batch, held, order) is not None:
        return None
    return Difference("quote_not_ordered", {})


def _named(batch: Batch, held: Held, order: Submitted) -> Promise | None:
    """Return the round that was ordered as this very order, with what this push did so far."""
    if held.row["origin"] != Origin.QUOTE:
        return None
    if any(batch.is_dirty(entity) for entity in _READ):
        batch.flush()
        batch.session.expire_all()
        held.new = held.new and held.key not in batch.rows
    return quote_orders.of_order(batch.session, UUID(held.row["id"]), order.account_id)


def _lines(order: Submitted) -> list[DraftLine]:
    return [
        DraftLine(line.product_id, line.unit, line.quantity, line.manual_price, line.chosen)
        for line in order.goods
    ]


def _items(order: Submitted) -> list[Item]:
    return [
        Item(
            str(line.product_id), line.unit, line.quantity, line.unit_price, line.net_amount,
            line.tax_amount, line.gift_by, line.chosen,
        )
        for line in order.lines
    ]  # fmt: skip
