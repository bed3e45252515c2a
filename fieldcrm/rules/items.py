"""The lines of an order or a quote as they are compared: two editions, two rounds, an offer and its order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """One line; ``chosen`` is what was chosen in an article that is put together."""

    product: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    tax: Decimal = Decimal()
    gift_by: str | None = None
    chosen: tuple[tuple[str, Decimal], ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same line on the other side."""
        return self.product, self.unit, self.gift_by, self.chosen


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one line; None where it was not, or is no more."""

    before: Item | None
    after: Item | None

    @property
    def product(self) -> str:
        """Return the article it is about."""
        side = self.after or self.before
        return side.product if side is not None else ""


def side_by_side(before: Iterable[Item], after: Iterable[Item]) -> list[Change]:
    """Return every line of both, in the order of the later, what is gone last."""
    old, new = {i.key: i for i in before}, {i.key: i for i in after}
    keys = [*new, *(key for key in old if key not in new)]
    return [Change(old.get(key), new.get(key)) for key in keys]


def changes(before: Iterable[Item], after: Iterable[Item]) -> list[Change]:
    """Return the lines that differ."""
    return [each for each in side_by_side(before, after) if each.before != each.after]
