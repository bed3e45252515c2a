"""``/api/v1/devices``: who works on which laptop, what it holds, and what may become of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from fieldcrm import clock
from server import devices, scope_office
from server.api import shapes
from server.api.callers import Signed
from server.scope_office import Act

router = APIRouter(prefix="/api/v1", tags=["devices"])
State = Annotated[Literal["active", "push_only", "revoked_wipe"] | None, Query(description="only this state")]


class Device(BaseModel):
    """A laptop. ``push_only`` hands in its work until ``hand_in_until``; ``revoked_wipe`` is lost.

    ``unsent`` is how many changes and photos it said it holds when it was last seen; ``wiped_at``
    is when it confirmed that it has destroyed its key.
    """

    id: UUID
    user_id: UUID
    login: str
    person: str
    name: str
    state: str
    unsent: int | None
    seen_at: int | None
    state_at: int | None
    wiped_at: int | None
    hand_in_until: int | None


class Devices(BaseModel):
    """The devices the caller sees; ``next`` is the id to go on after."""

    items: list[Device]
    next: UUID | None


class DeviceAct(BaseModel):
    """Something that was done about a device; without a person it was done at the server itself."""

    at: int
    what: str
    login: str
    person: str


class DeviceActs(BaseModel):
    """What was done about a device, the latest first."""

    items: list[DeviceAct]


@router.get("/devices", response_model=Devices)
def list_devices(
    caller: Signed, q: shapes.Search = "", state: State = None, mine: bool = False,
    after: shapes.After = None, limit: shapes.Limit = 200,
) -> Any:  # fmt: skip
    """List the devices the caller sees: his own, his people's, or all."""
    with caller.reading() as (connection, principal):
        scope_office.check(principal, Act.SEE_DEVICES)
        seen = scope_office.seen_people(connection, principal)
        whose = frozenset({principal.user_id}) if mine else seen
        found = devices.listing(connection, whose, search=q, state=state or "", after=after, limit=limit + 1)
    return {"items": found[:limit], "next": found[limit - 1]["id"] if len(found) > limit else None}


@router.get("/devices/{device_id}/acts", response_model=DeviceActs)
def device_acts(device_id: UUID, caller: Signed) -> Any:
    """Tell who decided what about a device, and when."""
    with caller.reading() as (connection, principal):
        scope_office.check_device(connection, principal, Act.SEE_DEVICES, device_id)
        return {"items": devices.acts(connection, device_id)}


@router.post("/devices/{device_id}/revoke", status_code=204)
def revoke_device(device_id: UUID, caller: Signed) -> Response:
    """Shut a lost device out; it wipes itself when it next asks."""
    _do(device_id, caller, Act.REVOKE_DEVICES, devices.lost)
    return Response(status_code=204)


@router.post("/devices/{device_id}/lost", response_model=Device)
def report_lost(device_id: UUID, caller: Signed) -> Any:
    """Shut a lost device out, as ``revoke``; one's own device may be reported by anybody."""
    return _do(device_id, caller, Act.REPORT_LOST, devices.lost)


@router.post("/devices/{device_id}/leaver", response_model=Device)
def make_leaver(device_id: UUID, caller: Signed) -> Any:
    """Let a device hand in its work for 72 hours and receive nothing."""
    return _do(device_id, caller, Act.REVOKE_DEVICES, devices.leaver)


@router.post("/devices/{device_id}/restore", response_model=Device)
def restore_device(device_id: UUID, caller: Signed) -> Any:
    """Let a device take part again."""
    return _do(device_id, caller, Act.RESTORE_DEVICES, devices.restore)


@router.post("/devices/{device_id}/sign-out", response_model=Device)
def sign_out_device(device_id: UUID, caller: Signed) -> Any:
    """End a device's session; what is on it stays, and a password lets it in again."""
    return _do(device_id, caller, Act.REPORT_LOST, devices.sign_out)


def _do(device_id: UUID, caller: Any, act: Act, work: Callable[..., None]) -> dict[str, Any]:
    at: datetime = clock.now()
    with caller.writing() as (connection, principal):
        scope_office.check_device(connection, principal, act, device_id)
        work(connection, at, device_id, by=principal.user_id)
        return devices.one(connection, device_id)
