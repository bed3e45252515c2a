"""The operation log (Z1): who did what when; it never holds a value, a password or a token."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm.ids import new_id
from server.tables_auth import operation


def record(
    connection: Connection,
    what: str,
    at: datetime,
    *,
    user_id: UUID | None = None,
    device_id: UUID | None = None,
    entity: str | None = None,
    row_id: UUID | None = None,
    **facts: object,
) -> None:
    """Write one line into the log, in the transaction of the act itself."""
    connection.execute(
        operation.insert().values(
            id=new_id(), at=at, user_id=user_id, device_id=device_id, what=what,
            entity=entity, row_id=row_id, facts=facts or None,
        )
    )  # fmt: skip
