"""What rules look back at: earlier orders, budgets that are gone, rebates that are left.

These are facts, not rules: they are read afresh for every price. Both sides read them from the
same rows; what only the server knows (other people's orders) reaches a laptop by sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.products import ProductUnit
from fieldcrm.model.promotions import PromotionSpent, PromotionUse
from fieldcrm.model.rebates import RebateEntry, RebateKind
from fieldcrm.rules.pricing import trace
from fieldcrm.rules.pricing.rebates import Rebate
from fieldcrm.rules.pricing.standing import NO_LIMITS, Limits
from fieldcrm.rules.pricing.values import Past
from fieldcrm.services import slices
from fieldcrm.services.rule_sets import Rulebook

WAITING = (OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW)
COUNTED = (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.NEEDS_REVIEW)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one customer's prices look back at."""

    limits: Limits = NO_LIMITS
    rebates: tuple[Rebate, ...] = ()


NONE = Facts()


@dataclass(slots=True)
class _Found:
    history: list[Past] = field(default_factory=list)
    rebates: list[Rebate] = field(default_factory=list)


def of_accounts(
    session: Session, book: Rulebook, accounts: Iterable[UUID], *, besides: UUID | None = None
) -> dict[UUID, Facts]:
    """Return the facts of several customers at once; ``besides`` is the order that is being priced."""
    wanted = set(accounts)
    if not book.number:
        return dict.fromkeys(wanted, NONE)
    found = {account: _Found() for account in wanted}
    if book.looks_back is not None:
        for account, past in _history(session, wanted, book.looks_back, besides):
            found[account].history.append(past)
    if book.programs:
        for account, rebate in _lots(session, book, wanted, besides):
            found[account].rebates.append(rebate)
    budgets = _budgets(session, book, besides) if book.budgeted else {}
    return {
        account: Facts(Limits(tuple(each.history), budgets), tuple(each.rebates))
        for account, each in found.items()
    }


def _history(
    session: Session, accounts: set[UUID], since: date, besides: UUID | None
) -> Iterator[tuple[UUID, Past]]:
    query = (
        select(
            Order.id, Order.account_id, Order.ordered_on, Order.trace,
            OrderLine.product_id, OrderLine.quantity, OrderLine.net_amount, ProductUnit.factor,
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .outerjoin(
            ProductUnit,
            (ProductUnit.product_id == OrderLine.product_id) & (ProductUnit.unit == OrderLine.unit),
        )
        .where(
            Order.account_id.in_(accounts), Order.status.in_(COUNTED), Order.ordered_on >= since,
            Order.archived_at.is_(None), OrderLine.gift_by.is_(None),
        )
        .order_by(Order.id, OrderLine.position)
    )  # fmt: skip
    if besides is not None:
        query = query.where(Order.id != besides)
    for row in session.execute(query):
        yield row.account_id, Past(
            order=str(row.id), customer=str(row.account_id), on=row.ordered_on,
            product=str(row.product_id), base_quantity=row.quantity * (row.factor or 1), net=row.net_amount,
            promotions=frozenset(code for code, _ in used(row.trace)),
        )  # fmt: skip


def used(told: Mapping[str, Any] | None) -> list[tuple[str, Decimal]]:
    """Return which promotions an order used and what they cost, from its trace."""
    return [(each.promotion, each.amount + each.gift_value) for each in trace.applied(told)]


def _waiting(besides: UUID | None) -> Any:
    """Return the traces of orders that the ledgers do not know yet."""
    query = select(Order.trace).where(
        Order.status.in_(WAITING), Order.trace.is_not(None), Order.archived_at.is_(None)
    )
    return query if besides is None else query.where(Order.id != besides)


def _budgets(session: Session, book: Rulebook, besides: UUID | None) -> dict[str, Decimal]:
    """Return what is left of every budget: less what is spent, less what waits for the server.

    What a device was given of its own is all that it may spend.
    """
    left = dict(book.budgeted)
    spent = select(PromotionSpent.promotion_code, PromotionSpent.amount)
    for code, amount in session.execute(spent.where(PromotionSpent.promotion_code.in_(left))):
        left[code] -= amount
    own = _own_uses(session, besides)
    for code, amount in own.items():
        if code in left:
            left[code] += amount
    for told in session.scalars(_waiting(besides)):
        for code, amount in used(told):
            if code in left:
                left[code] -= amount
    mine = slices.left_of_mine(session, left, besides)
    return left | {code: amount + own.get(code, Decimal()) for code, amount in mine.items()}


def _own_uses(session: Session, besides: UUID | None) -> dict[str, Decimal]:
    """Return what the order that is being priced took of budgets when it was accepted before."""
    if besides is None:
        return {}
    query = select(
        PromotionUse.promotion_code, func.sum(PromotionUse.amount) + func.sum(PromotionUse.gift_value)
    ).where(PromotionUse.order_id == besides, PromotionUse.archived_at.is_(None))
    return dict(session.execute(query.group_by(PromotionUse.promotion_code)).all())


def _lots(
    session: Session, book: Rulebook, accounts: set[UUID], besides: UUID | None
) -> Iterator[tuple[UUID, Rebate]]:
    query = (
        select(
            RebateEntry.account_id, RebateEntry.lot_id, RebateEntry.program_code,
            func.sum(RebateEntry.amount).label("balance"),
            func.max(RebateEntry.valid_from).label("valid_from"),
            func.max(RebateEntry.valid_to).label("valid_to"),
        )
        .where(
            RebateEntry.account_id.in_(accounts), RebateEntry.kind == RebateKind.CASH,
            RebateEntry.archived_at.is_(None),
        )
        .group_by(RebateEntry.account_id, RebateEntry.lot_id, RebateEntry.program_code)
        .order_by(RebateEntry.lot_id)
    )  # fmt: skip
    if besides is not None:  # what it took and earned when it was accepted before is open again
        query = query.where(or_(RebateEntry.order_id.is_(None), RebateEntry.order_id != besides))
    held: dict[str, Decimal] = {}
    waiting = _waiting(besides).where(Order.account_id.in_(accounts))
    for told in session.scalars(waiting):
        for lot, amount in trace.rebates(told):
            held[lot] = held.get(lot, Decimal()) + amount
    for row in session.execute(query):
        program = book.programs.get(row.program_code)
        balance = row.balance - held.get(str(row.lot_id), Decimal())
        if program is not None and balance > 0:
            yield row.account_id, Rebate(
                key=str(row.lot_id), balance=balance, valid_from=row.valid_from, valid_to=row.valid_to,
                max_order_percent=program.max_order_percent,
                max_product_percent=program.max_product_percent, label=program.label or program.key,
            )  # fmt: skip
