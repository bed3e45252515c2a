"""What may be sold to whom and who must agree: ranges (P6), tied quantities (P4), the ladder."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Json, Quantity
from fieldcrm.model.rule_sets import Ruled


class SellableRange(Ruled, Base):
    """Allows or denies goods to those whom ``whom`` means; a denial beats every allowance.

    Goods are named by id in ``products``, or by what they are in ``attributes``: category,
    brand, or any attribute of the catalogue, each with the values that are meant.
    """

    __tablename__ = "sellable_range"

    code: Mapped[str]
    name: Mapped[str]
    allows: Mapped[bool]
    whom: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    products: Mapped[list[Any]] = mapped_column(Json, default=list)
    attributes: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class QuantityRule(Ruled, Base):
    """For each ``each_quantity`` of one article an order needs ``quantity`` of another, in base units."""

    __tablename__ = "quantity_rule"

    code: Mapped[str]
    name: Mapped[str]
    for_each_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    each_quantity: Mapped[Decimal] = mapped_column(Quantity)
    require_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    rounding: Mapped[str] = mapped_column(default="up")


class ApprovalRung(Ruled, Base):
    """Up to ``up_to_percent`` off, ``approver`` must agree (None: nobody); past the last rung is refused."""

    __tablename__ = "approval_rung"

    ladder: Mapped[str] = mapped_column(default="discount")
    up_to_percent: Mapped[Decimal] = mapped_column(Quantity)
    approver: Mapped[str | None]
