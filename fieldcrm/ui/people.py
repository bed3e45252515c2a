"""Who is signed in, as the shell shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.model.users import Territory, User
from fieldcrm.ui.context import Me

if TYPE_CHECKING:
    from fieldcrm.laptop import Laptop


def me(session: Session, laptop: Laptop) -> Me:
    """Return the person of the open profile; before their own row has come, what the server said."""
    profile, tokens = laptop.profile, laptop.remote.tokens
    user = session.get(User, UUID(profile.user_id))
    if user is not None:
        place, company = _places(session, user.territory_id)
        return Me(
            user.id, user.login, user.name, user.title, str(user.role), user.territory_id, place, company
        )
    role = tokens.user.role if tokens is not None else "rep"
    area = UUID(tokens.user.territory_id) if tokens is not None and tokens.user.territory_id else None
    return Me(UUID(profile.user_id), profile.login, profile.name, "", role, area)


def _places(session: Session, territory_id: UUID | None) -> tuple[str, str]:
    """Return the name of a territory and the name at the top of its tree, which is the company's."""
    names: list[str] = []
    at = territory_id
    while at is not None and (found := session.get(Territory, at)) is not None and len(names) < 20:
        names.append(found.name)
        at = found.parent_id
    return (names[0], names[-1]) if names else ("", "")
