"""The catalogue (P1, P2): server-owned, the same for everyone."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, true
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import GLOBAL, Base, Choice, Json, Kind, Part, Quantity, Synced


class AttributeKind(StrEnum):
    """What an attribute's value is."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"


class ProductCategory(Synced, Base):
    """A shelf of the catalogue."""

    __tablename__ = "product_category"
    __kind__ = Kind.REFERENCE
    __scope__ = GLOBAL

    code: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(default=0)


class ProductAttribute(Synced, Base):
    """An industry field that products of a category may have, as flavour or volume; None: of all."""

    __tablename__ = "product_attribute"
    __kind__ = Kind.REFERENCE
    __scope__ = GLOBAL

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[AttributeKind] = mapped_column(Choice(AttributeKind), default=AttributeKind.TEXT)
    unit: Mapped[str] = mapped_column(default="")
    choices: Mapped[list[Any]] = mapped_column(Json, default=list)
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("product_category.id"))
    required: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class Product(Synced, Base):
    """One article; ``attributes`` holds industry fields such as flavour or volume (P2).

    Articles of one ``family`` are the specifications of one thing. What is not ``promotable``
    neither gets a promotion nor counts towards one.
    """

    __tablename__ = "product"
    __kind__ = Kind.REFERENCE
    __scope__ = GLOBAL
    __parts__ = {"units": "product_unit"}

    code: Mapped[str]
    name: Mapped[str]
    brand: Mapped[str] = mapped_column(default="")
    specification: Mapped[str] = mapped_column(default="")
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("product_category.id"), index=True)
    base_unit: Mapped[str]
    sales_unit: Mapped[str]
    standard_price: Mapped[Decimal]
    floor_price: Mapped[Decimal | None]
    tax_rate: Mapped[Decimal] = mapped_column(Quantity)
    attributes: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    active: Mapped[bool] = mapped_column(default=True)
    family: Mapped[str] = mapped_column(default="", server_default="")
    promotable: Mapped[bool] = mapped_column(default=True, server_default=true())


class ProductUnit(Part, Base):
    """A unit the product is sold in; ``factor`` is how many base units it holds."""

    __tablename__ = "product_unit"
    __owner__ = "product_id"

    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"), index=True)
    unit: Mapped[str]
    factor: Mapped[Decimal] = mapped_column(Quantity)
    barcode: Mapped[str] = mapped_column(default="", index=True)
