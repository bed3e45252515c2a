"""The catalogue as a rep uses it: articles with their units, categories with counts (P1, P2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.model.products import Product, ProductCategory, ProductUnit


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit an article is sold in; ``factor`` is how many base units it holds."""

    name: str
    factor: Decimal
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """One article; ``units`` begins with the one it is usually sold in."""

    id: UUID
    code: str
    name: str
    brand: str
    specification: str
    category_id: UUID | None
    units: tuple[Unit, ...]
    base_unit: str
    tax_rate: Decimal
    active: bool

    @property
    def sales_unit(self) -> Unit:
        """The unit it is usually sold in."""
        return self.units[0]

    def unit(self, name: str) -> Unit | None:
        """Return the unit called ``name``."""
        return next((unit for unit in self.units if unit.name == name), None)


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf of the catalogue; ``count`` is of articles that are sold."""

    id: UUID
    name: str
    count: int


def articles(session: Session, ids: Iterable[UUID] | None = None) -> tuple[Article, ...]:
    """Return the articles that are sold, by code; asked for by id, also those withdrawn since."""
    query = select(Product).order_by(Product.code, Product.id)
    if ids is None:
        query = query.where(Product.active, Product.archived_at.is_(None))
    else:
        query = query.where(Product.id.in_(set(ids)))
    rows = session.scalars(query).all()
    units = _units(session, None if ids is None else [row.id for row in rows])
    return tuple(_article(row, units.get(row.id, [])) for row in rows)


def in_order(session: Session, ids: Sequence[UUID]) -> tuple[Article, ...]:
    """Return articles in the order of ``ids``, as a search found them."""
    found = {article.id: article for article in articles(session, ids)}
    return tuple(found[each] for each in ids if each in found)


def by_barcode(session: Session, barcode: str) -> tuple[Article, Unit] | None:
    """Return the article and unit that carry exactly this barcode."""
    row = session.scalar(select(ProductUnit).where(ProductUnit.barcode == barcode.strip()).limit(1))
    if row is None or not row.barcode:
        return None
    [article] = articles(session, [row.product_id])
    unit = article.unit(row.unit)
    return None if unit is None else (article, unit)


def categories(session: Session) -> tuple[Category, ...]:
    """Return the categories that hold something to sell, in their order."""
    rows = session.execute(
        select(ProductCategory.id, ProductCategory.name, func.count(Product.id))
        .join(Product, Product.category_id == ProductCategory.id)
        .where(Product.active, Product.archived_at.is_(None), ProductCategory.archived_at.is_(None))
        .group_by(ProductCategory.id, ProductCategory.name, ProductCategory.position)
        .order_by(ProductCategory.position, ProductCategory.name)
    )
    return tuple(Category(*row) for row in rows)


def _units(session: Session, ids: Sequence[UUID] | None) -> dict[UUID, list[Unit]]:
    query = select(
        ProductUnit.product_id, ProductUnit.unit, ProductUnit.factor, ProductUnit.barcode
    ).order_by(ProductUnit.position, ProductUnit.id)
    if ids is not None:
        query = query.where(ProductUnit.product_id.in_(ids))
    found: dict[UUID, list[Unit]] = {}
    for product_id, name, factor, barcode in session.execute(query):
        found.setdefault(product_id, []).append(Unit(name, factor, barcode))
    return found


def _article(row: Product, units: list[Unit]) -> Article:
    named = {unit.name: unit for unit in units}
    named.setdefault(row.base_unit, Unit(row.base_unit, Decimal(1)))
    first = [row.sales_unit] if row.sales_unit in named else []
    order = [*first, *(name for name in named if name not in first)]
    return Article(
        id=row.id,
        code=row.code,
        name=row.name,
        brand=row.brand,
        specification=row.specification,
        category_id=row.category_id,
        units=tuple(named[name] for name in order),
        base_unit=row.base_unit,
        tax_rate=row.tax_rate,
        active=row.active and row.archived_at is None,
    )
