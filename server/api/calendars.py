"""``/calendar/<token>.ics`` for calendar programs, and ``/api/v1/calendar`` for whose it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from fieldcrm import clock
from server import calendars
from server.api.callers import Context, Signed

router = APIRouter(tags=["calendar"])

Token = Annotated[str, Path(min_length=20, max_length=100)]


class Feed(BaseModel):
    """A person's address: when it was made and last read, milliseconds; ``path`` only when just made."""

    made_at: int | None = None
    read_at: int | None = None
    path: str | None = None


@router.get("/calendar/{token}.ics", include_in_schema=False)
def subscribed(token: Token, context: Context) -> Response:
    """Return the plan of whoever made the address."""
    made = calendars.read(context.database, token, clock.now())
    headers = {
        "cache-control": "private, max-age=300",
        "content-disposition": 'inline; filename="visits.ics"',
    }
    return Response(made, media_type="text/calendar; charset=utf-8", headers=headers)


@router.get("/api/v1/calendar")
def state(caller: Signed) -> Feed:
    """Tell whether I have an address, and when it was read last."""
    with caller.reading() as (connection, principal):
        found = calendars.told(connection, principal.user_id)
    if found is None:
        return Feed()
    made, read = found
    return Feed(made_at=clock.to_ms(made), read_at=None if read is None else clock.to_ms(read))


@router.post("/api/v1/calendar", status_code=201)
def make(caller: Signed) -> Feed:
    """Make me a new address; the one before ends."""
    at = clock.now()
    with caller.writing() as (connection, principal):
        token = calendars.make(connection, principal.user_id, at)
    return Feed(made_at=clock.to_ms(at), path=f"/calendar/{token}.ics")


@router.delete("/api/v1/calendar", status_code=204)
def revoke(caller: Signed) -> Response:
    """End my address."""
    with caller.writing() as (connection, principal):
        calendars.revoke(connection, principal.user_id, clock.now())
    return Response(status_code=204)
