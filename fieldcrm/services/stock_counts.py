"""What a stock answer says of each article, in sales units, whatever units it was counted in.

Every answer may be handed in: what is no count of an article in one of its own units is skipped,
so the rows of a shelf check are not taken for stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.products import Product, ProductUnit


def read(session: Session, value: Any) -> dict[UUID, Decimal]:
    """Return the counts of a stock answer; any other answer holds none."""
    plain: dict[UUID, Decimal] = {}
    by_unit: dict[UUID, Mapping[str, Any]] = {}
    for key, count in value.items() if isinstance(value, dict) else ():
        product_id = _id(key)
        if product_id is None:
            continue
        if isinstance(count, dict):
            by_unit[product_id] = count
        elif (number := _number(count)) is not None:
            plain[product_id] = number
    return plain | (_in_sales_units(session, by_unit) if by_unit else {})


def _in_sales_units(session: Session, counted: Mapping[UUID, Mapping[str, Any]]) -> dict[UUID, Decimal]:
    products = session.execute(
        select(Product.id, Product.base_unit, Product.sales_unit).where(Product.id.in_(list(counted)))
    ).all()
    factors = {product_id: {base: Decimal(1)} for product_id, base, _ in products}
    units = select(ProductUnit.product_id, ProductUnit.unit, ProductUnit.factor)
    for product_id, unit, factor in session.execute(units.where(ProductUnit.product_id.in_(list(counted)))):
        if product_id in factors:
            factors[product_id][unit] = factor
    found = {}
    for product_id, _, sold in products:
        total = _total(counted[product_id], factors[product_id])
        if total is not None:
            found[product_id] = round(total / factors[product_id].get(sold, Decimal(1)), 4)
    return found


def _total(counted: Mapping[str, Any], factors: Mapping[str, Decimal]) -> Decimal | None:
    """Return a count by unit in base units; None when no unit of it is one of the article's."""
    numbers = [(factors[unit], _number(count)) for unit, count in counted.items() if unit in factors]
    known = [factor * number for factor, number in numbers if number is not None]
    return sum(known, Decimal()) if known else None


def _id(key: Any) -> UUID | None:
    try:
        return UUID(str(key))
    except ValueError:
        return None


def _number(count: Any) -> Decimal | None:
    try:
        number = None if isinstance(count, bool | dict) else Decimal(str(count))
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
