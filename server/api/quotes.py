"""``/q/<token>``: the customer's page of a quote; ``/api/v1/quotes/<id>/link`` makes its address.

Whatever stands behind ``/q/`` is taken for a token, so that a guess of any form gets one answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from fieldcrm import clock
from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.rules.quotes import Act
from server import quote_html, quote_page
from server.api import public_pages
from server.api.callers import Context, Signed
from server.api.public_pages import Instead, answered, page, see

router = APIRouter(tags=["quotes"])

_MOST_BYTES = 32_768


class Link(BaseModel):
    """Where the customer's page is; told only now."""

    path: str


@router.post("/api/v1/quotes/{quote_id}/link", status_code=201)
def make(quote_id: UUID, caller: Signed) -> Link:
    """Make a new address for one of my rounds, which sends it; the one before ends."""
    with caller.writing() as (connection, principal):
        token = quote_page.make(connection, principal, quote_id, clock.now())
    return Link(path=f"/q/{token}")


@router.get("/q/{token:path}", include_in_schema=False)
def show(token: str, context: Context, request: Request) -> Response:
    """Show the round to whoever has its address."""
    words, at = _words(request), clock.now()

    def look() -> Response:
        with context.database.reading() as connection:
            was = quote_page.ended(connection, token, at)
            if was is not None:
                return page(quote_html.ended(was, words), 410)
            detail, content = quote_page.read(connection, token, at)
            return page(quote_html.page(detail, content, words), 200)

    return answered(request, context.gates, _instead(words), look)


@router.post("/q/{token:path}", include_in_schema=False)
async def answer(token: str, request: Request, context: Context) -> Response:
    """Take the customer's answer and show the page again; words that come too late are given back."""
    words, form = _words(request), await public_pages.form(request, _MOST_BYTES)
    if form is None:
        return page(quote_html.too_large(words), 413)

    def write() -> Response:
        note = form.get("note", "")
        try:
            with context.database.writing() as connection:
                act = Act(form.get("act", ""))
                quote_page.answer(connection, token, act, note, form.get("content", ""), clock.now())
            return see(f"/q/{quote(token)}")
        except NotFound:
            with context.database.reading() as connection:
                if quote_page.ended(connection, token, clock.now()) is None:
                    raise
        except (RuleBroken, ValueError):
            pass  # the page says how it stands
        return page(quote_html.unsent(note, words), 409) if note.strip() else see(f"/q/{quote(token)}")

    return await run_sync(lambda: answered(request, context.gates, _instead(words), write))


def _instead(words: Mapping[str, str]) -> Instead:
    return Instead(quote_html.gone(words), quote_html.waiting(words))


def _words(request: Request) -> Mapping[str, str]:
    return quote_html.words_of(request.headers.get("accept-language", ""))
