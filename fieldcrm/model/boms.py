"""Sales bills of materials (P3, P4): what a configurable article is made of and what goes together.

A node's article may have a bill of its own, so a bill has as many levels as it needs. A node
outside every group is always part of the article; those of a group are chosen from.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Choice, Json, Part, Quantity
from fieldcrm.model.rule_sets import Ruled


class PriceMode(StrEnum):
    """Whether an article has a price of its own or costs what its parts cost."""

    BASE = "base"
    COMPONENTS = "components"


class BomRuleKind(StrEnum):
    """How the goods of a rule hang together."""

    EXCLUDES = "excludes"
    REQUIRES = "requires"
    HIDDEN = "hidden"


class SalesBom(Ruled, Base):
    """The bill of one article; ``base_price`` None means the price books say it."""

    __tablename__ = "sales_bom"
    __parts__ = {"groups": "bom_group", "nodes": "bom_node", "rules": "bom_rule"}

    host_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str] = mapped_column(default="")
    price_mode: Mapped[PriceMode] = mapped_column(Choice(PriceMode), default=PriceMode.BASE)
    base_price: Mapped[Decimal | None]


class BomGroup(Part, Base):
    """Nodes of which between ``least`` and ``most`` are chosen."""

    __tablename__ = "bom_group"
    __owner__ = "bom_id"

    bom_id: Mapped[UUID] = mapped_column(ForeignKey("sales_bom.id"), index=True)
    name: Mapped[str]
    required: Mapped[bool] = mapped_column(default=False)
    least: Mapped[int] = mapped_column(default=0)
    most: Mapped[int] = mapped_column(default=1)


class BomNode(Part, Base):
    """One article of a bill, from ``least`` to ``most`` in steps; each adds ``delta`` to the price."""

    __tablename__ = "bom_node"
    __owner__ = "bom_id"

    bom_id: Mapped[UUID] = mapped_column(ForeignKey("sales_bom.id"), index=True)
    group_id: Mapped[UUID | None]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    least: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(1))
    most: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(1))
    step: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(1))
    delta: Mapped[Decimal] = mapped_column(default=Decimal())


class BomRule(Part, Base):
    """What excludes one another, what the first of ``products`` needs, what is hidden until required."""

    __tablename__ = "bom_rule"
    __owner__ = "bom_id"

    bom_id: Mapped[UUID] = mapped_column(ForeignKey("sales_bom.id"), index=True)
    kind: Mapped[BomRuleKind] = mapped_column(Choice(BomRuleKind))
    products: Mapped[list[Any]] = mapped_column(Json, default=list)
