"""Rebates (P8): how they are earned and used, and the ledger of every account's.

The ledger is a fact of the server. What was earned at once is one lot with its own expiry;
every other entry names the lot it changes, and a lot's balance is the sum of its entries.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Choice, Json, Kind, Quantity, Synced
from fieldcrm.model.rule_sets import Ruled


class RebateKind(StrEnum):
    """Whether a rebate is paid in money or in goods."""

    CASH = "cash"
    GOODS = "goods"


class RebateMove(StrEnum):
    """What changed a lot."""

    EARNED = "earned"
    USED = "used"
    RETURNED = "returned"
    EXPIRED = "expired"
    ADJUSTED = "adjusted"


class RebateProgram(Ruled, Base):
    """How a rebate is earned (``earn``, see ``rules/pricing/rebates.py``) and how far it may be used."""

    __tablename__ = "rebate_program"

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[RebateKind] = mapped_column(Choice(RebateKind), default=RebateKind.CASH)
    whom: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    earn: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    keep_days: Mapped[int | None]
    max_order_percent: Mapped[Decimal | None] = mapped_column(Quantity)
    max_product_percent: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class RebateEntry(Synced, Base):
    """One movement of a lot; ``amount`` is signed, money, or a quantity of ``product_id`` in base units.

    What a period earned names the period, also where it is corrected later.
    """

    __tablename__ = "rebate_entry"
    __kind__ = Kind.REFERENCE
    __scope__ = (("terr", "territory_id"),)
    __table_args__ = (
        Index("ix_rebate_entry_account_id_lot_id", "account_id", "lot_id"),
        Index("ix_rebate_entry_territory_id_id", "territory_id", "id"),
    )

    lot_id: Mapped[UUID]
    program_code: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    move: Mapped[RebateMove] = mapped_column(Choice(RebateMove))
    kind: Mapped[RebateKind] = mapped_column(Choice(RebateKind), default=RebateKind.CASH)
    amount: Mapped[Decimal]
    order_id: Mapped[UUID | None] = mapped_column(index=True)
    booked_on: Mapped[date]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    product_id: Mapped[UUID | None]
    period_from: Mapped[date | None]
    period_to: Mapped[date | None]
