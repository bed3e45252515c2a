"""What one customer pays on one day: every article he may buy, by unit, with its quantity breaks.

The prices are those of the kernel: the same books win for the same reasons as in an order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.model.products import Product as ProductRow
from fieldcrm.model.products import ProductCategory
from fieldcrm.rules.pricing import Book, Product, books, sellable
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.services import pricing, rule_documents
from fieldcrm.services.pricing import Basis


@dataclass(frozen=True, slots=True)
class Break:
    """A price from a quantity on, counted in the same unit."""

    least: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """One article in one unit; the first break begins at one."""

    code: str
    name: str
    specification: str
    unit: str
    breaks: tuple[Break, ...]
    tax_included: bool


@dataclass(frozen=True, slots=True)
class PriceList:
    """The whole list: rows by shelf, the promotions of the day, and what could not be read."""

    on: date
    rules: int
    shelves: Sequence[tuple[str, Sequence[Row]]]
    promotions: Sequence[Doc]
    names: Mapping[str, str]
    incomplete: tuple[str, ...] = ()


def price_list(session: Session, account_id: UUID, on: date, at: datetime) -> PriceList:
    """Return what an account pays on a day under the rules in force at ``at``."""
    known = pricing.basis(session, account_id, on, at=at)
    spoken = books.in_force(known.rules.books, known.customer, on)
    allowed = sellable.assortment(known.customer, known.rules.ranges)
    shelves: dict[str, list[Row]] = {}
    for row, shelf in _articles(session):
        product = known.rules.products.get(str(row.id))
        if product is None or not product.active or not allowed.verdict(product)[0]:
            continue
        for unit in _units(product, row.sales_unit, spoken):
            found = _row(row, product, unit, spoken)
            if found is not None:
                shelves.setdefault(shelf, []).append(found)
    names = {key: product.label for key, product in known.rules.products.items()}
    promotions = list(_promotions(session, known, on))
    return PriceList(on, known.rulebook.number, list(shelves.items()), promotions, names, known.incomplete)


def _articles(session: Session) -> list[tuple[ProductRow, str]]:
    query = (
        select(ProductRow, ProductCategory.name)
        .outerjoin(ProductCategory, ProductCategory.id == ProductRow.category_id)
        .where(ProductRow.archived_at.is_(None))
        .order_by(ProductCategory.position, ProductCategory.code, ProductRow.code, ProductRow.id)
    )
    return [(row, shelf or "") for row, shelf in session.execute(query)]


def _units(product: Product, sales_unit: str, spoken: Sequence[Book]) -> list[str]:
    """Return the unit it is sold in, then those that some book has a price for."""
    priced = {entry.unit for book in spoken for entry in book.prices.get(product.key, ())}
    more = sorted(unit for unit in priced if unit != sales_unit and product.knows(unit))
    return [sales_unit, *more]


def _row(row: ProductRow, product: Product, unit: str, spoken: Sequence[Book]) -> Row | None:
    found: list[Break] = []
    included = True
    for least in _steps(product, unit, spoken):
        try:
            choice = books.choose(product, least, unit, spoken)
        except (RuleBroken, Invalid):
            continue  # no price from here on, or none that could be decided
        if not found or found[-1].price != choice.unit_price:
            found.append(Break(least, choice.unit_price))
            included = choice.book.tax_included
    return Row(row.code, row.name, row.specification, unit, tuple(found), included) if found else None


def _steps(product: Product, unit: str, spoken: Sequence[Book]) -> list[Decimal]:
    """Return the quantities of ``unit`` at which a price may change, one first."""
    factor = product.factor(unit)
    edges = {
        -(-reached // factor)
        for book in spoken
        for entry in book.prices.get(product.key, ())
        if (reached := books.break_quantity(product, entry))
    }
    return sorted({Decimal(1), *(edge for edge in edges if edge > 1)})


def _promotions(session: Session, known: Basis, on: date) -> Iterator[Doc]:
    """Yield the promotions that this customer may use on the day."""
    docs = {doc["code"]: doc for doc in rule_documents.rules_of(session, "promotion", known.rulebook.number)}
    for each in known.rulebook.offers:
        if each.holds_on(on) and known.customer.is_among(each.whom) and each.key in docs:
            yield docs[each.key]
