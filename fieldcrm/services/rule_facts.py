"""What rules look back at: earlier orders, budgets that are gone, rebates that are left.

These are facts, not rules: they are read afresh for every price. Both sides read them from the
same rows; what only the server knows (other people's orders) reaches a laptop by sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
from fieldcrm.rules.slices import Limit, Named
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
    whole = _of_everybody(session, book, besides) if book.has_shared_limits else NO_LIMITS
    return {
        account: _of_this_device(
            session, book, account, Facts(replace(whole, history=tuple(each.history)), tuple(each.rebates)),
            besides,
        )
        for account, each in found.items()
    }  # fmt: skip


def _of_this_device(
    session: Session, book: Rulebook, account: UUID, found: Facts, besides: UUID | None
) -> Facts:
    """Return facts with no more of each limit than this device was given; the server's as they are."""
    turn, limits = (Limit.TURN, str(account)), found.limits
    wanted: set[Named] = {(Limit.BUDGET, code) for code in book.budgeted}
    wanted |= {(Limit.USES, code) for code in book.capped} | {(Limit.REBATE, x.key) for x in found.rebates}
    wanted |= {turn} if book.counted else set()
    shares = slices.left_of_mine(session, wanted, besides) if wanted else None
    if shares is None:
        return found
    own = own_uses(session, besides)
    mine = replace(
        limits,
        budgets={code: shares[Limit.BUDGET, code].left + own.get(code, Decimal()) for code in book.budgeted},
        uses_in_all={code: int(shares[Limit.USES, code].left) + (code in own) for code in book.capped},
        uses=dict.fromkeys(book.counted, 0) if book.counted and not shares[turn].left else limits.uses,
    )
    used = _own_rebates(session, besides)
    left = (
        (each, min(each.balance, shares[Limit.REBATE, each.key].left + used.get(each.key, Decimal())))
        for each in found.rebates
    )
    return Facts(mine, tuple(replace(each, balance=balance) for each, balance in left if balance > 0))


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


def _of_everybody(session: Session, book: Rulebook, besides: UUID | None) -> Limits:
    """Return what is left for everybody together: less what is spent, less what waits for the server."""
    budgets, uses = dict(book.budgeted), dict(book.capped)

    def less(code: str, amount: Decimal, times: int) -> None:
        if code in budgets:
            budgets[code] -= amount
        if code in uses:
            uses[code] -= times

    spent = select(PromotionSpent.promotion_code, PromotionSpent.amount, PromotionSpent.uses)
    for code, amount, times in session.execute(
        spent.where(PromotionSpent.promotion_code.in_({*budgets, *uses}))
    ):
        less(code, amount, times)
    for code, amount in own_uses(session, besides).items():
        less(code, -amount, -1)
    for told in session.scalars(_waiting(besides)):
        for code, amount in used(told):
            less(code, amount, 1)
    return Limits(budgets=budgets, uses_in_all=uses)


def _own_rebates(session: Session, besides: UUID | None) -> dict[str, Decimal]:
    """Return what the order that is being priced used of rebates when it was accepted before."""
    if besides is None:
        return {}
    query = (
        select(RebateEntry.lot_id, -func.sum(RebateEntry.amount))
        .where(RebateEntry.order_id == besides, RebateEntry.archived_at.is_(None))
        .group_by(RebateEntry.lot_id)
    )
    return {str(lot): amount for lot, amount in session.execute(query) if amount > 0}


def own_uses(session: Session, besides: UUID | None) -> dict[str, Decimal]:
    """Return what the order that is being priced took of promotions when it was accepted before."""
    if besides is None:
        return {}
    cost = func.sum(PromotionUse.amount) + func.sum(PromotionUse.gift_value)
    query = (
        select(PromotionUse.promotion_code, cost, func.sum(PromotionUse.times))
        .where(PromotionUse.order_id == besides, PromotionUse.archived_at.is_(None))
        .group_by(PromotionUse.promotion_code)
    )
    return {code: amount for code, amount, times in session.execute(query) if amount or times}


def _lots(
    session: Session, book: Rulebook, accounts: set[UUID], besides: UUID | None
) -> Iterator[tuple[UUID, Rebate]]:
    query = (
        select(
            RebateEntry.account_id, RebateEntry.lot_id, RebateEntry.program_code,
            func.sum(RebateEntry.amount).label("balance"),
            func.max(RebateEntry.valid_from).label("valid_from"),
            func.max(RebateEntry.valid_to).label("valid_to"),
            func.max(RebateEntry.kind).label("kind"), func.max(RebateEntry.product_id).label("product_id"),
        )
        .where(RebateEntry.account_id.in_(accounts), RebateEntry.archived_at.is_(None))
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
        product = str(row.product_id or "") if row.kind == RebateKind.GOODS else ""
        if program is not None and balance > 0 and (product or row.kind == RebateKind.CASH):
            yield row.account_id, Rebate(
                key=str(row.lot_id), balance=balance, valid_from=row.valid_from, valid_to=row.valid_to,
                max_order_percent=program.max_order_percent,
                max_product_percent=program.max_product_percent, label=program.label or program.key,
                product=product,
            )  # fmt: skip
