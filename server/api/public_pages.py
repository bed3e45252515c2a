"""What the pages for customers have in common: anybody may ask for them, and nothing runs in them."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import Request, Response

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "vary": "accept-language",
    "x-robots-tag": "noindex, nofollow",
}
_MOST_FIELDS = 2_000


def page(html: str, status: int) -> Response:
    """Answer with a whole page."""
    return Response(html, status, media_type="text/html; charset=utf-8", headers=HEADERS)


def see(path: str) -> Response:
    """Send the browser on after a form, so that going back does not send it again."""
    return Response(status_code=303, headers=HEADERS | {"location": path})


async def form(request: Request, most_bytes: int) -> dict[str, str] | None:
    """Read the form that was sent, each field once and without NULs; None if it is larger than ours are."""
    sent = b""
    async for chunk in request.stream():
        sent += chunk
        if len(sent) > most_bytes:
            return None
    try:
        said = parse_qs(sent.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:  # more fields than that
        return None
    return {name: values[0].replace("\0", "") for name, values in said.items()}
