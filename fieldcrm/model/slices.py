"""What a device was given of a limit that many share, to spend without a network (decision 6)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import GLOBAL, Base, Kind, Quantity, Synced


class LimitSlice(Synced, Base):
    """A slice of one limit (``rules/slices.Limit`` and its key); only the server writes it.

    It travels to its user; his other devices see it and do not spend it. ``amount`` never shrinks;
    it is money or a count. ``seal`` is the server's signature of all that a device goes by; ``ended_by``
    says why it was called back (``rules/slices.Ended``), which changes nothing of what may be spent.
    """

    __tablename__ = "limit_slice"
    __kind__ = Kind.REFERENCE
    __scope__ = (("rep", "rep_id"),)
    __table_args__ = (Index("ix_limit_slice_key_kind", "key", "kind"),)

    kind: Mapped[str]
    key: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(index=True)
    device_id: Mapped[UUID] = mapped_column(index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    amount: Mapped[Decimal]
    spent: Mapped[Decimal] = mapped_column(default=Decimal())
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    seal: Mapped[str] = mapped_column(default="")
    ended_by: Mapped[str] = mapped_column(default="")


class ScarceStock(Synced, Base):
    """How much of a scarce article there is to sell, in base units, and how much of it is sold."""

    __tablename__ = "scarce_stock"
    __kind__ = Kind.REFERENCE
    __scope__ = GLOBAL

    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"), index=True)
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    sold: Mapped[Decimal] = mapped_column(Quantity, default=Decimal())
