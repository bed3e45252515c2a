"""A customer's money with us (F5): what he paid ahead and laid down, as a ledger only the office writes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Choice, Kind, Synced


class Purse(StrEnum):
    """Which money of a customer; rebates have a ledger of their own, credit is a limit."""

    PREPAY = "prepay"
    CASH = "cash"


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
