"""Quantities of an order's lines that hang together (P4): so many of this for each of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.pricing.values import Work

ROUNDING = {"up": ROUND_CEILING, "down": ROUND_FLOOR, "half_up": ROUND_HALF_UP}


@dataclass(frozen=True, slots=True)
class Tie:
    """For each ``each_quantity`` of ``for_each`` the order needs ``quantity`` of ``require``."""

    for_each: str
    each_quantity: Decimal
    require: str
    quantity: Decimal
    rounding: str = "up"


def check(work: Sequence[Work], ties: Iterable[Tie]) -> None:
    """Raise ``RuleBroken`` for the first tie that the lines do not keep."""
    for tie in ties:
        have = _total(work, tie.for_each)
        if not have:
            continue
        needed = needs(tie, have)
        if _total(work, tie.require) < needed:
            raise RuleBroken("quantity_tie", product=tie.require, needed=needed, because=tie.for_each)


def needs(tie: Tie, have: Decimal) -> Decimal:
    """Return how much of the required product goes with ``have`` of the other, in base units."""
    times = (have / tie.each_quantity).to_integral(ROUNDING[tie.rounding])
    return times * tie.quantity


def _total(work: Sequence[Work], product: str) -> Decimal:
    return sum((each.base_quantity for each in work if each.line.product == product), Decimal())
