"""Accompanied visits (V3): two people at one store, two records, one visit.

A row belongs to the person whose record it is; a manager holds the rows of his people, so
one row serves the rep and the manager who joins him. Two colleagues hand the visit over by
file and hold a row each, with the same ``joint_id``.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Choice, Kind, Synced


class JointState(StrEnum):
    """Where an accompanied visit stands."""

    INVITED = "invited"
    AGREED = "agreed"
    DECLINED = "declined"


class JointVisit(Synced, Base):
    """The host's visit and the guest's; each signs that the other was there, or was not.

    ``host_signed`` and ``guest_signed`` are "yes" or "no"; ``start_time`` is HH:MM local, as are
    ``from_time`` and ``until_time``, between which whoever comes along can.
    """

    __tablename__ = "joint_visit"
    __kind__ = Kind.MASTER
    __scope__ = (("rep", "rep_id"),)
    __table_args__ = (Index("ix_joint_visit_rep_id_id", "rep_id", "id"),)

    joint_id: Mapped[UUID] = mapped_column(index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    host_id: Mapped[UUID]
    guest_id: Mapped[UUID]
    host_name: Mapped[str]
    guest_name: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(index=True)
    on: Mapped[date]
    start_time: Mapped[str | None]
    from_time: Mapped[str | None]
    until_time: Mapped[str | None]
    state: Mapped[JointState] = mapped_column(Choice(JointState), default=JointState.INVITED)
    reason: Mapped[str] = mapped_column(default="")
    host_visit_id: Mapped[UUID | None]
    guest_visit_id: Mapped[UUID | None]
    host_signed: Mapped[str | None]
    host_signed_at: Mapped[datetime | None]
    guest_signed: Mapped[str | None]
    guest_signed_at: Mapped[datetime | None]
