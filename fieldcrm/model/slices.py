"""What a device was given of a limit that many share, to spend without a network (decision 6)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Kind, Synced


class LimitSlice(Synced, Base):
    """A slice of a promotion's budget; only the server writes it.

    It travels to its user; his other devices see it and do not spend it. ``amount`` never shrinks.
    """

    __tablename__ = "limit_slice"
    __kind__ = Kind.REFERENCE
    __scope__ = (("rep", "rep_id"),)

    promotion_code: Mapped[str] = mapped_column(index=True)
    device_id: Mapped[UUID] = mapped_column(index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    amount: Mapped[Decimal]
    spent: Mapped[Decimal] = mapped_column(default=Decimal())
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime]
