"""Users and their passwords, as the office and the command line keep them.

Whoever loses the right to be here (a new password, a deactivated user) loses every session
in the same transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Row, Table, func, select, update

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.users import Role, User
from server import operations, passwords, territories
from server.sessions import end_sessions
from server.tables_auth import credential, sign_in

user = cast(Table, User.__table__)


def create(
    connection: Connection,
    at: datetime,
    *,
    login: str,
    name: str,
    role: str,
    password: str,
    territory_id: UUID | None = None,
    title: str = "",
    by: UUID | None = None,
) -> UUID:
    """Make a user who can sign in; raises ``Invalid`` or ``RuleBroken`` (``login_taken``)."""
    if role not in set(Role):
        raise Invalid("not_a_choice", field="role", choices=list(Role))
    if not login.strip() or len(login) > 100:
        raise Invalid("bad_text", field="login")
    if territory_id is not None:
        territories.found(connection, territory_id)
    elif role in {Role.REP, Role.MANAGER}:
        raise Invalid("required", field="territory_id")
    taken = select(user.c.id).where(func.lower(user.c.login) == login.strip().lower())
    if connection.execute(taken).first():
        raise RuleBroken("login_taken")
    user_id = new_id()
    connection.execute(
        user.insert().values(
            id=user_id, version=0, login=login.strip(), name=name, title=title, role=role,
            territory_id=territory_id, active=True,
        )
    )  # fmt: skip
    set_password(connection, at, user_id, password, by=by)
    operations.record(connection, "user_created", at, user_id=by, entity="user", row_id=user_id)
    return user_id


def set_password(
    connection: Connection, at: datetime, user_id: UUID, password: str, *, by: UUID | None = None
) -> None:
    """Give the user a password; every session of the user ends."""
    found(connection, user_id)
    stored = {"password": passwords.hashed(password), "changed_at": at}
    mine = credential.c.user_id == user_id
    if connection.execute(update(credential).where(mine).values(stored)).rowcount == 0:
        connection.execute(credential.insert().values(user_id=user_id, **stored))
    end_sessions(connection, sign_in.c.user_id == user_id, at, "password_changed")
    operations.record(connection, "password_set", at, user_id=by, entity="user", row_id=user_id)


def check_password(connection: Connection, user_id: UUID, password: str) -> None:
    """Raise ``RuleBroken`` (``not_allowed``) unless ``password`` is the user's."""
    stored = connection.execute(select(credential.c.password).where(credential.c.user_id == user_id)).scalar()
    if not passwords.matches(stored, password):
        raise RuleBroken("not_allowed", act="set_password")


def set_active(
    connection: Connection, at: datetime, user_id: UUID, active: bool, *, by: UUID | None = None
) -> None:
    """Let the user in, or put the user out at once."""
    found(connection, user_id)
    connection.execute(update(user).where(user.c.id == user_id).values(active=active))
    if not active:
        end_sessions(connection, sign_in.c.user_id == user_id, at, "deactivated")
    what = "user_activated" if active else "user_deactivated"
    operations.record(connection, what, at, user_id=by, entity="user", row_id=user_id)


def found(connection: Connection, user_id: UUID) -> Row[Any]:
    """Return the user's row, or raise ``NotFound``."""
    row = connection.execute(select(user).where(user.c.id == user_id)).first()
    if row is None:
        raise NotFound("user", user_id)
    return row


def by_login(connection: Connection, login: str) -> Row[Any]:
    """Return the user's row by login, or raise ``NotFound``."""
    row = connection.execute(select(user).where(func.lower(user.c.login) == login.lower())).first()
    if row is None:
        raise NotFound("user", login)
    return row
