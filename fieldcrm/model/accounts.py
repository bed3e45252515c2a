"""Accounts and their contacts (A1, A5).

Positions are degrees times 10,000,000 with the datum they were taken in; convert with
``rules/positions.py`` before measuring.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Choice, Json, Kind, Synced, merged, office, server_owned


class Datum(StrEnum):
    """The coordinate system a position was taken in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Grade(StrEnum):
    """How much an account matters; drives visit cadence (A2, V1)."""

    A = "A"
    B = "B"
    C = "C"


class Channel(StrEnum):
    """The kind of store; SOP templates and filters use it."""

    SUPERMARKET = "supermarket"
    CONVENIENCE = "convenience"
    GROCERY = "grocery"
    MALL = "mall"
    CAMPUS = "campus"
    SNACK = "snack"
    WHOLESALE = "wholesale"
    CATERING = "catering"
    OTHER = "other"


class Account(Synced, Base):
    """A store or company.

    ``opening`` is a list of windows {"days": [1..7], "open": "08:30", "close": "21:00"},
    ISO weekdays; several windows a day are allowed, a day without one is closed.
    """

    __tablename__ = "account"
    __kind__ = Kind.MASTER
    __scope__ = (("terr", "territory_id"),)
    __table_args__ = (Index("ix_account_territory_id_id", "territory_id", "id"),)

    code: Mapped[str] = mapped_column(default="", index=True, info={"unique": "code"})
    name: Mapped[str]
    channel: Mapped[Channel] = mapped_column(Choice(Channel), default=Channel.OTHER)
    grade: Mapped[Grade] = mapped_column(Choice(Grade), default=Grade.C)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), info=office())
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"), info=office())
    parent_id: Mapped[UUID | None] = mapped_column(index=True)
    price_group: Mapped[str | None] = mapped_column(info=office())
    phone: Mapped[str] = mapped_column(default="")
    province: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    district: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    latitude_e7: Mapped[int | None]
    longitude_e7: Mapped[int | None]
    datum: Mapped[Datum] = mapped_column(Choice(Datum), default=Datum.WGS84)
    opening: Mapped[list[Any]] = mapped_column(Json, default=list)
    service_minutes: Mapped[int] = mapped_column(default=30)
    cadence_days: Mapped[int | None]
    cadence_least_days: Mapped[int | None]
    cadence_most_days: Mapped[int | None]
    cadence_reason: Mapped[str | None]
    tags: Mapped[list[Any]] = mapped_column(Json, default=list, info=merged("set"))
    tax_id: Mapped[str] = mapped_column(default="", index=True, info=office() | {"unique": "tax_id"})
    credit_limit: Mapped[Decimal | None] = mapped_column(info=office())
    receivable: Mapped[Decimal] = mapped_column(default=Decimal(), info=server_owned())
    overdue_since: Mapped[date | None] = mapped_column(info=server_owned())
    status: Mapped[str] = mapped_column(default="active", info=office())
    note: Mapped[str] = mapped_column(default="", info=merged("both"))
    merged_into: Mapped[UUID | None] = mapped_column(info=server_owned())
    possible_duplicate: Mapped[bool] = mapped_column(default=False, info=server_owned())


class Contact(Synced, Base):
    """A person at an account, with function and influence (A5)."""

    __tablename__ = "contact"
    __kind__ = Kind.MASTER
    __scope__ = (("terr", "territory_id"),)
    __table_args__ = (Index("ix_contact_territory_id_id", "territory_id", "id"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), info=server_owned())
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="")
    influence: Mapped[int] = mapped_column(default=0)
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    is_primary: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="", info=merged("both"))
