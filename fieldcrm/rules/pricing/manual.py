"""The rep's own discount and who must agree (decision 2, Q3's ladder).

The discount is measured against the book's unit price. The ladder's borders are inclusive; beyond
its last rung the price is refused. A manual price never raises what the stages before it made,
and never goes under the floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.money import to_cents
from fieldcrm.rules.pricing.values import Approval, Step, Work

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Rung:
    """Up to ``up_to_percent`` the discount needs ``by``; None means nobody is asked."""

    up_to_percent: Decimal
    by: str | None = None


def discount(work: Sequence[Work], ladder: Sequence[Rung]) -> Approval | None:
    """Bring lines with a manual price down to it; return the highest approval any of them needs."""
    asked = [each for each in work if each.line.manual_price is not None]
    if not asked:
        return None
    percents = [_bring_down(each) for each in asked]
    percent = max(percents)
    return _approval(percent, ladder)


def _bring_down(work: Work) -> Decimal:
    price = work.line.manual_price or Decimal()
    if not price.is_finite() or price < 0 or price > work.unit_price:
        raise Invalid("manual_price", field="manual_price", product=work.product.key, price=price)
    amount = work.net - to_cents(price * work.line.quantity)
    if amount > work.room:
        raise RuleBroken("below_floor", product=work.product.key, price=price, floor=work.product.floor)
    if amount > 0:
        work.manual = amount
        work.take(amount, Step("manual", {"amount": amount, "price": price}))
    return (work.unit_price - price) / work.unit_price * HUNDRED


def _approval(percent: Decimal, ladder: Sequence[Rung]) -> Approval:
    for rung in sorted(ladder, key=lambda each: each.up_to_percent):
        if percent <= rung.up_to_percent:
            return Approval(pending=rung.by is not None, by=rung.by, percent=percent)
    if not percent:
        return Approval(pending=False, by=None, percent=percent)
    raise RuleBroken("discount_too_high", percent=percent)
