"""Shelves, articles, costs and books of an edition: new ones, changed ones, and those that end with it.

A book is never changed where it decides a price: it ends, and one that begins with the set takes
its place with its prices. Its name and what becomes of older orders are changed where they are.
Articles, their shelves and what they cost us belong to no set: what is said of them holds from the
moment of publishing, a cost price from its own first day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.prices import BookLevel, CostPrice, PriceBook, PriceEntry
from fieldcrm.model.products import Product, ProductAttribute, ProductCategory, ProductUnit

_SOFT = frozenset({"name", "on_change", "honour_days"})
_ENTRY = ("territory_id", "product_id", "unit", "price", "min_quantity", "min_quantity_unit")


@dataclass(frozen=True, slots=True)
class BookChange:
    """What a book says of itself from now on; without ``fields`` it ends."""

    id: UUID
    fields: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ProductChange:
    """What is said of an article, with all its units."""

    id: UUID
    fields: Mapping[str, Any]
    units: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class ShelfChange:
    """What a category or an attribute of articles says from now on; without ``fields`` it is gone."""

    cls: type[ProductCategory] | type[ProductAttribute]
    id: UUID
    fields: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CostChange:
    """What a base unit of an article costs us from a day on; without ``cost`` nobody says so any more."""

    product_id: UUID
    currency: str
    valid_from: date | None
    cost: Decimal | None


def put_costs(session: Session, changes: Sequence[CostChange], at: datetime) -> None:
    """Write cost prices; no price and no order depends on them, so they are changed where they are."""
    ids = {change.product_id for change in changes}
    known = set(session.scalars(select(Product.id).where(Product.id.in_(ids))))
    query = select(CostPrice).where(CostPrice.product_id.in_(ids), CostPrice.archived_at.is_(None))
    held = {(row.product_id, row.currency, row.valid_from): row for row in session.scalars(query)}
    for change in changes:
        place = (change.product_id, change.currency, change.valid_from)
        row = held.get(place)
        if change.product_id not in known:
            raise Invalid("unknown_reference", field="costs", product=change.product_id)
        if change.cost is None:
            if row is not None:
                row.archived_at, row.version = at, row.version + 1
                del held[place]
        elif row is None:
            row = held[place] = CostPrice(
                id=new_id(), version=1, product_id=change.product_id, currency=change.currency,
                valid_from=change.valid_from, cost=change.cost,
            )  # fmt: skip
            session.add(row)
        else:
            row.cost, row.version = change.cost, row.version + 1
    session.flush()


def put_shelf(session: Session, change: ShelfChange, at: datetime) -> None:
    """Write a category or an attribute; like articles they hold from the moment of publishing."""
    cls: Any = change.cls
    row = session.get(cls, change.id)
    if change.fields is None:
        if row is not None:
            row.archived_at, row.version = at, row.version + 1
    elif row is None:
        session.add(cls(id=change.id, version=1, **change.fields))
    else:
        for name, value in change.fields.items():
            setattr(row, name, value)
        row.version += 1
    session.flush()


def put_product(session: Session, change: ProductChange) -> None:
    """Write an article; its base unit stays what its prices and orders were counted in."""
    row = session.get(Product, change.id)
    if row is None:
        row = Product(id=change.id, version=1, **change.fields)
        session.add(row)
    else:
        if change.fields.get("base_unit", row.base_unit) != row.base_unit:
            raise RuleBroken("base_unit_fixed", field="base_unit", noun="product", key=str(row.id))
        for name, value in change.fields.items():
            setattr(row, name, value)
        row.version += 1
    session.flush()
    known = session.scalars(select(ProductUnit).where(ProductUnit.product_id == row.id))
    held = {unit.unit: unit for unit in known}
    for position, said in enumerate(change.units):
        unit = held.pop(said["unit"], None)
        if unit is None:
            session.add(ProductUnit(id=new_id(), product_id=row.id, position=position, **said))
        else:
            unit.factor, unit.barcode, unit.position = said["factor"], said.get("barcode", ""), position
    for gone in held.values():
        session.delete(gone)


def put_book(session: Session, change: BookChange, number: int) -> UUID:
    """Write a book as set ``number`` has it; returns the id under which its prices stand from then on."""
    row = session.get(PriceBook, change.id)
    fields = None if change.fields is None else dict(change.fields) | {"territory_id": None}
    if fields is not None and row is not None and _is_for(row) == _is_for(PriceBook(**fields)):
        fields["territory_id"] = row.territory_id
    elif fields is not None and fields.get("level") == BookLevel.CUSTOMER:
        fields["territory_id"] = _territory(session, str(fields.get("reference") or ""))
    if row is None:
        if fields is not None:
            session.add(PriceBook(id=change.id, version=1, from_set=number, **fields))
            session.flush()
        return change.id
    if fields is None:
        row.until_set, row.version = number, row.version + 1
        return row.id
    if all(name in _SOFT or getattr(row, name) == value for name, value in fields.items()):
        for name in _SOFT & fields.keys():
            setattr(row, name, fields[name])
        row.version += 1
        return row.id
    return _succeeded(session, row, fields, number)


def _is_for(book: PriceBook) -> tuple[str, str | None]:
    return str(book.level), book.reference


def _succeeded(session: Session, row: PriceBook, fields: Mapping[str, Any], number: int) -> UUID:
    row.until_set, row.version = number, row.version + 1
    kept = {name: getattr(row, name) for name in ("code", "name", "priority", "tax_mode", "currency")}
    made = PriceBook(id=new_id(), version=1, from_set=number, **kept | dict(fields))
    session.add(made)
    session.flush()
    living = (
        PriceEntry.price_book_id == row.id,
        PriceEntry.until_set.is_(None),
        PriceEntry.archived_at.is_(None),
    )
    for entry in session.scalars(select(PriceEntry).where(*living)).all():
        said = {name: getattr(entry, name) for name in _ENTRY} | {"territory_id": made.territory_id}
        session.add(PriceEntry(id=new_id(), version=1, price_book_id=made.id, from_set=number, **said))
    session.flush()
    return made.id


def _territory(session: Session, reference: str) -> UUID:
    """Return the territory with which a customer's own book travels."""
    named = [Account.code == reference]
    if len(reference) == 36:
        named.append(Account.id == reference)
    found = session.scalars(
        select(Account.territory_id).where(or_(*named), Account.archived_at.is_(None))
    ).first()
    if found is None:
        raise Invalid("unknown_reference", field="reference", reference=reference)
    return found
