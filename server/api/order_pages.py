"""``/o/<token>``: a customer orders by himself; ``/api/v1/accounts/<id>/order-page`` makes its address.

Whatever stands behind ``/o/`` is taken for a token, so that a guess of any form gets one answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from fieldcrm import clock
from fieldcrm.errors import NotFound
from server import order_html, order_page
from server.api import public_pages
from server.api.callers import Context, Signed
from server.api.public_pages import page, see

router = APIRouter(tags=["order pages"])

_MOST_BYTES = 131_072


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
                return page(order_html.done(order_page.done(connection, token, done, clock.now())), 200)
            return page(order_html.shop(order_page.shop(connection, token, clock.now())), 200)
    except NotFound:
        return page(order_html.gone(), 404)


@router.post("/o/{token:path}", include_in_schema=False)
async def answer(token: str, request: Request, context: Context) -> Response:
    """Turn the page, search, price what was entered, or make the order."""
    form = await public_pages.form(request, _MOST_BYTES)
    if form is None:
        return page(order_html.gone(), 413)
    try:
        return await run_sync(lambda: _answered(token, form, context))
    except (NotFound, ValueError):
        return page(order_html.gone(), 404)


def _answered(token: str, form: Mapping[str, str], context: Context) -> Response:
    at, do = clock.now(), form.get("do", "")
    wanted, wrong = order_page.read_wanted(form)
    if do == "confirm" and not wrong:
        with context.database.writing() as connection:
            number = form.get("number", "")
            again = order_page.confirm(connection, token, wanted, number, form.get("content", ""), at)
        if again is not None:
            return page(order_html.checked(again), 200)
        return see(f"/o/{quote(token)}?done={quote(number)}")
    with context.database.reading() as connection:
        if do == "check" and wanted and not wrong:
            return page(order_html.checked(order_page.check(connection, token, wanted, at)), 200)
        step = {"on": order_page.PAGE, "back": -order_page.PAGE}.get(do)
        first = form.get("first", "0")
        start = int(first) + step if step and first.isdigit() and len(first) < 7 else 0
        text = form.get("text", "")[:60]
        shown = order_page.shop(connection, token, at, text=text, first=start, wanted=wanted)
    return page(order_html.shop(shown, wrong), 200)
