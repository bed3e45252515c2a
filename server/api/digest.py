"""``/sync/v1/digest``, ``/ids`` and ``/rows``: a laptop compares what it holds, and gets what it lacks."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from fastapi import APIRouter, Request, Response

from fieldcrm import clock
from fieldcrm.errors import Malformed
from fieldcrm.sync.protocol import DigestRequest, IdsRequest, RowsRequest
from server import bodies, digest, limits
from server.api.callers import Context, Signed
from server.api.sync import worked

router = APIRouter(prefix="/sync/v1", tags=["sync"])

Asked = TypeVar("Asked")


@router.post("/digest")
async def differing(request: Request, caller: Signed, context: Context) -> Response:
    """Return the buckets of what does not agree with the sums told."""
    asked = await _asked(request, DigestRequest)
    told = await worked(
        caller, context, lambda who: digest.differing(context.database, who, asked, clock.now())
    )
    return bodies.answer(request, told)


@router.post("/ids")
async def ids(request: Request, caller: Signed, context: Context) -> Response:
    """Return id and version of the rows in some buckets."""
    asked = await _asked(request, IdsRequest)
    told = await worked(caller, context, lambda who: digest.ids(context.database, who, asked))
    return bodies.answer(request, told)


@router.post("/rows")
async def rows(request: Request, caller: Signed, context: Context) -> Response:
    """Return single rows, as in a page."""
    asked = await _asked(request, RowsRequest)
    told = await worked(caller, context, lambda who: digest.rows(context.database, who, asked, clock.now()))
    return bodies.answer(request, told, media_type=bodies.NDJSON)


async def _asked(request: Request, kind: type[Asked]) -> Asked:
    body = await bodies.whole(request, wire=limits.SYNC_WIRE, plain=limits.SYNC_PLAIN)
    limits.check_shape(body)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed("malformed", what=str(error)) from error
