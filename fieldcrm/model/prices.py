"""Price books (P5): server-owned sets that count only when complete. And what goods cost us (Q1).

``entry_count`` and ``entries_hash`` say what a whole set is, so a half-received book is
never used. A customer's own book travels with the account's territory.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Choice, Kind, Quantity, Synced


class BookLevel(StrEnum):
    """Whom a price book is for; the more specific one wins (decision 1)."""

    LIST = "list"
    TERRITORY = "territory"
    PARTNER = "partner"
    GROUP = "group"
    CUSTOMER = "customer"


class TaxMode(StrEnum):
    """Whether a book's prices hold the tax."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


class OnChange(StrEnum):
    """What becomes of an order whose prices a newer set of rules has replaced."""

    HONOUR = "honour"
    APPROVE = "approve"
    REPRICE = "reprice"


class PriceBook(Synced, Base):
    """A named set of prices for a period; ``reference`` is the group code, partner code or id it is for.

    ``on_change`` and ``honour_days`` say how long an order that was priced with the book holds
    after its prices changed. ``from_set`` and ``until_set`` are as in ``Ruled``; None: in every set.
    """

    __tablename__ = "price_book"
    __kind__ = Kind.REFERENCE
    __scope__ = (("terr", "territory_id"), ("pricebook", "id"))

    code: Mapped[str]
    name: Mapped[str]
    level: Mapped[BookLevel] = mapped_column(Choice(BookLevel))
    reference: Mapped[str | None]
    territory_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"), index=True)
    priority: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    tax_mode: Mapped[TaxMode] = mapped_column(Choice(TaxMode), default=TaxMode.INCLUSIVE)
    currency: Mapped[str] = mapped_column(default="CNY")
    entry_count: Mapped[int] = mapped_column(default=0)
    entries_hash: Mapped[str] = mapped_column(default="")
    on_change: Mapped[OnChange] = mapped_column(
        Choice(OnChange), default=OnChange.REPRICE, server_default=OnChange.REPRICE
    )
    honour_days: Mapped[int] = mapped_column(default=0, server_default="0")
    from_set: Mapped[int | None]
    until_set: Mapped[int | None]


class PriceEntry(Synced, Base):
    """One price of a book, from ``min_quantity`` (counted in ``min_quantity_unit``) upward."""

    __tablename__ = "price_entry"
    __kind__ = Kind.REFERENCE
    __scope__ = (("terr", "territory_id"), ("pricebook", "price_book_id"))
    __table_args__ = (
        Index("ix_price_entry_price_book_id_id", "price_book_id", "id"),
        Index("ix_price_entry_product_id", "product_id"),
        Index("ix_price_entry_territory_id_id", "territory_id", "id"),
    )

    price_book_id: Mapped[UUID] = mapped_column(ForeignKey("price_book.id"))
    territory_id: Mapped[UUID | None]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    unit: Mapped[str]
    price: Mapped[Decimal]
    min_quantity: Mapped[Decimal] = mapped_column(Quantity, default=Decimal())
    min_quantity_unit: Mapped[str | None]
    from_set: Mapped[int | None]
    until_set: Mapped[int | None]


class CostPrice(Synced, Base):
    """What one base unit of an article costs us from a day on, before tax; it reaches who sees margins only.

    It belongs to no set of rules and no price depends on it: it holds from its first day (None: ever).
    """

    __tablename__ = "cost_price"
    __kind__ = Kind.REFERENCE
    __scope__ = (("cost", "currency"),)
    __table_args__ = (Index("ix_cost_price_currency_id", "currency", "id"),)

    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"), index=True)
    currency: Mapped[str] = mapped_column(default="CNY")
    valid_from: Mapped[date | None]
    cost: Mapped[Decimal]
