"""Exact money: a ``Decimal`` that knows its currency.

Floats are refused, currencies never mix, and nothing rounds on its own:
``rounded`` is called once, half up, where the business says a figure becomes payable
(mission, decision 3).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CNY = "CNY"
CENT = Decimal("0.01")
HUNDRED = Decimal(100)
_PARTED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?").fullmatch


def to_cents(amount: Decimal) -> Decimal:
    """Round half up to 0.01."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def typed(text: str) -> str:
    """Return a typed number as ``Decimal`` reads it: full-width signs, a currency sign, parted thousands.

    A comma is left out only where it parts thousands: 12,5 stays what it is, and that is no number.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = plain.removeprefix("¥").removesuffix("元").strip()
    return plain.replace(",", "") if _PARTED(plain) else plain


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency (ISO 4217)."""

    amount: Decimal
    currency: str = CNY

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("money is a Decimal, never a float")

    def _same(self, other: Money) -> Decimal:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(self.amount * factor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def zero(self) -> Money:
        """Return nothing, in this currency."""
        return Money(Decimal(), self.currency)

    def rounded(self) -> Money:
        """Return the payable figure: half up to the cent."""
        return Money(to_cents(self.amount), self.currency)


def share(whole: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share a rounded amount out by weight: largest remainder, ties to the earlier part.

    Raises ``ValueError`` when no weight is positive; parts always add up to ``whole``.
    """
    total = sum(weights, Decimal())
    if total <= 0:
        raise ValueError("sharing needs a positive weight")
    cents = int(to_cents(whole) / CENT)
    whole_weights = _whole(weights, total)
    whole_weight = sum(whole_weights)
    parts = [weight * cents // whole_weight for weight in whole_weights]
    odd = cents - sum(parts)
    if odd:
        rests = [weight * cents % whole_weight for weight in whole_weights]
        for i in sorted(range(len(parts)), key=rests.__getitem__, reverse=True)[:odd]:
            parts[i] += 1
    return [part * CENT for part in parts]


def _whole(weights: Sequence[Decimal], total: Decimal) -> list[int]:
    """Return weights as whole numbers in the same proportions; most are amounts in cents already."""
    in_cents = [int(weight * HUNDRED) for weight in weights]
    if sum(in_cents) == total * HUNDRED and min(weights) >= 0:
        return in_cents
    places = max(0, *(-int(weight.as_tuple().exponent) for weight in weights))
    return [int(weight.scaleb(places)) for weight in weights]
