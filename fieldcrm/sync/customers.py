"""Customers whose rows do not come to the office's laptop: found at the server by name or code."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.remote import Remote

_PATH = "/api/v1/accounts"
_MOST = 50


class _Row(msgspec.Struct, frozen=True):
    code: str = ""
    name: str = ""


class _Page(msgspec.Struct, frozen=True):
    items: list[_Row]


def find(remote: Remote, text: str) -> list[tuple[str, str]]:
    """Return codes and names of customers that fit a search; those without a code cannot be named."""
    body = remote.call("GET", f"{_PATH}?limit={_MOST}&q={quote(text)}").body
    try:
        page = msgspec.json.decode(body, type=_Page)
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
    return [(each.code, each.name) for each in page.items if each.code]
