"""What this device knows of itself, by name: ids, server, user."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from fieldcrm.storage.local import DeviceFact

DEVICE_ID = "device_id"
SERVER = "server"
USER_ID = "user_id"
RESCUED = "rescued"
TOKENS = "tokens"
SEAT = "seat"
FILE_ID = "file_id"
NEXT_DEVICE = "next_device_id"


def fact(session: Session, name: str, default: Any = None) -> Any:
    """Return one fact, or ``default``."""
    found = session.scalar(select(DeviceFact.value).where(DeviceFact.key == name))
    return default if found is None else found


def remember(session: Session, name: str, value: Any) -> None:
    """Keep one fact; ``value`` is plain JSON."""
    statement = insert(DeviceFact).values(key=name, value=value)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def forget(session: Session, name: str) -> None:
    """Know one fact no more."""
    session.execute(delete(DeviceFact).where(DeviceFact.key == name))


def own_id(session: Session) -> str:
    """Return the id the server knows this device by; empty before it ever signed in."""
    return str(fact(session, DEVICE_ID, ""))


def server_key(session: Session) -> str:
    """Return the public half of the key its server signs with; empty before it ever signed in."""
    tokens = fact(session, TOKENS)
    return str(tokens.get("server_key", "")) if isinstance(tokens, dict) else ""
