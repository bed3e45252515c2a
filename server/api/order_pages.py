"""``/o/<token>``: a customer orders by himself; ``/api/v1/accounts/<id>/order-page`` makes its address.

Whatever stands behind ``/o/`` is taken for a token, so that a guess of any form gets one answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, quote
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from fieldcrm import clock
from fieldcrm.errors import NotFound
from server import order_html, order_page
from server.api.callers import Context, Signed

router = APIRouter(tags=["order pages"])

_MAX_FORM = 131_072
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
}


class Address(BaseModel):
    """Where the customer's page is; told only now."""

    path: str


@router.post("/api/v1/accounts/{account_id}/order-page", status_code=201)
def make(account_id: UUID, caller: Signed) -> Address:
    """Give a customer a page to order by himself, in the caller's name; the one he had ends."""
    with caller.writing() as (connection, principal):
        token = order_page.make(connection, principal, account_id, clock.now())
    return Address(path=f"/o/{token}")


@router.get("/o/{token:path}", include_in_schema=False)
def show(token: str, context: Context, done: str = "") -> Response:
    """Show the range, or an order that was just made."""
    try:
        with context.database.reading() as connection:
            if done:
                return _page(order_html.done(order_page.done(connection, token, done, clock.now())), 200)
            return _page(order_html.shop(order_page.shop(connection, token, clock.now())), 200)
    except NotFound:
        return _page(order_html.gone(), 404)


@router.post("/o/{token:path}", include_in_schema=False)
async def answer(token: str, request: Request, context: Context) -> Response:
    """Turn the page, search, price what was entered, or make the order."""
    sent = b""
    async for chunk in request.stream():
        sent += chunk
        if len(sent) > _MAX_FORM:
            return _page(order_html.gone(), 413)
    said = parse_qs(sent.decode("utf-8", "replace"), max_num_fields=2_000)
    form = {name: values[0].replace("\0", "") for name, values in said.items()}
    try:
        return await run_sync(lambda: _answered(token, form, context))
    except (NotFound, ValueError):
        return _page(order_html.gone(), 404)


def _answered(token: str, form: Mapping[str, str], context: Context) -> Response:
    at, do = clock.now(), form.get("do", "")
    wanted, wrong = order_page.read_wanted(form)
    if do == "confirm" and not wrong:
        with context.database.writing() as connection:
            number = form.get("number", "")
            again = order_page.confirm(connection, token, wanted, number, form.get("content", ""), at)
        if again is not None:
            return _page(order_html.checked(again), 200)
        where = f"/o/{quote(token)}?done={quote(number)}"
        return Response(status_code=303, headers=_HEADERS | {"location": where})
    with context.database.reading() as connection:
        if do == "check" and wanted and not wrong:
            return _page(order_html.checked(order_page.check(connection, token, wanted, at)), 200)
        step = {"on": order_page.PAGE, "back": -order_page.PAGE}.get(do)
        first = form.get("first", "0")
        start = int(first) + step if step and first.isdigit() and len(first) < 7 else 0
        text = form.get("text", "")[:60]
        shown = order_page.shop(connection, token, at, text=text, first=start, wanted=wanted)
    return _page(order_html.shop(shown, wrong), 200)


def _page(html: str, status: int) -> Response:
    return Response(html, status, media_type="text/html; charset=utf-8", headers=_HEADERS)
