"""The address under which one's plan can be subscribed to; made and ended at the server."""

from __future__ import annotations

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.remote import Remote

_PATH = "/api/v1/calendar"


class Feed(msgspec.Struct, frozen=True):
    """When the address was made and last read; ``path`` is told once, when it is made."""

    made_at: int | None = None
    read_at: int | None = None
    path: str | None = None


def state(remote: Remote) -> Feed:
    """Return whether there is an address."""
    return _read(remote.call("GET", _PATH).body)


def make(remote: Remote) -> tuple[Feed, str]:
    """Make a new address, which ends the one before, and return it whole."""
    feed = _read(remote.call("POST", _PATH).body)
    return feed, f"{remote.server}{feed.path}"


def revoke(remote: Remote) -> None:
    """End the address."""
    remote.call("DELETE", _PATH)


def _read(body: bytes) -> Feed:
    try:
        return msgspec.json.decode(body, type=Feed)
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
