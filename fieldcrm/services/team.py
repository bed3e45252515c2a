"""Who works for whom: a manager's reps are those whose territory lies under the manager's (Z1)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.model.users import Role, Territory, User


@dataclass(frozen=True, slots=True)
class Member:
    """A person as lists show them."""

    id: UUID
    name: str
    title: str
    territory_id: UUID | None


def reps_of(session: Session, user_id: UUID) -> list[Member]:
    """Return the reps whose work ``user_id`` may review, himself if he is a rep; by name."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("user", user_id)
    if user.role == Role.REP:
        return [Member(user.id, user.name, user.title, user.territory_id)]
    below = territories_under(session, user.territory_id)
    reps = session.scalars(
        select(User).where(User.role == Role.REP, User.territory_id.in_(below)).order_by(User.name)
    )
    return [Member(rep.id, rep.name, rep.title, rep.territory_id) for rep in reps]


def area_of(session: Session, user_id: UUID) -> str:
    """Return the area somebody works in, as the rules of visiting name it; empty is the company."""
    user = session.get(User, user_id)
    return "" if user is None or user.territory_id is None else str(user.territory_id)


def territories_under(session: Session, root: UUID | None) -> list[UUID]:
    """Return ``root`` and every territory below it."""
    if root is None:
        return []
    children: dict[UUID | None, list[UUID]] = {}
    for territory_id, parent_id in session.execute(select(Territory.id, Territory.parent_id)):
        children.setdefault(parent_id, []).append(territory_id)
    found, waiting = [], [root]
    while waiting:
        territory_id = waiting.pop()
        found.append(territory_id)
        waiting += children.pop(territory_id, [])
    return found
