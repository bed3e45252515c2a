"""Customers' own price books: they travel with territories, so the office's laptop asks for them.

Everything that is in force at the server and belongs to a territory is read page by page; the
draft keeps it beside what sync brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.remote import Remote

_PATH = "/api/v1/price-books"
_PAGE = 200
Row = dict[str, Any]


class _Page(msgspec.Struct, frozen=True):
    items: list[Row]
    next: str | None = None


def fetch(
    remote: Remote, stop: Callable[[], bool], tell: Callable[[int, int], object]
) -> dict[str, list[Row]] | None:
    """Return the books of territories and their prices as on the wire; None when it was stopped."""
    books = [each for each in _all(remote, _PATH) if each.get("territory_id") and _lives(each)]
    entries: list[Row] = []
    for number, book in enumerate(books):
        tell(number, len(books))
        if stop():
            return None
        entries += [each for each in _all(remote, f"{_PATH}/{book['id']}/entries") if _lives(each)]
    return {"price_book": books, "price_entry": entries}


def _lives(row: Row) -> bool:
    return row.get("until_set") is None and row.get("archived_at") is None


def _all(remote: Remote, path: str) -> Iterator[Row]:
    after = ""
    while True:
        body = remote.call("GET", f"{path}?limit={_PAGE}" + (f"&after={after}" if after else "")).body
        try:
            page = msgspec.json.decode(body, type=_Page)
        except msgspec.DecodeError as error:
            raise Malformed("not_our_protocol") from error
        yield from page.items
        if not page.next:
            return
        after = page.next
