"""Rebates paid in goods: what was earned comes into an order as gifts (P8, decision 5).

The lot that ends first gives first. The limits are those of a rebate in money, on the value that the
goods would have cost: the tightest wins, and what was paid with rebates in money counts with it.
Only whole base units are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing.rebates import GOODS, HUNDRED, Rebate
from fieldcrm.rules.pricing.values import ZERO, Cart, Gift, Work

BY = "rebate:"

Worth = Callable[[str], tuple[str, Decimal] | None]
"""The base unit of an article and what one costs; None for what this customer may not have."""


def take(cart: Cart, work: Sequence[Work], lots: Iterable[Rebate], worth: Worth) -> list[Gift]:
    """Return the gifts that ``cart`` asks for, out of lots of goods."""
    held = sorted((lot for lot in lots if lot.product), key=lambda lot: (lot.valid_to or date.max, lot.key))
    gifts: list[Gift] = []
    for key, wanted in cart.rebates:
        named = [lot for lot in held if key in (GOODS, lot.key)]
        if named or key == GOODS:
            gifts += _given(_Asked(key, wanted, cart, work, worth), named, gifts)
    return gifts


@dataclass(frozen=True, slots=True)
class _Asked:
    key: str
    wanted: Decimal | None
    cart: Cart
    work: Sequence[Work]
    worth: Worth


def used(gifts: Iterable[Gift]) -> list[tuple[str, Decimal]]:
    """Return which lots gave how much."""
    return [(gift.promotion.removeprefix(BY), gift.quantity) for gift in gifts]


def is_given(gift_by: str | None) -> bool:
    """Say whether a gift came out of a rebate and not from a promotion: goods that go back leave it."""
    return gift_by is not None and gift_by.startswith(BY)


def _given(asked: _Asked, lots: Sequence[Rebate], before: Sequence[Gift]) -> list[Gift]:
    wanted = asked.wanted
    if wanted is not None and (not wanted.is_finite() or wanted < 0 or wanted % 1):
        raise Invalid("out_of_range", field="use_rebate", rebate=asked.key)
    left, made = wanted, list[Gift]()
    for lot in lots:
        cost = asked.worth(lot.product) if lot.holds_on(asked.cart.on) else None
        if cost is None:
            continue
        unit, each = cost
        most = _most(lot, asked.work, each, (*before, *made))
        quantity = most if left is None else min(most, left)
        if quantity > 0:
            made.append(Gift(lot.product, quantity, unit, BY + lot.key, each * quantity))
        left = None if left is None else left - quantity
    if left:
        raise RuleBroken("rebate_limit", rebate=asked.key, wanted=wanted, allowed=(wanted or ZERO) - left)
    return made


def _most(lot: Rebate, work: Sequence[Work], each: Decimal, given: Sequence[Gift]) -> Decimal:
    """Return how many base units a lot may give to an order."""
    rooms = []
    if lot.max_order_percent is not None:
        net = sum((line.promoted for line in work), ZERO)
        taken = sum((line.rebate for line in work), ZERO) + sum((gift.value for gift in given), ZERO)
        rooms.append(net * lot.max_order_percent / HUNDRED - taken)
    percent = lot.max_product_percent.get(lot.product)
    if percent is not None:
        mine = [line for line in work if line.line.product == lot.product]
        taken = sum((line.rebate for line in mine), ZERO)
        taken += sum((gift.value for gift in given if gift.product == lot.product), ZERO)
        rooms.append(sum((line.promoted for line in mine), ZERO) * percent / HUNDRED - taken)
    most = lot.balance - sum((gift.quantity for gift in given if gift.promotion == BY + lot.key), ZERO)
    if rooms:
        most = min(most, max(min(rooms), ZERO) / each if each else ZERO)
    return most.to_integral_value(ROUND_FLOOR)
