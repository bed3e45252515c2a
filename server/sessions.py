"""Ending sessions: whoever loses the right to be here loses them in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from server.tables_auth import sign_in


def end_sessions(connection: Connection, which: Any, at: datetime, why: str) -> None:
    """End the sessions that ``which`` (a condition on ``sign_in``) picks."""
    alive = update(sign_in).where(which, sign_in.c.ended_at.is_(None))
    connection.execute(alive.values(ended_at=at, ended_because=why))
