"""What a customer may buy at all (P6): a denial beats every allowance.

Without any allowance everything is for everyone; as soon as there is one, only what some
allowance names for this customer may be sold. Goods are named, or meant by what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fieldcrm.errors import Invalid
from fieldcrm.rules.pricing.values import Customer, Product, Whom


@dataclass(frozen=True, slots=True)
class Range:
    """Allows or denies goods to those ``whom`` means; all ``traits`` must fit where there are any."""

    allows: bool
    whom: Whom
    products: frozenset[str] = frozenset()
    traits: Whom = ()
    key: str = ""
    label: str = ""

    def holds(self, product: Product) -> bool:
        """Say whether ``product`` is one of the goods."""
        if product.key in self.products:
            return True
        return bool(self.traits) and all(
            values & product.traits.get(name, frozenset()) for name, values in self.traits
        )


@dataclass(frozen=True, slots=True)
class Assortment:
    """The ranges that speak to one customer."""

    ranges: Sequence[Range]
    closed: bool

    def verdict(self, product: Product) -> tuple[bool, Range | None]:
        """Return whether ``product`` may be bought, and the range that decides."""
        if not self.ranges:
            return not self.closed, None
        meant = [each for each in self.ranges if each.holds(product)]
        denied = next((each for each in meant if not each.allows), None)
        if denied is not None:
            return False, denied
        return bool(meant) or not self.closed, meant[0] if meant else None


EVERYTHING = Assortment((), closed=False)


def assortment(customer: Customer, ranges: Sequence[Range]) -> Assortment:
    """Return what ``customer`` may choose from."""
    if not ranges:
        return EVERYTHING
    speaking = tuple(each for each in ranges if customer.is_among(each.whom))
    return Assortment(speaking, closed=any(each.allows for each in ranges))


def check(ranges: Iterable[Range]) -> None:
    """Refuse a range that could not decide: run it when one is saved."""
    for each in ranges:
        if not each.products and not each.traits:
            raise Invalid("required", field="products", range=each.key)
        if any(not names for _, names in each.whom):
            raise Invalid("required", field="whom", range=each.key)
