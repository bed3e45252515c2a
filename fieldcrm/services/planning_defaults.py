"""The planning that an organisation gives its people: kept for an area or the company, and found by area."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.planning_defaults import PlanningDefault
from fieldcrm.model.users import Role, User

KEEPERS = (Role.MANAGER, Role.ADMIN)


def keep(session: Session, name: str, value: dict[str, Any], *, me: UUID) -> None:
    """Make this what my people plan with: a manager's for his area, an administrator's for the company."""
    user = session.get_one(User, me)
    if user.role not in KEEPERS:
        raise RuleBroken("not_allowed")
    area = None if user.role is Role.ADMIN else user.territory_id
    row = session.scalar(
        select(PlanningDefault).where(
            PlanningDefault.name == name,
            PlanningDefault.territory_id.is_(None) if area is None else PlanningDefault.territory_id == area,
            PlanningDefault.archived_at.is_(None),
        )
    )
    if row is None:
        session.add(PlanningDefault(id=new_id(), territory_id=area, name=name, value=value))
    else:
        row.value = value
