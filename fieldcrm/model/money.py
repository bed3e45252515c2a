"""A customer's money with us (F5): what he paid ahead and laid down, owes for orders, and how it is used.

A ledger that only the server writes; an accepted order posts to it, a cancelled one posts back.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import GLOBAL, Base, Choice, Json, Kind, Quantity, Synced


class Purse(StrEnum):
    """Which money of a customer; rebates have a ledger of their own.

    ``credit`` is what orders took on credit that are not receivable yet (never above 0),
    ``receivable`` what of them has become so; ``receipt`` is money that came in and is not applied
    to anything yet.
    """

    PREPAY = "prepay"
    CASH = "cash"
    CREDIT = "credit"
    RECEIVABLE = "receivable"
    RECEIPT = "receipt"


class MoneyEntry(Synced, Base):
    """One movement of a customer's money; ``amount`` is signed, a purse's balance is their sum."""

    __tablename__ = "money_entry"
    __kind__ = Kind.REFERENCE
    __scope__ = (("terr", "territory_id"),)
    __table_args__ = (
        Index("ix_money_entry_account_id_purse", "account_id", "purse"),
        Index("ix_money_entry_territory_id_id", "territory_id", "id"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    purse: Mapped[Purse] = mapped_column(Choice(Purse))
    amount: Mapped[Decimal]
    booked_on: Mapped[date]
    reference: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    posted_by: Mapped[UUID | None]
    order_id: Mapped[UUID | None] = mapped_column(index=True)


class MoneyPolicy(Synced, Base):
    """How the organisation uses its customers' money; without a row the usual holds (``rules/money.py``).

    ``order_of_use`` names purses, the first first; from ``warn_percent`` of a limit on somebody is
    warned; a manager may release an order that passes the limit by ``manager_over`` (None: any) at most.
    """

    __tablename__ = "money_policy"
    __kind__ = Kind.REFERENCE
    __scope__ = GLOBAL

    order_of_use: Mapped[list[Any]] = mapped_column(Json, default=list)
    warn_percent: Mapped[Decimal] = mapped_column(Quantity)
    manager_over: Mapped[Decimal | None]
