"""A customer's money: it is never overdrawn, and what is used first when an order is paid (F5).

A rebate is used while the order is priced. What remains is paid by the organisation's order of
use, usually from what was paid ahead and then from cash laid down, and the rest is on credit; what
nothing covers is open. The rep may choose otherwise, within what there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.money import to_cents

PREPAY, CASH, CREDIT = "prepay", "cash", "credit"
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


def payment(
    due: Decimal, balances: Mapping[str, Decimal], credit: Decimal | None,
    order_of_use: Sequence[str] = ORDER_OF_USE,
) -> Payment:  # fmt: skip
    """Say how ``due`` is paid; ``credit`` is what may still be owed, None without a limit."""
    used = {}
    for purse in order_of_use:
        part = min(max(balances.get(purse, Decimal()), Decimal()), due)
        if part > 0:
            used[purse] = part
            due -= part
    return _with_credit(used, due, credit)


def as_wanted(wanted: Mapping[str, Decimal], due: Decimal, credit: Decimal | None) -> Payment:
    """Say how ``due`` is paid when somebody chose what each purse pays."""
    return _with_credit(
        {purse: amount for purse, amount in wanted.items() if amount},
        due - sum(wanted.values(), Decimal()),
        credit,
    )


def _with_credit(used: Mapping[str, Decimal], due: Decimal, credit: Decimal | None) -> Payment:
    on_credit = due if credit is None else min(due, max(credit, Decimal()))
    return Payment(used, on_credit, due - on_credit)


def plan(said: Any, due: Decimal) -> dict[str, Decimal] | None:
    """Return what each purse is to pay as an order says it; None when it leaves that open.

    Raises ``Invalid`` for what cannot be paid so: other purses, fractions of cents, more than is due.
    """
    if said is None:
        return None
    try:
        wanted = {str(purse): Decimal(str(amount)) for purse, amount in said.items()}
        right = all(
            purse in ORDER_OF_USE and amount.is_finite() and amount >= 0 and amount == to_cents(amount)
            for purse, amount in wanted.items()
        )
    except (AttributeError, ArithmeticError, ValueError) as error:
        raise Invalid("not_a_number", field="paid_from") from error
    if not right or sum(wanted.values(), Decimal()) > max(due, Decimal()):
        raise Invalid("out_of_range", field="paid_from")
    return wanted


def spared(said: Mapping[str, Any] | None, due: Decimal) -> set[str]:
    """Return which purses were left alone when an amount was paid so; what was not needed was not spared."""
    if said is None:
        return set()
    if sum((Decimal(str(amount)) for amount in said.values()), Decimal()) < due:
        return set(ORDER_OF_USE) - set(said)
    needed = max((ORDER_OF_USE.index(purse) for purse in said if purse in ORDER_OF_USE), default=0)
    return set(ORDER_OF_USE[:needed]) - set(said)


def told(used: Mapping[str, Decimal]) -> dict[str, str]:
    """Return a payment as an order keeps it."""
    return {purse: str(to_cents(amount)) for purse, amount in used.items() if amount}


def checked_order(named: Iterable[Any]) -> list[str]:
    """Return an order of use that names each purse at most once, or raise ``Invalid``."""
    found = [str(each) for each in named]
    if len(set(found)) != len(found) or not set(found) <= set(ORDER_OF_USE):
        raise Invalid("not_a_choice", field="order_of_use", choices=list(ORDER_OF_USE))
    return found
