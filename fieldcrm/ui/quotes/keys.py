"""What this laptop holds of keys for approving without a network."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fieldcrm.services import quote_codes
from fieldcrm.services.quote_codes import Key
from fieldcrm.ui.context import Context


@dataclass(frozen=True, slots=True)
class Keys:
    """The server's public key, the key of who approves by phone, and which device's sheets count."""

    server: str = ""
    approver: Key | None = None
    device: UUID | None = None


def here(context: Context) -> Keys:
    """Return them; a laptop that never signed in has none."""
    remote = context.laptop.remote if context.laptop is not None else None
    tokens = remote.tokens if remote is not None else None
    if remote is None or tokens is None:
        return Keys()
    return Keys(tokens.server_key, quote_codes.key_of(tokens.approver_key), UUID(remote.device))
