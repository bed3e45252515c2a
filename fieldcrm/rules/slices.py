"""How everything that can be exceeded is divided among devices that sell without a network (decision 6).

A device is given a slice of what nobody else holds and spends only that. A slice never shrinks,
because its device may be out of reach; it expires, or is called back: then it ends at the server at
once, and at its device with the next sync, at the latest when it would have ended anyway. What it had
left comes back once ``GRACE`` has passed too, or its device has shown that nothing of that time is
still to come: until then work may arrive, and is covered. The server signs each slice, so an edited
file spends nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Any

VALID = timedelta(days=7)
GRACE = VALID + timedelta(days=14)  # a device that never heard of a recall goes on for VALID
_PURPOSE = "fieldcrm slice 1"
_LOW = Decimal("0.25")


class Limit(StrEnum):
    """What can be exceeded; the key says of what: a promotion, an account, a lot, an article."""

    BUDGET = "budget"  # promotion: money
    USES = "uses"  # promotion: orders of everybody
    TURN = "turn"  # account: one device at a time uses what each customer may use only so often
    REBATE = "rebate"  # lot: money, or base units of its goods
    PREPAY = "prepay"  # account: money
    CASH = "cash"  # account: money
    CREDIT = "credit"  # account: money
    STOCK = "stock"  # article: base units


class Ended(StrEnum):
    """Why a slice was called back before its time."""

    LOWERED = "lowered"  # there is less now than laptops hold
    RECALLED = "recalled"  # the office asked for all parts of it
    MOVED = "moved"  # its device serves the customer no more


OF_EVERYBODY = frozenset({Limit.BUDGET, Limit.USES, Limit.STOCK})
COUNTED = frozenset({Limit.USES, Limit.TURN, Limit.STOCK})
Named = tuple[str, str]  # a limit and its key


@dataclass(frozen=True, slots=True)
class Slice:
    """What one device was given of a limit, and what of it the server has counted."""

    amount: Decimal
    spent: Decimal
    expires_at: datetime

    @property
    def left(self) -> Decimal:
        """What may still be spent of it."""
        return max(self.amount - self.spent, Decimal())


def sellable(slices: Iterable[Slice], at: datetime) -> Decimal:
    """Return what a device may still spend at ``at``."""
    return sum((each.left for each in slices if at < each.expires_at), Decimal())


def reserved(slices: Iterable[Slice], at: datetime) -> Decimal:
    """Return what nobody else may have: also what expired, as long as its orders may still arrive."""
    return sum((each.left for each in slices if is_open(each.expires_at, at)), Decimal())


def is_open(expires_at: datetime, at: datetime) -> bool:
    """Say whether orders may still be covered by a slice."""
    return at < expires_at + GRACE


def portion(free: Decimal, devices: int, limit: str = Limit.BUDGET) -> Decimal:
    """Return how much of what is free the next of so many devices gets: half its even part.

    What is one customer's is given whole when one device alone serves him.
    """
    if free <= 0:
        return Decimal()
    if devices <= 1 and limit not in OF_EVERYBODY:
        return free
    step, least = (Decimal(1), Decimal(1)) if limit in COUNTED else (Decimal("0.01"), Decimal(10))
    even = (free / (2 * max(devices, 1))).quantize(step, ROUND_DOWN)
    return min(free, max(even, least))


def runs_low(slices: Sequence[Slice], at: datetime) -> bool:
    """Say whether a device should be given more."""
    valid = [each for each in slices if at < each.expires_at]
    return sellable(valid, at) <= _LOW * sum((each.amount for each in valid), Decimal())


def ends_soon(given: Slice, at: datetime) -> bool:
    """Say whether a slice that is not used up should be prolonged."""
    return given.left > 0 and at < given.expires_at < at + VALID / 2


def beyond(slices: Sequence[Slice], there: Decimal, at: datetime) -> list[int]:
    """Return which slices are called back when a limit is lowered below them: the smallest stay."""
    valid = sorted((n for n, each in enumerate(slices) if at < each.expires_at), key=lambda n: slices[n].left)
    kept, found = Decimal(), []
    for n in valid:
        kept += slices[n].left
        if kept > there:
            found.append(n)
    return found


def charged(slices: Sequence[Slice], cost: Decimal) -> list[Decimal]:
    """Return how much of ``cost`` each slice bears, the first ones first; the rest nobody bears."""
    borne = []
    for each in slices:
        part = min(each.left, cost)
        borne.append(part)
        cost -= part
    return borne


def word(row: Mapping[str, Any]) -> bytes:
    """Return what the server signs of a slice; amounts as stored, moments in milliseconds."""
    said = (row["id"], row["kind"], row["key"], row["device_id"], row["amount"], row["spent"])
    return "|".join([_PURPOSE, *map(str, said), str(row["expires_at"])]).encode()


def genuine(row: Mapping[str, Any], server_key: str) -> bool:
    """Say whether the server with this public key (base64) gave exactly this slice."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(server_key, validate=True))
        key.verify(base64.b64decode(str(row["seal"]), validate=True), word(row))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
