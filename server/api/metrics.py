"""``/metrics``: numbers for whoever runs the server; for this machine and for administrators only."""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from server import metrics, scope_office
from server.api.callers import Caller, Context, Installation, caller_of
from server.scope_office import Act

router = APIRouter(tags=["health"])
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


@router.get("/metrics")
async def scrape(request: Request, context: Context) -> Response:
    """Answer this machine itself, or an administrator's token; a proxy on this machine is not it."""
    caller = None if _is_this_machine(request) else await caller_of(request)
    return Response(await run_in_threadpool(_text, context, caller), media_type=metrics.TYPE)


def _text(context: Installation, caller: Caller | None) -> str:
    if caller is not None:
        with caller.reading() as (_, principal):
            scope_office.check(principal, Act.SEE_METRICS)
    with context.database.reading() as connection:
        return metrics.text(connection, context.settings, context.requests)


def _is_this_machine(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    if "authorization" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
