"""What is at stake with a customer, from the rows that are here (F6, decision 11)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.money import MoneyEntry, Purse
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.rules.credit import Exposure
from fieldcrm.rules.money import CREDIT

WAITING = (OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW)


def exposure(session: Session, account: Account, besides: UUID | None = None) -> Exposure:
    """Return what an account owes: receivables, confirmed orders and those that wait, less receipts."""
    query = select(MoneyEntry.purse, func.sum(MoneyEntry.amount)).where(
        MoneyEntry.account_id == account.id, MoneyEntry.archived_at.is_(None)
    )
    if besides is not None:
        query = query.where(or_(MoneyEntry.order_id.is_(None), MoneyEntry.order_id != besides))
    purses = dict(session.execute(query.group_by(MoneyEntry.purse)).all())
    confirmed = -(purses.get(Purse.CREDIT) or Decimal())
    return Exposure(
        account.credit_limit, account.receivable, confirmed + waiting(session, account.id, besides),
        purses.get(Purse.RECEIPT) or Decimal(), account.overdue_since,
    )  # fmt: skip


def waiting(session: Session, account_id: UUID, besides: UUID | None = None) -> Decimal:
    """Return what orders that wait to be accepted will be on credit."""
    query = select(Order.total_amount, Order.paid_from).where(
        Order.account_id == account_id, Order.status.in_(WAITING), Order.archived_at.is_(None)
    )
    if besides is not None:
        query = query.where(Order.id != besides)
    return sum((on_credit(total, paid) for total, paid in session.execute(query)), Decimal())


def on_credit(total: Decimal, paid_from: object) -> Decimal:
    """Return what no purse pays of an order."""
    parts = paid_from.items() if isinstance(paid_from, dict) else ()
    return max(
        total - sum((Decimal(str(part)) for purse, part in parts if purse != CREDIT), Decimal()), Decimal()
    )
