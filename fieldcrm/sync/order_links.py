"""The page on which a customer orders by himself; its address is made at the server."""

from __future__ import annotations

from uuid import UUID

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.quote_links import Link
from fieldcrm.sync.remote import Remote


def make(remote: Remote, account_id: UUID) -> str:
    """Give a customer a page, which ends the one he had, and return its whole address."""
    body = remote.call("POST", f"/api/v1/accounts/{account_id}/order-page").body
    try:
        return f"{remote.server}{msgspec.json.decode(body, type=Link).path}"
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
