"""How a limit is divided among devices that sell without a network (decision 6).

A device is given a slice of what nobody else holds and spends only that. A slice never shrinks,
because its device may be out of reach; it expires. What it had left comes back once ``GRACE`` has
passed too: until then work of its time may still arrive, and is covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

VALID = timedelta(days=7)
GRACE = timedelta(days=14)
_CENT = Decimal("0.01")
_SMALLEST = Decimal(10)
_LOW = Decimal("0.25")


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


def portion(free: Decimal, devices: int) -> Decimal:
    """Return how much of what is free the next of so many devices gets: half its even part, in cents."""
    if free <= 0:
        return Decimal()
    even = (free / (2 * max(devices, 1))).quantize(_CENT, ROUND_DOWN)
    return min(free, max(even, _SMALLEST))


def runs_low(slices: Sequence[Slice], at: datetime) -> bool:
    """Say whether a device should be given more."""
    valid = [each for each in slices if at < each.expires_at]
    return sellable(valid, at) <= _LOW * sum((each.amount for each in valid), Decimal())


def ends_soon(given: Slice, at: datetime) -> bool:
    """Say whether a slice that is not used up should be prolonged."""
    return given.left > 0 and at < given.expires_at < at + VALID / 2


def charged(slices: Sequence[Slice], cost: Decimal) -> list[Decimal]:
    """Return how much of ``cost`` each slice bears, the first ones first; the rest nobody bears."""
    borne = []
    for each in slices:
        part = min(each.left, cost)
        borne.append(part)
        cost -= part
    return borne
