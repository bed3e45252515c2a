"""Visit plans and to-dos: what a rep means to do."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Choice, Kind, Synced


class PlanStatus(StrEnum):
    """What became of a planned visit; done follows from a visit that points at the plan."""

    PLANNED = "planned"
    SKIPPED = "skipped"
    MOVED = "moved"


class PlanOrigin(StrEnum):
    """Who put the visit into the plan."""

    CADENCE = "cadence"
    REP = "rep"
    MANAGER = "manager"


class VisitPlan(Synced, Base):
    """One intended visit on one day; ``start_time`` is HH:MM local, ``sequence`` orders the day."""

    __tablename__ = "visit_plan"
    __kind__ = Kind.MASTER
    __scope__ = (("rep", "rep_id"),)
    __table_args__ = (
        Index("ix_visit_plan_rep_id_id", "rep_id", "id"),
        Index("ix_visit_plan_on_rep_id", "on", "rep_id"),
    )

    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    account_id: Mapped[UUID] = mapped_column(index=True)
    on: Mapped[date]
    start_time: Mapped[str | None]
    sequence: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[int] = mapped_column(default=30)
    purpose: Mapped[str] = mapped_column(default="")
    status: Mapped[PlanStatus] = mapped_column(Choice(PlanStatus), default=PlanStatus.PLANNED)
    origin: Mapped[PlanOrigin] = mapped_column(Choice(PlanOrigin), default=PlanOrigin.REP)
    reason: Mapped[str] = mapped_column(default="")
    moved_to: Mapped[date | None]
    locked: Mapped[bool] = mapped_column(default=False)


class WeekState(StrEnum):
    """Where a rep's week stands with his manager."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class PlanWeek(Synced, Base):
    """One rep's week as he submitted it and his manager decided on it (V2).

    ``visits`` is how many were planned then: what came later was not seen. The week's row is the
    one submitted last.
    """

    __tablename__ = "plan_week"
    __kind__ = Kind.MASTER
    __scope__ = (("rep", "rep_id"),)
    __table_args__ = (Index("ix_plan_week_rep_id_id", "rep_id", "id"),)

    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    monday: Mapped[date]
    state: Mapped[WeekState] = mapped_column(Choice(WeekState), default=WeekState.SUBMITTED)
    visits: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    submitted_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class Todo(Synced, Base):
    """Something agreed, with a day it is due (V7)."""

    __tablename__ = "todo"
    __kind__ = Kind.MASTER
    __scope__ = (("rep", "assignee_id"),)
    __table_args__ = (Index("ix_todo_assignee_id_id", "assignee_id", "id"),)

    assignee_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    account_id: Mapped[UUID | None] = mapped_column(index=True)
    visit_id: Mapped[UUID | None]
    title: Mapped[str]
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
