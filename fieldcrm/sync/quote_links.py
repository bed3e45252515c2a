"""The page on which a customer reads a round and answers; its address is made at the server."""

from __future__ import annotations

from uuid import UUID

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.remote import Remote


class Link(msgspec.Struct, frozen=True):
    """Where the page is; told only when it is made."""

    path: str


def make(remote: Remote, quote_id: UUID) -> str:
    """Make a new address for a round, which ends the one before, and return it whole."""
    body = remote.call("POST", f"/api/v1/quotes/{quote_id}/link").body
    try:
        return f"{remote.server}{msgspec.json.decode(body, type=Link).path}"
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
