"""What goods cost us, and what is left of their price: cost prices by day, margins of lines and of a whole.

A cost price is of one base unit, before tax. It stands against the net before tax, so a price
that holds the tax is taken without it. What a line costs is rounded half up to the cent (decision 3)
and a whole is the sum of its lines. Gifts cost what they cost and bring nothing in. A line whose cost
nobody knows has no margin and is in no sum; fees are neither goods nor their cost, and stay outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fieldcrm.money import HUNDRED, to_cents

SEE_MARGIN = frozenset({"manager", "finance", "admin"})
NOTHING = Decimal()
_EVER = date.min


@dataclass(frozen=True, slots=True)
class Cost:
    """What one base unit of an article costs us from a day on (None: ever since)."""

    product: str
    amount: Decimal
    currency: str
    valid_from: date | None = None


class CostList:
    """Cost prices as they are looked up: the latest that has begun holds, in its own currency only."""

    def __init__(self, costs: Iterable[Cost]) -> None:
        self._found: dict[tuple[str, str], list[Cost]] = {}
        for cost in costs:
            self._found.setdefault((cost.product, cost.currency), []).append(cost)
        for held in self._found.values():
            held.sort(key=lambda cost: cost.valid_from or _EVER, reverse=True)

    def on(self, product: str, day: date, currency: str) -> Decimal | None:
        """Return what a base unit costs on a day, or None where nobody says."""
        held = self._found.get((product, currency), ())
        return next((cost.amount for cost in held if (cost.valid_from or _EVER) <= day), None)

    def of(
        self, product: str, quantity: Decimal, day: date, currency: str,
        inside: Mapping[str, Decimal] | None = None,
    ) -> Decimal | None:  # fmt: skip
        """Return what so many base units cost, in cents.

        An article that is put together costs what is said of it as a whole, and otherwise what is
        ``inside`` all of it, if the cost of every part is known.
        """
        own = self.on(product, day, currency)
        if own is not None:
            return to_cents(own * quantity)
        parts = [(self.on(part, day, currency), many) for part, many in (inside or {}).items()]
        if not parts or any(each is None for each, _ in parts):
            return None
        return to_cents(sum((each * many for each, many in parts if each is not None), NOTHING))


@dataclass(frozen=True, slots=True)
class Margin:
    """What is left of a price: ``net`` is what it brings in before tax."""

    net: Decimal
    cost: Decimal

    @property
    def amount(self) -> Decimal:
        """What is left."""
        return self.net - self.cost

    @property
    def percent(self) -> Decimal | None:
        """What is left of a hundred; None where nothing came in."""
        return self.amount / self.net * HUNDRED if self.net > 0 else None


def margin(net: Decimal, tax: Decimal, cost: Decimal | None, *, tax_included: bool) -> Margin | None:
    """Return the margin of a line, or None where its cost is not known."""
    if cost is None:
        return None
    return Margin(net - tax if tax_included else net, cost)


@dataclass(frozen=True, slots=True)
class Total:
    """The margin of the ``known`` lines of ``lines``; what is not known is not in it."""

    margin: Margin
    known: int
    lines: int

    @property
    def is_whole(self) -> bool:
        """Whether every line's cost is known."""
        return self.known == self.lines


def total(lines: Iterable[Margin | None]) -> Total:
    """Add margins up."""
    each = list(lines)
    known = [line for line in each if line is not None]
    net = sum((line.net for line in known), NOTHING)
    return Total(Margin(net, sum((line.cost for line in known), NOTHING)), len(known), len(each))
