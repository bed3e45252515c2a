"""Phone work (V8): the lists a rep calls through, and what came of each call.

A call is an event like a visit: never patched. A correction is a further ``PhoneCall``
that names the one it replaces; one recorded by mistake is replaced by a ``VOID`` one.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import YEAR, Base, Choice, Json, Kind, Synced, server_owned


class CallOutcome(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CALL_BACK = "call_back"
    WRONG_NUMBER = "wrong_number"
    REFUSED = "refused"
    VOID = "void"


class CallList(Synced, Base):
    """A filter of the account list under a name; ``filters`` has chip, text, channel, grade, city."""

    __tablename__ = "call_list"
    __kind__ = Kind.MASTER
    __scope__ = (("rep", "rep_id"),)

    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str]
    filters: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class PhoneCall(Synced, Base):
    """One call to an account; ``call_back_at`` is when it is to be called again."""

    __tablename__ = "phone_call"
    __kind__ = Kind.EVENT
    __scope__ = (("terr", "territory_id"),)
    __window__ = ("started_at", YEAR)
    __table_args__ = (Index("ix_phone_call_rep_id_started_at", "rep_id", "started_at"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True, info=server_owned())
    contact_id: Mapped[UUID | None]
    phone: Mapped[str] = mapped_column(default="")
    outcome: Mapped[CallOutcome] = mapped_column(Choice(CallOutcome))
    started_at: Mapped[datetime]
    seconds: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    call_back_at: Mapped[datetime | None]
    replaces_id: Mapped[UUID | None]
