"""Promotions (P7) and what was used of them.

A promotion keeps its ``code`` from set to set: uses and budgets go by it. Uses are facts that
only the server writes; a cancelled order adds a use of the opposite sign.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import GLOBAL, YEAR, Base, Choice, Json, Kind, Synced
from fieldcrm.model.rule_sets import Ruled


class PromotionTarget(StrEnum):
    """What a promotion is about."""

    ORDER = "order"
    PRODUCTS = "products"
    BUNDLE = "bundle"


class Promotion(Ruled, Base):
    """One promotion as a set has it.

    ``whom`` maps a level to the references that are meant (empty: everybody); ``goods`` lists
    {product_id, quantity}; ``conditions``, ``give`` and ``tiers`` hold what
    ``rules/pricing/promotions.py`` names, numbers as text. ``max_uses`` is how many orders of one
    customer may use it, ``max_uses_in_all`` of everybody together.
    """

    __tablename__ = "promotion"

    code: Mapped[str]
    name: Mapped[str]
    target: Mapped[PromotionTarget] = mapped_column(Choice(PromotionTarget))
    goods: Mapped[list[Any]] = mapped_column(Json, default=list)
    whom: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    priority: Mapped[int] = mapped_column(default=0)
    exclusive: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    conditions: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    give: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    tiers: Mapped[list[Any]] = mapped_column(Json, default=list)
    max_uses: Mapped[int | None]
    max_uses_in_all: Mapped[int | None]
    budget: Mapped[Decimal | None]


class PromotionUse(Synced, Base):
    """What one order took of a promotion; ``amount`` with ``gift_value`` is what it costs the budget."""

    __tablename__ = "promotion_use"
    __kind__ = Kind.REFERENCE
    __scope__ = (("terr", "territory_id"),)
    __window__ = ("used_on", YEAR)
    __table_args__ = (
        Index("ix_promotion_use_account_id_promotion_code", "account_id", "promotion_code"),
        Index("ix_promotion_use_territory_id_id", "territory_id", "id"),
    )

    promotion_code: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    order_id: Mapped[UUID] = mapped_column(index=True)
    used_on: Mapped[date]
    times: Mapped[int] = mapped_column(default=1)
    amount: Mapped[Decimal] = mapped_column(default=Decimal())
    gift_value: Mapped[Decimal] = mapped_column(default=Decimal())


class PromotionSpent(Synced, Base):
    """How much of a promotion's budget is gone, over all its uses everywhere."""

    __tablename__ = "promotion_spent"
    __kind__ = Kind.REFERENCE
    __scope__ = GLOBAL

    promotion_code: Mapped[str] = mapped_column(index=True)
    amount: Mapped[Decimal] = mapped_column(default=Decimal())
    uses: Mapped[int] = mapped_column(default=0)
