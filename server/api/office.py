"""``/api/v1/users`` and ``/territories``: who may sign in, and where."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from fieldcrm import clock
from fieldcrm.errors import RuleBroken
from fieldcrm.model.users import Role
from fieldcrm.sync.entities import registry
from server import people, records, scope_office, territories, throttles
from server.api import answers, shapes
from server.api.callers import Signed
from server.scope_office import Act

router = APIRouter(prefix="/api/v1", tags=["office"])
user = registry()["user"].table

User = shapes.row_model("user")
UserPage = shapes.page_model("user", User)
Territory = shapes.row_model("territory")
TerritoryPage = shapes.page_model("territory", Territory)
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=shapes.PLAIN)
]
Password = Annotated[str, StringConstraints(max_length=1024)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class NewUser(_Body):
    """Somebody who is to sign in."""

    login: Annotated[
        str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True, pattern=shapes.PLAIN)
    ]
    name: Name
    role: Role
    password: Password
    territory_id: UUID | None = None
    title: Annotated[str, StringConstraints(max_length=200, pattern=shapes.PLAIN)] = ""


class NewPassword(_Body):
    """A password; ``current`` is needed for one's own."""

    password: Password
    current: Password | None = None


class NewTerritory(_Body):
    """An area under another one."""

    code: Name
    name: Name
    parent_id: UUID | None = None


class Move(_Body):
    """Where a territory is to hang; null makes it a root."""

    parent_id: UUID | None


@router.get("/users", response_model=UserPage)
def users(caller: Signed, after: shapes.After = None, limit: shapes.Limit = 100) -> Response:
    """List the users; the same that sync gives to every laptop."""
    with caller.reading() as (connection, _):
        return answers.page(records.listed(connection, "user", [], after=after, limit=limit))


@router.post("/users", status_code=201, response_model=User)
def create_user(body: NewUser, caller: Signed) -> Response:
    """Make a user."""
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.KEEP_USERS)
        made = people.create(connection, clock.now(), **body.model_dump(), by=principal.user_id)
        return answers.row(records.one(connection, "user", made, []), 201)


@router.post("/users/{user_id}/deactivate", response_model=User)
def deactivate_user(user_id: UUID, caller: Signed) -> Response:
    """Put a user out; every session of the user ends at once."""
    return _set_active(user_id, caller, active=False)


@router.post("/users/{user_id}/activate", response_model=User)
def activate_user(user_id: UUID, caller: Signed) -> Response:
    """Let a user in again."""
    return _set_active(user_id, caller, active=True)


def _set_active(user_id: UUID, caller: Any, *, active: bool) -> Response:
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.KEEP_USERS)
        if user_id == principal.user_id:
            raise RuleBroken("not_allowed", act="deactivate_oneself")
        people.set_active(connection, clock.now(), user_id, active, by=principal.user_id)
        return answers.row(records.one(connection, "user", user_id, []))


@router.put("/users/{user_id}/password", status_code=204)
def set_password(user_id: UUID, body: NewPassword, caller: Signed) -> Response:
    """Set a password: one's own with the current one, anybody's as an administrator."""
    with caller.writing() as (connection, principal):  # guesses count even when what follows is refused
        whose = f"password of {user_id} by {principal.user_id}"
        throttles.charge(connection, throttles.DEVICE, whose, clock.now())
    with caller.writing() as (connection, principal):
        if user_id == principal.user_id:
            people.check_password(connection, user_id, body.current or "")
        else:
            scope_office.check(principal, Act.KEEP_USERS)
        people.set_password(connection, clock.now(), user_id, body.password, by=principal.user_id)
    return Response(status_code=204)


@router.get("/territories", response_model=TerritoryPage)
def list_territories(caller: Signed, after: shapes.After = None, limit: shapes.Limit = 200) -> Response:
    """List the territory tree."""
    with caller.reading() as (connection, _):
        return answers.page(records.listed(connection, "territory", [], after=after, limit=limit))


@router.post("/territories", status_code=201, response_model=Territory)
def create_territory(body: NewTerritory, caller: Signed) -> Response:
    """Make a territory."""
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.KEEP_TERRITORIES)
        made = territories.create(connection, clock.now(), **body.model_dump(), by=principal.user_id)
        return answers.row(records.one(connection, "territory", made, []), 201)


@router.post("/territories/{territory_id}/move", response_model=Territory)
def move_territory(territory_id: UUID, body: Move, caller: Signed) -> Response:
    """Hang a territory under another one, with everything below it."""
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.KEEP_TERRITORIES)
        territories.move(connection, clock.now(), territory_id, body.parent_id, by=principal.user_id)
        return answers.row(records.one(connection, "territory", territory_id, []))
