"""What the pages for customers have in common: anybody may ask for them, and nothing runs in them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs

from fastapi import Request, Response

from fieldcrm.errors import FieldCrmError, Malformed, NotFound
from server import bodies, errors, gates, quote_style
from server.gates import Gates
from server.order_page import style

_STYLES = " ".join(
    f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
    for text in (style.STYLE, quote_style.STYLE)
)
HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src {_STYLES}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "vary": "accept-language",
    "x-robots-tag": "noindex, nofollow",
}
_MOST_FIELDS = 2_000


@dataclass(frozen=True, slots=True)
class Instead:
    """The pages that are shown when the one that was asked for cannot be: as HTML."""

    gone: str
    waiting: str


def answered(request: Request, guard: Gates, instead: Instead, work: Callable[[], Response]) -> Response:
    """Answer somebody who has not asked too often; what stands in the way is told on a page."""
    try:
        guard.looks.enter(request.path_params["token"])
        return _found(request, guard, instead, work)
    except Exception as error:
        known = error if isinstance(error, FieldCrmError) else errors.recognised(error)
        if known is None:
            raise
        answer = page(instead.waiting, errors.status_of(known))
        answer.headers.update({"retry-after": errors.seconds(known), "x-problem": known.code})
        return answer


def _found(request: Request, guard: Gates, instead: Instead, work: Callable[[], Response]) -> Response:
    try:
        return work()
    except NotFound:
        guard.misses.enter(gates.whose(request.client.host if request.client else "-"))
        return page(instead.gone, 404)


def page(html: str, status: int) -> Response:
    """Answer with a whole page."""
    return Response(html, status, media_type="text/html; charset=utf-8", headers=HEADERS)


def see(path: str) -> Response:
    """Send the browser on after a form, so that going back does not send it again."""
    return Response(status_code=303, headers=HEADERS | {"location": path})


async def form(request: Request, most_bytes: int) -> dict[str, str] | None:
    """Read the form that was sent, each field once and without NULs; None if it is larger than ours are."""
    try:
        sent = await bodies.whole(request, wire=most_bytes, plain=most_bytes)
        said = parse_qs(sent.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except Malformed as error:
        if error.code != "too_large":
            raise
        return None
    except ValueError:  # more fields than that
        return None
    return {name: values[0].replace("\0", "") for name, values in said.items()}
