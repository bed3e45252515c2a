"""The key with which an approver answers over the phone: made from the server's own, told to him alone.

Nothing of it is stored but its number, which goes up when a laptop of his is lost: the sheets
of the old number end with it.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from fieldcrm.rules.quotes import APPROVERS
from server import keys
from server.database import run


def number(connection: Connection, user_id: UUID) -> int:
    """Return which of his keys holds now."""
    found = run(connection, "SELECT value FROM counter WHERE name = ?", _name(user_id)).first()
    return int(found[0]) if found is not None else 0


def secret(connection: Connection, user_id: UUID, which: int) -> bytes:
    """Return one of his keys."""
    return keys.derived(connection, f"fieldcrm approver key 1|{user_id}|{which}")


def told(connection: Connection, user_id: UUID, role: str) -> str:
    """Return what somebody is told when he signs in; empty for who approves nothing."""
    if role not in APPROVERS:
        return ""
    which = number(connection, user_id)
    return f"{which}:{secret(connection, user_id, which).hex()}"


def renew(connection: Connection, user_id: UUID) -> None:
    """Let his key and every sheet made with it end."""
    run(
        connection,
        "INSERT INTO counter (name, value) VALUES (?, 1) "
        "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1",
        _name(user_id),
    )


def _name(user_id: UUID) -> str:
    return f"ak:{user_id}"
