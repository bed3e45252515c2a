"""What stands behind a visit's evidence (V6): store codes, refused positions, what the server found."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.accounts import Datum
from fieldcrm.model.base import Base, Choice, Json, Kind, Synced, server_owned


class _OfAccount(Synced):
    """Columns shared by what a person once said of one account."""

    __kind__ = Kind.EVENT
    __scope__ = (("terr", "territory_id"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True, info=server_owned())
    at: Mapped[datetime]


class StoreCode(_OfAccount, Base):
    """One edition of the sheet that hangs in a store; the latest counts, the one before for a while.

    ``public_key`` checks what somebody signed who knows the printed code; nobody can find the
    code from it.
    """

    __tablename__ = "store_code"

    issued_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    edition: Mapped[int]
    public_key: Mapped[str]


class PositionRefusal(_OfAccount, Base):
    """A person's word that a store is not where its check-ins say."""

    __tablename__ = "position_refusal"

    refused_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    latitude_e7: Mapped[int]
    longitude_e7: Mapped[int]
    datum: Mapped[Datum] = mapped_column(Choice(Datum), default=Datum.WGS84)


class VisitFinding(Synced, Base):
    """What the server found in one visit, over everything the whole team sent.

    ``found`` is a list of {"code", "weight", "facts"} as ``rules/findings.py`` makes them.
    """

    __tablename__ = "visit_finding"
    __kind__ = Kind.REFERENCE
    __scope__ = (("rep", "rep_id"),)
    __ages_with__ = "visit_id"

    visit_id: Mapped[UUID] = mapped_column(index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime]
    found: Mapped[list[Any]] = mapped_column(Json, default=list)
