"""``/health``: whether this process can read its database; nothing about who or what is in it."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

import fieldcrm
from fieldcrm import clock
from server.api.callers import Context

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Alive; ``time`` is the server's clock in milliseconds since 1970."""

    status: str
    version: str
    time: int


@router.get("/health")
def health(context: Context) -> Health:
    """Answer if the database answers."""
    with context.database.reading() as connection:
        connection.execute(text("SELECT 1"))
    return Health(status="ok", version=fieldcrm.__version__, time=clock.to_ms(clock.now()))
