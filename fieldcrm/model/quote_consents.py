"""How a quote is approved without a network (Q3): grants given beforehand, sheets for codes by phone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Json, Kind, Quantity, Synced, server_owned

SHEETS_KEPT = 14  # days after a sheet expired, as long as work of its last day may still arrive


class QuoteGrant(Synced, Base):
    """A rep may approve his own quotes up to this, because ``granted_by`` said so beforehand.

    It counts from the moment the server has signed it; putting it away ends it.
    """

    __tablename__ = "quote_grant"
    __kind__ = Kind.MASTER
    __scope__ = (("rep", "rep_id"),)

    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    granted_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    account_id: Mapped[UUID | None]
    up_to_percent: Mapped[Decimal] = mapped_column(Quantity)
    up_to_amount: Mapped[Decimal | None]
    valid_until: Mapped[date]
    max_count: Mapped[int | None]
    max_sum: Mapped[Decimal | None]
    note: Mapped[str] = mapped_column(default="")
    granted_at: Mapped[datetime]
    signature: Mapped[str | None] = mapped_column(info=server_owned())


class QuoteCodes(Synced, Base):
    """A sheet of one-time codes of one approver for one device: how to recognise them, not what they are.

    ``checks`` are those of the places from ``first_place`` on; only the server writes a sheet. One that
    is used up, or of a key that ended, leaves the laptops before its time (``server/quote_sheets.py``).
    """

    __tablename__ = "quote_codes"
    __kind__ = Kind.REFERENCE
    __scope__ = (("rep", "rep_id"),)
    __window__ = ("expires_at", SHEETS_KEPT)

    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    device_id: Mapped[UUID] = mapped_column(index=True)
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    key_number: Mapped[int]
    first_place: Mapped[int]
    checks: Mapped[list[Any]] = mapped_column(Json, default=list)
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime]
