"""What may pay for a customer's order on this device: his purses and credit, as far as it was given them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.model.accounts import Account
from fieldcrm.model.money import MoneyEntry
from fieldcrm.model.orders import Order
from fieldcrm.model.products import ProductUnit
from fieldcrm.rules import money
from fieldcrm.rules.credit import Exposure
from fieldcrm.rules.money import Payment
from fieldcrm.rules.pricing import Priced
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
    """Return what may pay for an order of an account; what ``besides`` took of it is open again."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    at_stake, own = credit.exposure(session, account, besides), _own(session, besides)
    balances = moneys.balances(session, account_id, on)
    balances |= {purse: balances.get(purse, Decimal()) + own[purse] for purse in balances.keys() & own.keys()}
    key, limits = str(account_id), (Limit.PREPAY, Limit.CASH, Limit.CREDIT)
    found = slices.left_of_mine(session, {(limit, key) for limit in limits}, besides)
    shares = None if found is None else {
        str(limit): replace(
            found[limit, key], left=found[limit, key].left + own.get(limit, Decimal())
        )
        for limit in limits
    }  # fmt: skip
    purses = {purse: _usable(balances.get(purse), purse, shares) for purse in money.ORDER_OF_USE}
    left = at_stake.free
    if left is not None and shares is not None:
        left = shares[Limit.CREDIT].left
    return Means(balances, purses, left, at_stake, moneys.policy(session), shares)


def _own(session: Session, order_id: UUID | None) -> dict[str, Decimal]:
    """Return what each purse paid of an order that was accepted before."""
    if order_id is None:
        return {}
    query = select(MoneyEntry.purse, -func.sum(MoneyEntry.amount)).where(MoneyEntry.order_id == order_id)
    return {str(purse): amount for purse, amount in session.execute(query.group_by(MoneyEntry.purse))}


def _usable(balance: Decimal | None, purse: str, shares: Mapping[str, Share] | None) -> Decimal:
    held = max(balance or Decimal(), Decimal())
    return held if shares is None else min(held, shares[purse].left)


def settle(session: Session, order: Order, priced: Priced) -> Payment:
    """Fix what each purse pays of an order that is being handed over, if scarce goods are enough for it."""
    _check_stock(session, order, priced)
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


def _check_stock(session: Session, order: Order, priced: Priced) -> None:
    """Raise ``stock_short`` when an order takes more of a scarce article than this device was given."""
    scarce = slices.scarce(session)
    asked = {named: number for named, number in _asked(session, priced).items() if named[1] in scarce}
    left = slices.left_of_mine(session, asked, besides=order.id) if asked else None
    if left is None:
        return
    before = _sum(slices.goods(session, order.id)) if order.number is not None else {}
    for named, quantity in asked.items():
        share, own = left[named], before.get(named, Decimal())
        if quantity > share.left + own:
            raise RuleBroken(
                "stock_short", product=named[1], left=share.left + own, wanted=quantity, given=share.given
            )


def _asked(session: Session, priced: Priced) -> dict[Named, Decimal]:
    """Return how much of each article a priced order takes, in base units, gifts among it."""
    asked = _sum(((Limit.STOCK, line.product), line.base_quantity) for line in priced.lines)
    for gift in priced.gifts:
        factor = session.scalar(
            select(ProductUnit.factor).where(
                ProductUnit.product_id == UUID(gift.product), ProductUnit.unit == gift.unit
            )
        )
        named = Limit.STOCK, gift.product
        asked[named] = asked.get(named, Decimal()) + gift.quantity * (factor or 1)
    return asked


def _sum(parts: Iterable[tuple[Named, Decimal]]) -> dict[Named, Decimal]:
    found: dict[Named, Decimal] = {}
    for named, quantity in parts:
        found[named] = found.get(named, Decimal()) + quantity
    return found
