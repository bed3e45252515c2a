"""``/sync/v1``: hello, schema, sync, bootstrap, shared, poke, seen; bytes in, bytes out.

The event loop only moves bytes; a few threads of their own do the work, so that a burst of
laptops queues here and not inside the database. Whoever comes when the queue is long is
asked to come again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from fieldcrm import clock
from fieldcrm.errors import Malformed, SyncError, Throttled
from fieldcrm.sync.protocol import FIRST_SCHEMA, MAX_BATCH, MAX_BODY, MAX_ROWS, SCHEMA, Op, SyncRequest, Want
from server import bodies, exchange, holdings, limits, scope, seen
from server.api.callers import Caller, Context, Installation, Signed
from server.database import Database
from server.prebuilt import Prebuilt
from server.scope import Principal

router = APIRouter(prefix="/sync/v1", tags=["sync"])

Answer = TypeVar("Answer")
_decode = msgspec.json.Decoder(SyncRequest).decode


@router.post("/hello")
async def hello(request: Request, caller: Signed, context: Context) -> Response:
    """Tell versions, limits, scopes, epoch and the server's time."""
    asked = _asked_in(await bodies.whole(request, wire=limits.SYNC_WIRE, plain=limits.SYNC_PLAIN))
    body = await worked(
        caller, context, lambda who: exchange.hello(context.database, who, clock.now(), asked)
    )
    return bodies.answer(request, msgspec.json.encode(body))


@router.get("/schema")
async def schema(request: Request, caller: Signed, context: Context) -> Response:
    """Describe every synced entity: enough for a client that somebody else writes."""
    body = await worked(caller, context, lambda _who: exchange.schema())
    return bodies.answer(request, msgspec.json.encode(body))


@router.post("/sync")
async def sync(request: Request, caller: Signed, context: Context) -> Response:
    """Take what was pushed and return the next page: header, rows, trailer."""
    body = await bodies.whole(request, wire=limits.SYNC_WIRE, plain=limits.SYNC_PLAIN)

    def work(who: Principal) -> tuple[Response, float]:
        asked = decoded(body)
        said = exchange.reply(context.database, who, asked, at=clock.now(), progress=context.progress)
        mark_early_photos(context.database, asked)
        return bodies.answer(request, said.body, media_type=bodies.NDJSON), said.patience

    answer, patience = await worked(caller.handing_in(), context, work)
    await asyncio.sleep(patience)
    return answer


@router.get("/poke")
async def poke(_caller: Signed, request: Request, context: Context) -> Response:
    """Tell, as server-sent events, which of the caller's scopes changed: never what, and no data.

    The line ends when the token runs out or the session does; sign in, or refresh, and come again.
    """
    token = request.headers["authorization"].partition(" ")[2].strip()
    listener = await context.pokes.admit(token)
    return StreamingResponse(
        context.pokes.lines(listener), media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )  # fmt: skip


@router.get("/seen/{entity}/{row_id}")
async def who_holds(
    entity: str, row_id: UUID, request: Request, caller: Signed, context: Context
) -> Response:
    """Tell which colleagues' devices have this row as it is now; only of what the caller may see."""

    def work(who: Principal) -> dict[str, object]:
        context.progress.write()
        with context.database.reading() as connection:
            return seen.of_row(connection, scope.confirmed(connection, who), entity, row_id)

    return bodies.answer(request, msgspec.json.encode(await worked(caller, context, work)))


@router.get("/bootstrap/{scope}")
async def bootstrap(
    scope: str, request: Request, caller: Signed, context: Context,
    after: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str, Query(max_length=16_384)] = "",
    max_rows: Annotated[int, Query(ge=1)] = MAX_ROWS,
    max_bytes: Annotated[int, Query(ge=1)] = MAX_BODY,
    schema: Annotated[int, Query(ge=1, le=10_000)] = FIRST_SCHEMA,
) -> Response:  # fmt: skip
    """Return a slice of one scope; go on with the trailer's ``after`` and ``cursor``."""

    def work(who: Principal) -> Response:
        want = Want(max_rows, max_bytes)
        page = exchange.bootstrap(context.database, who, scope, after, want, clock.now(), cursor, schema)
        return bodies.answer(request, page, media_type=bodies.NDJSON)

    return await worked(caller, context, work)


@router.get("/shared/{scope}")
async def shared(
    scope: str, request: Request, caller: Signed, context: Context,
    schema: Annotated[int, Query(ge=1, le=10_000)] = FIRST_SCHEMA,
) -> Response:  # fmt: skip
    """Return a shared scope as a file of pages, with Range; ``If-Match`` to go on with the same file."""

    def work(who: Principal) -> tuple[Prebuilt, Path]:
        return exchange.shared(context.database, context.shelf, who, scope, schema, clock.now())

    found, path = await worked(caller, context, work)
    etag = f'"{found.etag}"'
    headers = {"etag": etag, "cache-control": "private, no-cache", "vary": "authorization"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    if request.headers.get("if-match", etag) != etag:
        raise SyncError("precondition_failed", etag=found.etag)
    return FileResponse(path, headers=headers, media_type="application/octet-stream")


class _Hello(msgspec.Struct):
    schema: int = SCHEMA


def _asked_in(body: bytes) -> int:
    """Return the schema that a client says hello in; who says nothing is of this year."""
    try:
        return msgspec.json.decode(body, type=_Hello).schema if body else SCHEMA
    except msgspec.DecodeError:
        return SCHEMA


def decoded(body: bytes) -> SyncRequest:
    """Return the request in ``body``, or raise ``Malformed`` saying where it is not one."""
    limits.check_shape(body)
    try:
        asked = _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed("malformed", what=str(error)) from error
    if len(asked.push) > MAX_BATCH:
        raise limits.too_large("push", MAX_BATCH)
    return asked


def mark_early_photos(database: Database, asked: SyncRequest) -> None:
    """Mark pushed photos whose file was here first."""
    hashes = [
        sha256
        for mutation in asked.push
        if mutation.agg[0] == "photo" and mutation.op is Op.CREATE and mutation.doc
        if isinstance(sha256 := mutation.doc.get("sha256"), str)
    ]
    if not hashes:
        return
    with database.reading() as connection:
        here = holdings.stored(connection, hashes)
    if here:
        with database.writing() as connection:
            holdings.mark_stored(connection, here)


async def worked(caller: Caller, context: Installation, work: Callable[[Principal], Answer]) -> Answer:
    """Return what ``work`` gives in one of the few threads that work for laptops; refuse when many wait."""
    threads = context.sync_threads
    if threads.statistics().tasks_waiting >= limits.IN_FLIGHT:
        raise Throttled("throttled", seconds=random.randint(2, 10))  # noqa: S311 - spreads a crowd

    def checked() -> Answer:
        with caller.reading() as (_, who):
            pass
        return work(who)

    return await anyio.to_thread.run_sync(checked, limiter=threads)
