"""A customer's rebates: what is adding up now, what was earned, what is left and when it ends (P8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.model.fulfilment import OrderReturn
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.model.rebates import RebateEntry, RebateMove
from fieldcrm.rules import deliveries
from fieldcrm.rules.pricing import accruals
from fieldcrm.rules.pricing.accruals import Line, Next, Sale, Span
from fieldcrm.rules.pricing.rebates import Program
from fieldcrm.services import pricing, rule_sets


@dataclass(frozen=True, slots=True)
class Goods:
    """An article that is given, and the unit that is counted in."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Accruing:
    """A program's period that runs: what was bought so far, and what it would earn if it ended now."""

    code: str
    name: str
    span: Span
    net: Decimal
    quantity: Decimal
    earned: Decimal
    next: Next | None
    goods: Goods | None


@dataclass(frozen=True, slots=True)
class LotRow:
    """What was earned at once or for a period: how much, how much of it is used, what is left until when."""

    id: UUID
    code: str
    name: str
    earned: Decimal
    used: Decimal
    left: Decimal
    booked_on: date
    valid_to: date | None
    period: Span | None
    goods: Goods | None

    def is_over(self, today: date) -> bool:
        """Say whether it can no longer be used."""
        return self.valid_to is not None and self.valid_to < today


@dataclass(frozen=True, slots=True)
class Standing:
    """Both, for one customer; lots that can be used first, those that end first in front."""

    accruing: tuple[Accruing, ...]
    lots: tuple[LotRow, ...]


def of_account(session: Session, account_id: UUID, today: date, at: datetime) -> Standing:
    """Return how a customer stands; counted from this laptop's orders, booked by the server alone."""
    programs = rule_sets.in_force(session, at).programs
    customer = pricing.customers(session, {account_id}).get(account_id)
    mine = [
        each
        for each in programs.values()
        if customer is not None and each.earning.period and each.holds_on(today)
        and customer.is_among(each.whom)
    ]  # fmt: skip
    lots = _lots(session, account_id, {each.key: each.label for each in programs.values()}, today)
    return Standing(tuple(_accruing(session, account_id, each, today) for each in mine), lots)


def _accruing(session: Session, account_id: UUID, program: Program, today: date) -> Accruing:
    span = accruals.span(program, today)
    sales = _sales(session, account_id, program, span)
    inside = [sale for sale in sales if sale.on >= span.first]
    net = sum((sale.net for sale in inside), Decimal())
    quantity = sum((sale.quantity for sale in inside), Decimal())
    goods = _goods(session, {UUID(program.product)}) if program.product and program.goods else {}
    return Accruing(
        program.key, program.label or program.key, span, net, quantity,
        accruals.earned(program, sales, span), accruals.to_next(program.earning, net, quantity),
        next(iter(goods.values()), None),
    )  # fmt: skip


def _sales(session: Session, account_id: UUID, program: Program, span: Span) -> list[Sale]:
    factor = func.coalesce(ProductUnit.factor, Decimal(1))
    query = (
        select(Order.id, Order.ordered_on, OrderLine.id, OrderLine.net_amount, OrderLine.quantity, factor)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .outerjoin(
            ProductUnit,
            (ProductUnit.product_id == OrderLine.product_id) & (ProductUnit.unit == OrderLine.unit),
        )
        .where(
            Order.account_id == account_id, Order.status == OrderStatus.ACCEPTED,
            Order.archived_at.is_(None), OrderLine.gift_by.is_(None),
            Order.ordered_on >= accruals.counts_from(program, span), Order.ordered_on <= span.last,
        )
    )  # fmt: skip
    if program.of:
        query = query.where(OrderLine.product_id.in_(map(UUID, program.of)))
    lines: dict[UUID, dict[str, Line]] = {}
    days: dict[UUID, date] = {}
    for order, on, line, net, quantity, each in session.execute(query):
        days[order] = on
        lines.setdefault(order, {})[str(line)] = Line(net, quantity, quantity * (each or 1))
    back = _back(session, account_id)
    return [accruals.kept(on, lines[order], back.get(order, ())) for order, on in days.items()]


def _back(session: Session, account_id: UUID) -> dict[UUID, list[dict[str, Decimal]]]:
    """Return what came back of each order."""
    query = select(OrderReturn.order_id, OrderReturn.quantities).where(
        OrderReturn.account_id == account_id, OrderReturn.archived_at.is_(None)
    )
    found: dict[UUID, list[dict[str, Decimal]]] = {}
    for order, quantities in session.execute(query):
        found.setdefault(order, []).append(dict(deliveries.read(quantities)))
    return found


def _lots(session: Session, account_id: UUID, names: dict[str, str], today: date) -> tuple[LotRow, ...]:
    query = select(RebateEntry).where(RebateEntry.account_id == account_id, RebateEntry.archived_at.is_(None))
    by_lot: dict[UUID, list[RebateEntry]] = {}
    for entry in session.scalars(query.order_by(RebateEntry.booked_on, RebateEntry.id)):
        by_lot.setdefault(entry.lot_id, []).append(entry)
    products = {each.product_id for rows in by_lot.values() for each in rows if each.product_id}
    goods = _goods(session, products)
    rows = [_lot(key, entries, names, goods) for key, entries in by_lot.items()]
    rows.sort(key=lambda row: (row.is_over(today) or row.left <= 0, row.valid_to or date.max, row.booked_on))
    return tuple(rows)


_EARNED = (RebateMove.EARNED, RebateMove.ADJUSTED)


def _lot(key: UUID, entries: list[RebateEntry], names: dict[str, str], goods: dict[UUID, Goods]) -> LotRow:
    first = next((each for each in entries if each.move == RebateMove.EARNED), entries[0])
    span = None
    if first.period_from is not None and first.period_to is not None:
        span = Span(first.period_from, first.period_to)
    earned = sum((each.amount for each in entries if each.move in _EARNED), Decimal())
    left = sum((each.amount for each in entries), Decimal())
    ends = [each.valid_to for each in entries if each.valid_to is not None]
    return LotRow(
        key, first.program_code, names.get(first.program_code, first.program_code), earned, earned - left,
        left, first.booked_on, max(ends, default=None), span,
        goods.get(first.product_id) if first.product_id is not None else None,
    )  # fmt: skip


def _goods(session: Session, products: Iterable[UUID]) -> dict[UUID, Goods]:
    query = select(Product.id, Product.name, Product.base_unit).where(Product.id.in_(set(products)))
    return {key: Goods(name, unit) for key, name, unit in session.execute(query)}
