"""``/o/<token>``: a customer orders by himself; ``/api/v1/accounts/<id>/order-page`` makes its address.

Whatever stands behind ``/o/`` is taken for a token, so that a guess of any form gets one answer.
"""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from fieldcrm import clock
from server.api import public_pages
from server.api.callers import Context, Signed
from server.api.public_pages import Instead, answered, page, see
from server.order_page import acts, frame, links, views
from server.order_page.words import Words, words_of

router = APIRouter(tags=["order pages"])

_MOST_BYTES = 131_072


class Address(BaseModel):
    """Where the customer's page is; told only now."""

    path: str


@router.post("/api/v1/accounts/{account_id}/order-page", status_code=201)
def make(account_id: UUID, caller: Signed) -> Address:
    """Give a customer a page to order by himself, in the caller's name; the one he had ends."""
    with caller.writing() as (connection, principal):
        token = links.make(connection, principal, account_id, clock.now())
    return Address(path=f"/o/{token}")


@router.get("/o/{token:path}", include_in_schema=False)
def show(token: str, request: Request, context: Context) -> Response:
    """Show a part of the page: the range, the basket, an article that is put together, earlier orders."""
    words, query = _words(request), acts.query(str(request.query_params))

    def look() -> Response:
        with context.database.reading() as connection:
            return page(views.view(connection, token, query, words, clock.now()), 200)

    return answered(request, context.gates, _instead(words), look)


@router.post("/o/{token:path}", include_in_schema=False)
async def answer(token: str, request: Request, context: Context) -> Response:
    """Keep what was typed and do what a button says; then the browser looks at the result."""
    words, query = _words(request), acts.query(str(request.query_params))
    form = await public_pages.form(request, _MOST_BYTES)
    if form is None:
        return page(frame.too_large(words), 413)

    def press() -> Response:
        with context.database.writing() as connection:
            where = acts.act(connection, token, query, form, clock.now())
        return see(f"/o/{quote(token)}{where}")

    return await run_sync(lambda: answered(request, context.gates, _instead(words), press))


def _instead(words: Words) -> Instead:
    return Instead(frame.gone(words), frame.waiting(words))


def _words(request: Request) -> Words:
    return words_of(request.headers.get("accept-language", ""))
