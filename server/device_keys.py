"""What this installation and no other knows about a laptop: made from the installation's signing key.

Nothing of it is in the database, so a stolen backup opens no parcel and no laptop. ``share``
is the server's half of a laptop's database key: told at every sign-in and refresh to a
device in good standing, kept by the laptop for as long as its lease runs.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

from fieldcrm import sealing
from fieldcrm.clock import to_ms


def _made(signing: bytes, what: str) -> bytes:
    return hmac.digest(signing, f"fieldcrm {what}".encode(), "sha256")


def parcel_key(signing: bytes) -> bytes:
    """Return the private key that opens parcels."""
    return _made(signing, "parcels")


def terms(signing: bytes, device_id: UUID, lease_days: int) -> dict[str, Any]:
    """Return what a device in good standing is told: where to seal to, its share, how long it lasts."""
    return {
        "parcel_key": sealing.public_of(parcel_key(signing)).hex(),
        "share": _made(signing, f"share of {device_id}").hex(),
        "lease_days": lease_days,
    }


def nonce(signing: bytes, device_id: UUID, since: datetime | None) -> str:
    """Return the nonce of the order that began at ``since``; another loss has another one."""
    return _made(signing, f"wipe of {device_id} since {to_ms(since) if since else 0}").hex()[:32]
