"""The calendars people subscribe to: whose a token is, making one, taking it back.

The token is in the address and nowhere else: the table holds its digest, the logs the
route's pattern. There is one a person; a new one ends the one before.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Connection, Table, delete, select, update
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.model.users import User
from fieldcrm.services import calendars
from server import operations, tokens
from server.database import Database
from server.tables import calendar_feed

user = cast(Table, User.__table__)
_NOTED_EVERY = timedelta(minutes=10)


def make(connection: Connection, user_id: UUID, at: datetime) -> str:
    """Give a person a new address and return its token; this is the only time it is told."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(calendar_feed).where(calendar_feed.c.user_id == user_id))
    connection.execute(
        calendar_feed.insert().values(user_id=user_id, token=tokens.digest(token), made_at=at, read_at=None)
    )
    operations.record(connection, "calendar_made", at, user_id=user_id, entity="user", row_id=user_id)
    return token


def revoke(connection: Connection, user_id: UUID, at: datetime) -> None:
    """End a person's address; ending none is no error."""
    if connection.execute(delete(calendar_feed).where(calendar_feed.c.user_id == user_id)).rowcount:
        operations.record(connection, "calendar_revoked", at, user_id=user_id, entity="user", row_id=user_id)


def told(connection: Connection, user_id: UUID) -> tuple[datetime, datetime | None] | None:
    """Return when a person's address was made and last read, or None without one."""
    columns = calendar_feed.c.made_at, calendar_feed.c.read_at
    found = connection.execute(select(*columns).where(calendar_feed.c.user_id == user_id)).first()
    return (found.made_at, found.read_at) if found else None


def read(database: Database, token: str, at: datetime) -> bytes:
    """Return the calendar of a token, or raise ``NotFound``; one of somebody who left is gone too."""
    with database.reading() as connection:
        found = connection.execute(
            select(calendar_feed.c.user_id, calendar_feed.c.read_at)
            .join(user, user.c.id == calendar_feed.c.user_id)
            .where(calendar_feed.c.token == tokens.digest(token), user.c.active, user.c.archived_at.is_(None))
        ).first()
        if found is None:
            raise NotFound("calendar", "")
        with Session(connection) as session:
            made = calendars.calendar(session, found.user_id, at)
    if found.read_at is None or at - found.read_at > _NOTED_EVERY:
        _note(database, found.user_id, at)
    return made


def _note(database: Database, user_id: UUID, at: datetime) -> None:
    with database.writing() as connection:
        mine = calendar_feed.c.user_id == user_id
        connection.execute(update(calendar_feed).where(mine).values(read_at=at))
