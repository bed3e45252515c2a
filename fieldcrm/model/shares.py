"""A visit's report shown to a colleague who does not hold its territory (V7).

Sharing is an event of whoever shares. What the colleague gets is a row of his own: a report
the server writes out of its rows, kept up to date by it, so that no scope is widened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import YEAR, Base, Json, Kind, Synced


class VisitShare(Synced, Base):
    """One report shown to one colleague, with a word to him."""

    __tablename__ = "visit_share"
    __kind__ = Kind.EVENT
    __scope__ = (("rep", "rep_id"),)
    __ages_with__ = "visit_id"

    visit_id: Mapped[UUID] = mapped_column(index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    shared_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class SharedReport(Synced, Base):
    """A report as the colleague it was shared with reads it.

    ``report`` is {"account", "rep", "shared_by", "text", "summary", "left_at", "steps", "photos", "said"};
    of the photos it names, the colleague may see the small pictures.
    """

    __tablename__ = "shared_report"
    __kind__ = Kind.REFERENCE
    __scope__ = (("rep", "to_id"),)
    __window__ = ("started_at", YEAR)

    visit_id: Mapped[UUID] = mapped_column(index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    started_at: Mapped[datetime]
    report: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
