"""What an accepted order takes of everything that can be exceeded, as rows of the ledgers.

Nothing is read or written here. A row's id follows from the order, its edition and what it is, so
booking twice would make the same row, and never a second one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from fieldcrm.model.base import SCALE
from fieldcrm.model.rebates import RebateMove
from fieldcrm.rules import money
from fieldcrm.rules.pricing import trace
from fieldcrm.rules.slices import Limit, Named
from server.rows import Stored


@dataclass(frozen=True, slots=True)
class Accepted:
    """An order as the ledgers see it; ``goods`` are base units by article, gifts among them."""

    id: str
    account_id: str
    territory_id: str
    rep_id: str
    ordered_on: str
    number: str
    told: Any
    total: Decimal
    paid: Mapping[str, Decimal] = field(default_factory=dict)
    goods: Mapping[str, Decimal] = field(default_factory=dict)
    edition: int = 1

    @property
    def on_credit(self) -> Decimal:
        """What no purse pays."""
        return self.total - sum(self.paid.values(), Decimal())

    def costs(self) -> dict[Named, Decimal]:
        """Return what the order takes of each limit, whether somebody limits that or not."""
        found: dict[Named, Decimal] = {}

        def add(limit: Limit, key: str, amount: Decimal) -> None:
            if amount:
                found[limit, key] = found.get((limit, key), Decimal()) + amount

        for use in trace.applied(self.told):
            add(Limit.BUDGET, use.promotion, use.amount + use.gift_value)
            add(Limit.USES, use.promotion, Decimal(1))
        for lot, amount in trace.rebates(self.told):
            add(Limit.REBATE, lot, amount)
        for purse, amount in self.paid.items():
            add(Limit(purse), self.account_id, amount)
        add(Limit.CREDIT, self.account_id, max(self.on_credit, Decimal()))
        for product, quantity in self.goods.items():
            add(Limit.STOCK, product, quantity)
        return found


def row_id(order_id: str, edition: int, what: str) -> str:
    """Return the id of what an edition of an order books, or books back, under a name."""
    return str(uuid5(NAMESPACE_OID, f"order {order_id} {edition} {what}"))


def uses(order: Accepted) -> Iterator[Stored]:
    """Yield what promotions gave."""
    for each in trace.applied(order.told):
        yield _of(order, f"use {each.promotion}") | {
            "promotion_code": each.promotion, "used_on": order.ordered_on, "times": each.times,
            "amount": stored(each.amount), "gift_value": stored(each.gift_value),
        }  # fmt: skip


def rebates(order: Accepted, lots: Mapping[str, Stored]) -> Iterator[Stored]:
    """Yield what was used of lots; ``lots`` tells the program of each, its kind and its goods."""
    for lot, amount in trace.rebates(order.told):
        if lot in lots and amount:
            code, used = lots[lot]["program_code"], -stored(amount)
            yield moved(order, f"rebate {lot}", lot, code, RebateMove.USED, used) | lots[lot]


def moved(order: Accepted, what: str, lot: str, code: str, move: RebateMove, amount: int) -> Stored:
    """Return one movement of a lot."""
    return _of(order, what) | {
        "lot_id": lot, "program_code": code, "move": str(move), "kind": "cash", "amount": amount,
        "booked_on": order.ordered_on, "valid_from": None, "valid_to": None, "note": "",
        "product_id": None, "period_from": None, "period_to": None,
    }  # fmt: skip


def payments(order: Accepted) -> Iterator[Stored]:
    """Yield what each purse pays, and what is on credit until it is receivable."""
    parts = dict(order.paid) | {money.CREDIT: order.on_credit}
    for purse, amount in parts.items():
        if amount:
            yield _of(order, f"pay {purse}") | {
                "purse": purse, "amount": -stored(amount), "booked_on": order.ordered_on,
                "reference": order.number, "note": "", "posted_by": None,
            }  # fmt: skip


def _of(order: Accepted, what: str) -> Stored:
    return {
        "id": row_id(order.id, order.edition, what), "version": 1, "extra": None, "archived_at": None,
        "account_id": order.account_id, "territory_id": order.territory_id, "order_id": order.id,
    }  # fmt: skip


def stored(amount: Decimal) -> int:
    """Return an amount as it is stored."""
    return int(amount * SCALE)
