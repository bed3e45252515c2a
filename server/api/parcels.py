"""What a laptop says last: that it has wiped itself, and the sealed work it leaves behind."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, StringConstraints
from starlette.concurrency import run_in_threadpool

from fieldcrm import clock
from fieldcrm.errors import Damaged, Malformed
from server import auth, bodies, devices, parcels
from server.api.callers import Caller, Context, Installation, caller_of
from server.api.shapes import PLAIN

router = APIRouter(tags=["devices"])

Nonce = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PLAIN)]
DeviceOf = Annotated[UUID | None, Header(alias="x-device")]
NonceOf = Annotated[Nonce | None, Header(alias="x-wipe-nonce")]


class Wiped(BaseModel):
    """A device that has obeyed; the nonce of its order proves which one it is."""

    device: UUID
    nonce: Nonce


@router.post("/auth/v1/wiped", status_code=204)
def wiped(told: Wiped, context: Context) -> Response:
    """Note that a lost device has destroyed its key."""
    at = clock.now()
    with context.database.writing() as connection:
        if auth.lost_device(connection, context.keys, told.device, told.nonce).wiped_at is None:
            devices.wiped(connection, at, told.device)
    return Response(status_code=204)


@router.post("/sync/v1/parcels", status_code=204)
async def leave_parcel(
    request: Request, context: Context, device: DeviceOf = None, nonce: NonceOf = None
) -> Response:
    """Take a sealed parcel from a signed-in device, or from a lost one that knows its order's nonce."""
    caller = None
    if device is not None and nonce is not None:  # proved before a byte of the parcel is read
        await run_in_threadpool(_check_lost, context, device, nonce)
    else:
        caller = await caller_of(request)
    content = await bodies.whole(request, wire=parcels.MOST_BYTES, plain=parcels.MOST_BYTES)
    await run_in_threadpool(_keep, context, caller, (device, nonce), content)
    return Response(status_code=204)


def _check_lost(context: Installation, device: UUID, nonce: str) -> None:
    with context.database.reading() as connection:
        auth.lost_device(connection, context.keys, device, nonce)


def _keep(
    context: Installation, caller: Caller | None, lost: tuple[UUID | None, str | None], content: bytes
) -> None:
    at, (device, nonce) = clock.now(), lost
    context.store.check_room(len(content))
    with context.database.writing() as connection:
        if caller is not None:
            device = auth.principal(connection, caller.identity, clock.to_ms(at)).device_id
        elif device is not None:
            device = auth.lost_device(connection, context.keys, device, nonce or "").id
        if device is None:
            raise Malformed("malformed", part="device")
        try:
            parcels.keep(connection, context.settings.parcels, device, content, at)
        except Damaged as error:
            raise Malformed("malformed", part="parcel") from error
