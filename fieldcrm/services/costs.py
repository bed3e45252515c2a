"""Cost prices and margins out of rows: who may see them, of which lines, by the day they were priced on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.orders import Order, OrderLine
from fieldcrm.model.prices import CostPrice, PriceBook, TaxMode
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.money import CNY
from fieldcrm.rules import margins
from fieldcrm.rules.margins import NOTHING, Cost, CostList, Margin, Total
from fieldcrm.rules.pricing import Priced, bills
from fieldcrm.services import insides, standing
from fieldcrm.services.pricing import Basis, DraftLine


class Line(Protocol):
    """What is needed of a line of a quote or an order."""

    id: UUID
    product_id: UUID
    unit: str
    quantity: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    price_book_id: UUID | None
    gift_by: str | None
    configuration: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class Margins:
    """The margins of lines by their id, None where nobody knows the cost.

    ``over_floor`` is what a line brings in over the floor price, as the book says both: the stand-in
    for lines without a cost price.
    """

    of: Mapping[UUID, Margin | None]
    over_floor: Mapping[UUID, Decimal]

    @property
    def total(self) -> Total:
        """The margin of all lines whose cost is known."""
        return margins.total(self.of.values())


def known(session: Session, products: Iterable[UUID] | None = None) -> CostList:
    """Return cost prices, all of them or those of some articles; a laptop that may see none holds none."""
    columns = (CostPrice.product_id, CostPrice.cost, CostPrice.currency, CostPrice.valid_from)
    query = select(*columns).where(CostPrice.archived_at.is_(None))
    if products is not None:
        query = query.where(CostPrice.product_id.in_(set(products)))
    return CostList(
        Cost(str(row.product_id), row.cost, row.currency, row.valid_from) for row in session.execute(query)
    )


def may_see(session: Session, me: UUID) -> bool:
    """Say whether somebody may see margins."""
    return standing.standing_of(session, me)[0] in margins.SEE_MARGIN


def seen_by(session: Session, me: UUID) -> CostList | None:
    """Return every cost price for who may see margins, and None for who may not."""
    return known(session) if may_see(session, me) else None


def of_draft(listed: CostList, basis: Basis, priced: Priced, drafted: Sequence[DraftLine]) -> Total:
    """Return the margin of lines that are being typed, gifts included."""
    held, found = basis.rulebook.configurations, []
    for line in priced.lines:
        chosen = dict(drafted[int(line.key)].chosen)
        inside = bills.made_of(held, line.product, chosen, line.base_quantity)
        cost = listed.of(line.product, line.base_quantity, basis.on, CNY, inside)
        paid = line.net_amount - line.rebate_amount
        found.append(margins.margin(paid, line.tax_amount, cost, tax_included=line.tax_included))
    for gift in priced.gifts:
        factor = basis.rules.products[gift.product].factor(gift.unit)
        cost = listed.of(gift.product, gift.quantity * factor, basis.on, CNY)
        found.append(margins.margin(NOTHING, NOTHING, cost, tax_included=False))
    return margins.total(found)


def of_lines(
    session: Session, lines: Sequence[Line], day: date, currency: str, rule_set: int | None, *,
    tax_included: bool,
) -> Margins:  # fmt: skip
    """Return the margins of lines that were priced on a day; what is inside counts by the rules of then.

    ``tax_included`` is what holds for a line whose book is not here any more.
    """
    packed = insides.to_pack(session, rule_set, [line for line in lines if line.gift_by is None])
    ids = {line.product_id for line in lines} | {part for parts in packed.values() for part in parts}
    listed, factors = known(session, ids), _factors(session, ids)
    modes = _tax_modes(session, lines)
    found: dict[UUID, Margin | None] = {}
    for line in lines:
        inside = {str(part): many for part, many in packed.get(line.id, {}).items()}
        many = line.quantity * factors.get((line.product_id, line.unit), Decimal(1))
        cost = listed.of(str(line.product_id), many, day, currency, inside)
        inclusive = modes.get(line.price_book_id, tax_included)
        found[line.id] = margins.margin(_paid(line), line.tax_amount, cost, tax_included=inclusive)
    return Margins(found, _over_floor(session, lines, factors))


def _paid(line: Line) -> Decimal:
    """Return what a line brings in: what a rebate pays of it we gave ourselves."""
    return line.net_amount - line.rebate_amount if isinstance(line, OrderLine) else line.net_amount


def of_order(session: Session, order: Order) -> Total:
    """Return the margin of an order, over the cost of the day it was priced on."""
    query = select(OrderLine).where(OrderLine.order_id == order.id)
    sums = order.goods_amount - order.discount_amount - order.rebate_amount
    return of_lines(
        session, session.scalars(query).all(), order.ordered_on, order.currency, order.rule_set,
        tax_included=order.total_amount == sums,
    ).total  # fmt: skip


def _over_floor(
    session: Session, lines: Sequence[Line], factors: Mapping[tuple[UUID, str], Decimal]
) -> dict[UUID, Decimal]:
    query = select(Product.id, Product.floor_price).where(Product.id.in_({line.product_id for line in lines}))
    floors = {key: floor for key, floor in session.execute(query) if floor is not None}
    return {
        line.id: line.net_amount
        - floors[line.product_id] * factors.get((line.product_id, line.unit), Decimal(1)) * line.quantity
        for line in lines
        if line.product_id in floors
    }


def _factors(session: Session, ids: Iterable[UUID]) -> dict[tuple[UUID, str], Decimal]:
    query = select(ProductUnit.product_id, ProductUnit.unit, ProductUnit.factor)
    rows = session.execute(query.where(ProductUnit.product_id.in_(set(ids))))
    return {(product, unit): factor for product, unit, factor in rows}


def _tax_modes(session: Session, lines: Sequence[Line]) -> dict[UUID | None, bool]:
    """Return by book whether its prices hold the tax."""
    ids = {line.price_book_id for line in lines if line.price_book_id is not None}
    query = select(PriceBook.id, PriceBook.tax_mode).where(PriceBook.id.in_(ids))
    return {key: mode == TaxMode.INCLUSIVE for key, mode in session.execute(query)}
