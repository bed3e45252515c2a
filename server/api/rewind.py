"""``/sync/v1/rewind``: a device finds its way after the server was restored."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from fastapi import APIRouter, Request, Response

from fieldcrm import clock
from fieldcrm.errors import Malformed
from fieldcrm.sync.protocol import HeldRows, RewindRequest
from server import bodies, limits, rewind
from server.api.callers import Context, Signed
from server.api.sync import worked
from server.scope import Principal

router = APIRouter(prefix="/sync/v1", tags=["sync"])

Asked = TypeVar("Asked", RewindRequest, HeldRows)
_request = msgspec.json.Decoder(RewindRequest)
_rows = msgspec.json.Decoder(HeldRows)


@router.post("/rewind")
async def recover(request: Request, caller: Signed, context: Context) -> Response:
    """Find the newest common point of a device's cursor history, and which of its mutations are lost.

    Asked after ``409 epoch_changed``; ``429`` spreads a crowd. Further acknowledged ids go in
    requests of their own (``part``).
    """
    body = await bodies.whole(request, wire=limits.SYNC_WIRE, plain=limits.SYNC_PLAIN)

    def work(who: Principal) -> Response:
        asked = _of(_decoded(body, _request), who)
        answer = rewind.recover(context.database, who, asked, clock.now())
        return bodies.answer(request, msgspec.json.encode(answer))

    return await worked(caller.handing_in(), context, work)


@router.post("/rewind/rows")
async def tell_anew(request: Request, caller: Signed, context: Context) -> Response:
    """Return rows as they are now: header, rows, trailer; what was held beyond is kept."""
    body = await bodies.whole(request, wire=limits.SYNC_WIRE, plain=limits.SYNC_PLAIN)

    def work(who: Principal) -> Response:
        asked = _of(_decoded(body, _rows), who)
        page = rewind.tell_anew(context.database, who, asked, clock.now())
        return bodies.answer(request, page, media_type=bodies.NDJSON)

    return await worked(caller, context, work)


def _decoded(body: bytes, decoder: msgspec.json.Decoder[Asked]) -> Asked:
    limits.check_shape(body)
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed("malformed", what=str(error)) from error


def _of(asked: Asked, who: Principal) -> Asked:
    if asked.dev.lower() != str(who.device_id):
        raise Malformed("malformed", part="dev")
    return asked
