"""The pages customers have at the server: their addresses are made there and told only then."""

from __future__ import annotations

from uuid import UUID

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.remote import Remote


class _Made(msgspec.Struct, frozen=True):
    path: str


def of_quote(remote: Remote, quote_id: UUID) -> str:
    """Make the page on which a round is read and answered; the round's page before ends."""
    return _made(remote, f"/api/v1/quotes/{quote_id}/link")


def of_account(remote: Remote, account_id: UUID) -> str:
    """Make the page on which a customer orders by himself; the one he had ends."""
    return _made(remote, f"/api/v1/accounts/{account_id}/order-page")


def _made(remote: Remote, route: str) -> str:
    body = remote.call("POST", route).body
    try:
        return f"{remote.server}{msgspec.json.decode(body, type=_Made).path}"
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
