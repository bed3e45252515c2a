"""How days are planned unless a laptop says otherwise (V5). Every laptop has all of it.

A row without ``territory_id`` is the company's; only an administrator writes it. A manager
writes those of areas of his. Where somebody's day begins is in none of them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import GLOBAL, Base, Json, Kind, Synced

TERMS, ROADS, ADDRESSES = "day_terms", "road_provider", "address_provider"


class PlanningDefault(Synced, Base):
    """One thing a laptop plans with: ``name`` is one of the three, ``value`` as the laptop keeps its own."""

    __tablename__ = "planning_default"
    __kind__ = Kind.MASTER
    __scope__ = GLOBAL

    territory_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"))
    name: Mapped[str]
    value: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
