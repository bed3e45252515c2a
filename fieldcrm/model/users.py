"""People and the territory tree. Credentials live on the server only (``server/tables.py``)."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import GLOBAL, Base, Choice, Kind, Synced


class Role(StrEnum):
    """What a user may do (Z1)."""

    REP = "rep"
    MANAGER = "manager"
    FINANCE = "finance"
    CSM = "csm"
    ADMIN = "admin"


class Territory(Synced, Base):
    """An area of responsibility; the tree decides what managers see."""

    __tablename__ = "territory"
    __kind__ = Kind.ASSIGNMENT
    __scope__ = GLOBAL

    code: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"))


class User(Synced, Base):
    """A person who signs in. ``territory_id`` is the rep's area or the root of a manager's tree."""

    __tablename__ = "user"
    __kind__ = Kind.ASSIGNMENT
    __scope__ = GLOBAL

    login: Mapped[str]
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    role: Mapped[Role] = mapped_column(Choice(Role))
    territory_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"))
    active: Mapped[bool] = mapped_column(default=True)
