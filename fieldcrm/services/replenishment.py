"""What a store probably needs: what it has, what it took last, what would fill it up (R1).

Stock is what this visit counted, else the last count of another visit, per article in its
sales unit. The usual quantity is the mean of the last orders that held the article.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.model.visits import StepAnswer
from fieldcrm.rules import orders
from fieldcrm.services import stock_counts

_ANSWERS = 24
_ORDERS = 6
ORDERED = (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.NEEDS_REVIEW)


@dataclass(frozen=True, slots=True)
class Need:
    """One article at one store, in sales units; ``is_counted`` says this visit counted it.

    ``usual`` is the mean of the last ``orders`` orders that held it.
    """

    product_id: UUID
    in_store: Decimal | None
    is_counted: bool
    last_ordered: Decimal | None
    suggested: Decimal
    usual: Decimal = Decimal()
    orders: int = 0


def needs(session: Session, account_id: UUID, visit_id: UUID | None, on: date) -> dict[UUID, Need]:
    """Return what is known of every article that the store has or took, by article."""
    counted, earlier = _counts(session, account_id, visit_id)
    taken = _taken(session, account_id, on)
    found = {}
    for product_id in dict.fromkeys((*counted, *taken, *earlier)):
        in_store = counted.get(product_id, earlier.get(product_id))
        quantities = taken.get(product_id, [])
        usual = sum(quantities, Decimal()) / len(quantities) if quantities else Decimal()
        suggested = orders.suggested_quantity(usual, in_store) if quantities or in_store == 0 else Decimal()
        last = quantities[0] if quantities else None
        found[product_id] = Need(
            product_id, in_store, product_id in counted, last, suggested, usual, len(quantities)
        )
    return found


def _counts(
    session: Session, account_id: UUID, visit_id: UUID | None
) -> tuple[dict[UUID, Decimal], dict[UUID, Decimal]]:
    """Return (counted in this visit, counted before), the latest count of each article."""
    rows = session.scalars(
        select(StepAnswer)
        .where(StepAnswer.account_id == account_id, StepAnswer.archived_at.is_(None))
        .order_by(StepAnswer.answered_at.desc(), StepAnswer.id.desc())
        .limit(_ANSWERS)
    )
    now: dict[UUID, Decimal] = {}
    before: dict[UUID, Decimal] = {}
    for row in rows:
        held = now if row.visit_id == visit_id else before
        for value in row.answers.values():
            for product_id, count in stock_counts.read(session, value).items():
                held.setdefault(product_id, count)
    return now, before


def _taken(session: Session, account_id: UUID, on: date) -> dict[UUID, list[Decimal]]:
    """Return the quantities of the last orders, newest first, in sales units."""
    last = (
        select(Order.id)
        .where(
            Order.account_id == account_id, Order.status.in_(ORDERED),
            Order.ordered_on <= on, Order.archived_at.is_(None),
        )
        .order_by(Order.ordered_on.desc(), Order.id.desc())
        .limit(_ORDERS)
    )  # fmt: skip
    ids = list(session.scalars(last))
    rows = session.execute(
        select(OrderLine.order_id, OrderLine.product_id, OrderLine.unit, OrderLine.quantity)
        .where(OrderLine.order_id.in_(ids), OrderLine.gift_by.is_(None))  # gifts come by themselves
        .order_by(OrderLine.position)
    ).all()
    factors = _factors(session, {product_id for _, product_id, _, _ in rows})
    by_order: dict[tuple[UUID, UUID], Decimal] = {}
    for order_id, product_id, unit, quantity in rows:
        held, sold = factors.get((product_id, unit)), factors.get((product_id, ""))
        if held and sold:
            amount = by_order.get((order_id, product_id), Decimal())
            by_order[order_id, product_id] = amount + quantity * held / sold
    taken: dict[UUID, list[Decimal]] = {}
    for order_id in ids:
        for (of_order, product_id), quantity in by_order.items():
            if of_order == order_id:
                taken.setdefault(product_id, []).append(quantity)
    return taken


def _factors(session: Session, ids: set[UUID]) -> dict[tuple[UUID, str], Decimal]:
    """Return base units by (article, unit); the unit "" stands for the sales unit."""
    found: dict[tuple[UUID, str], Decimal] = {}
    units = select(ProductUnit.product_id, ProductUnit.unit, ProductUnit.factor)
    for product_id, unit, factor in session.execute(units.where(ProductUnit.product_id.in_(ids))):
        found[product_id, unit] = factor
    articles = select(Product.id, Product.base_unit, Product.sales_unit).where(Product.id.in_(ids))
    for product_id, base_unit, sales_unit in session.execute(articles):
        found.setdefault((product_id, base_unit), Decimal(1))
        found[product_id, ""] = found.get((product_id, sales_unit), Decimal(1))
    return found
