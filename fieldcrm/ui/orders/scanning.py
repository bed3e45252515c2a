"""What a scanner typed into the table: a code, perhaps with the quantity of the row before it."""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

_DIGITS = 7  # of the largest quantity


def heard(digits: str, codes: Container[str]) -> tuple[Decimal | None, str] | None:
    """Return the quantity that was typed before the scan, if any, and the code; None when there is none."""
    for place in range(min(_DIGITS, len(digits) - 1) + 1):
        if digits[place:] in codes:
            return (Decimal(digits[:place]) if place else None), digits[place:]
    return None
