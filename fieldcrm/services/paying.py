"""What may pay for a customer's order on this device: his purses and credit, as far as it was given them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order
from fieldcrm.rules import money
from fieldcrm.rules.credit import Exposure
from fieldcrm.rules.money import Payment
from fieldcrm.rules.slices import Limit, Named
from fieldcrm.services import credit, slices
from fieldcrm.services import money as moneys
from fieldcrm.services.money import Policy
from fieldcrm.services.slices import NOTHING, Share


@dataclass(frozen=True, slots=True)
class Means:
    """What an order may be paid from; ``shares`` is None where nothing is shared out (at the server).

    ``balances`` is what the customer has, ``purses`` and ``credit`` what of it may be used here.
    """

    balances: Mapping[str, Decimal] = field(default_factory=dict)
    purses: Mapping[str, Decimal] = field(default_factory=dict)
    credit: Decimal | None = None
    at_stake: Exposure = Exposure()
    policy: Policy = Policy()
    shares: Mapping[str, Share] | None = None

    def pays(self, due: Decimal, wanted: Mapping[str, Decimal] | None = None) -> Payment:
        """Return how an amount is paid: as somebody chose, as far as there is, or by the order of use."""
        due = max(due, Decimal())
        if wanted is None:
            return money.payment(due, self.purses, self.credit, self.policy.order_of_use)
        left, chosen = due, {}
        for purse, amount in wanted.items():
            chosen[purse] = min(amount, self.purses.get(purse, Decimal()), left)
            left -= chosen[purse]
        return money.as_wanted(chosen, due, self.credit)

    def share(self, limit: str) -> Share | None:
        """Return this device's share of a purse or of credit; None where nothing is shared out."""
        return None if self.shares is None else self.shares.get(limit, NOTHING)


def means(session: Session, account_id: UUID, on: date, besides: UUID | None = None) -> Means:
    """Return what may pay for an order of an account."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    balances, at_stake = moneys.balances(session, account_id, on), credit.exposure(session, account, besides)
    key, limits = str(account_id), (Limit.PREPAY, Limit.CASH, Limit.CREDIT)
    found = slices.left_of_mine(session, {(limit, key) for limit in limits}, besides)
    shares = None if found is None else {str(limit): found[limit, key] for limit in limits}
    purses = {purse: _usable(balances.get(purse), purse, shares) for purse in money.ORDER_OF_USE}
    left = at_stake.free
    if left is not None and shares is not None:
        left = shares[Limit.CREDIT].left
    return Means(balances, purses, left, at_stake, moneys.policy(session), shares)


def _usable(balance: Decimal | None, purse: str, shares: Mapping[str, Share] | None) -> Decimal:
    held = max(balance or Decimal(), Decimal())
    return held if shares is None else min(held, shares[purse].left)


def settle(session: Session, order: Order) -> Payment:
    """Fix what each purse pays of an order that is being submitted."""
    found = means(session, order.account_id, order.ordered_on, besides=order.id)
    pays = found.pays(order.total_amount, wanted(order.paid_from))
    order.paid_from = money.told(pays.used)
    return pays


def wanted(said: Any) -> dict[str, Decimal] | None:
    """Return what somebody chose that each purse pays; None leaves it to the order of use."""
    if said is None:
        return None
    try:
        return {str(purse): Decimal(str(amount)) for purse, amount in said.items()}
    except (AttributeError, ArithmeticError, ValueError) as error:
        raise Invalid("not_a_number", field="paid_from") from error


def check_stock(session: Session, order_id: UUID) -> None:
    """Raise ``stock_short`` when an order takes more of a scarce article than this device was given."""
    scarce = slices.scarce(session)
    if not scarce:
        return
    asked: dict[Named, Decimal] = {}
    for named, quantity in slices.goods(session, order_id):
        if named[1] in scarce:
            asked[named] = asked.get(named, Decimal()) + quantity
    left = slices.left_of_mine(session, asked, besides=order_id)
    for named, quantity in asked.items() if left is not None else ():
        if quantity > left[named].left:  # type: ignore[index]  # a device, see above
            raise RuleBroken(
                "stock_short", product=named[1], left=left[named].left, wanted=quantity,  # type: ignore[index]
                given=left[named].given,  # type: ignore[index]
            )  # fmt: skip
