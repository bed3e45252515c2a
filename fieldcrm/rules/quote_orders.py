"""Whether an order still is what its quote promised (Q3, R1).

A confirmed round holds for the one order that is made of it until its last day: its prices stay and
nobody agrees to its discount twice. The order of the lines means nothing, what is in them everything.
Tax is not promised: it follows the law and what is paid by rebate.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from fieldcrm.rules.items import Item


class Lost(StrEnum):
    """Why a quote does not hold for its order any more."""

    ENDED = "ended"  # its last day is over
    CHANGED = "changed"  # other goods, quantities or prices of the rep's own
    PRICES = "prices"  # what it was priced by does not come to the same any more
    RULES = "rules"  # the rules of then are not here


class Asked(NamedTuple):
    """One line as it is ordered, before it has a price."""

    product: str
    unit: str
    quantity: Decimal
    manual_price: Decimal | None = None
    chosen: tuple[tuple[str, Decimal], ...] = ()


def lost(valid_until: date, on: date, promised: Iterable[Asked], asked: Iterable[Asked]) -> Lost | None:
    """Return why a quote does not hold for what is asked on a day; None while it may."""
    if on > valid_until:
        return Lost.ENDED
    return None if sorted(map(_plain, promised)) == sorted(map(_plain, asked)) else Lost.CHANGED


def _plain(line: Asked) -> str:
    price = "" if line.manual_price is None else f"{line.manual_price:.4f}"
    inside = sorted((path, f"{many:.4f}") for path, many in line.chosen)
    return repr((line.product, line.unit, f"{line.quantity:.4f}", price, inside))


def comes_out(promised: Iterable[Item], now: Iterable[Item]) -> bool:
    """Say whether lines and gifts cost what was promised, to the cent."""
    return sorted(map(_costs, promised)) == sorted(map(_costs, now))


def _costs(item: Item) -> str:
    inside = sorted((path, f"{many:.4f}") for path, many in item.chosen)
    amounts = [f"{amount:.4f}" for amount in (item.quantity, item.unit_price, item.net)]
    return repr((item.product, item.unit, amounts, item.gift_by or "", inside))
