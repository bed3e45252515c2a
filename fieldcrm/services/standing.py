"""What somebody is in the company, for the ladders that ask."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.model.users import Territory, User


def standing_of(session: Session, me: UUID) -> tuple[str, bool]:
    """Return somebody's role, and whether his territory is the whole company."""
    user = session.get(User, me)
    if user is None:
        return "", False
    area = session.get(Territory, user.territory_id) if user.territory_id else None
    return str(user.role), area is not None and area.parent_id is None
