"""How often stores are visited, and on which days nobody is (V1). Every laptop has all of it.

A row without ``territory_id`` is the company's; only an administrator writes it. A manager
writes those of areas of his.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.accounts import Channel, Grade
from fieldcrm.model.base import GLOBAL, Base, Choice, Json, Kind, Synced


class CadenceRule(Synced, Base):
    """Days between visits of the stores of a grade, a channel, both, or all.

    ``seasons`` is a list of {"from": "MM-DD", "to": "MM-DD", "every", "least", "most"}.
    """

    __tablename__ = "cadence_rule"
    __kind__ = Kind.MASTER
    __scope__ = GLOBAL

    territory_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"))
    channel: Mapped[Channel | None] = mapped_column(Choice(Channel))
    grade: Mapped[Grade | None] = mapped_column(Choice(Grade))
    every_days: Mapped[int]
    least_days: Mapped[int | None]
    most_days: Mapped[int | None]
    seasons: Mapped[list[Any]] = mapped_column(Json, default=list)
    note: Mapped[str] = mapped_column(default="")


class OfficeDay(Synced, Base):
    """A day that is closed, or worked, whatever weekday and public holidays say."""

    __tablename__ = "office_day"
    __kind__ = Kind.MASTER
    __scope__ = GLOBAL

    territory_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"))
    on: Mapped[date]
    is_open: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(default="")
