"""A customer's money: it is never overdrawn, and what is used first when an order is paid (F5).

A rebate is used while the order is priced. What remains is paid from what was paid ahead, then from
cash laid down, then on credit; what nothing covers is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fieldcrm.errors import RuleBroken

PREPAY, CASH = "prepay", "cash"
ORDER_OF_USE = (PREPAY, CASH)


@dataclass(frozen=True, slots=True)
class Payment:
    """How an amount would be paid: from each purse, on credit, and what nothing covers."""

    used: Mapping[str, Decimal] = field(default_factory=dict)
    on_credit: Decimal = Decimal()
    uncovered: Decimal = Decimal()


def booked(balance: Decimal, amount: Decimal) -> Decimal:
    """Return the balance after an entry; raises ``overdrawn`` when the purse does not hold that much."""
    after = balance + amount
    if after < 0:
        raise RuleBroken("overdrawn", balance=balance, amount=amount)
    return after


def payment(due: Decimal, balances: Mapping[str, Decimal], credit: Decimal | None) -> Payment:
    """Say how ``due`` is paid; ``credit`` is what may still be owed, None without a limit."""
    used = {}
    for purse in ORDER_OF_USE:
        part = min(max(balances.get(purse, Decimal()), Decimal()), due)
        if part > 0:
            used[purse] = part
            due -= part
    on_credit = due if credit is None else min(due, max(credit, Decimal()))
    return Payment(used, on_credit, due - on_credit)
