"""What a customer may buy at all (P6): a denial beats every allowance.

Without any allowance everything is for everyone; as soon as there is one, only what some
allowance names for this customer may be sold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldcrm.rules.pricing.values import Customer


@dataclass(frozen=True, slots=True)
class Range:
    """Allows or denies ``products`` to those whom every (level, reference) pair is about."""

    allows: bool
    whom: tuple[tuple[str, str], ...]
    products: frozenset[str]

    def is_about(self, customer: Customer) -> bool:
        """Say whether ``customer`` is meant."""
        return all(customer.is_meant(level, reference) for level, reference in self.whom)


def may_buy(customer: Customer, product: str, ranges: Sequence[Range]) -> bool:
    """Say whether ``product`` is in the customer's range."""
    meant = [each for each in ranges if product in each.products and each.is_about(customer)]
    if any(not each.allows for each in meant):
        return False
    return bool(meant) or not any(each.allows for each in ranges)
