"""The order being typed: quantities by article and unit, kept as plain JSON while it is not saved.

No widget and no session here: the page changes it, prices come from ``services.pricing``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from fieldcrm.rules import money
from fieldcrm.rules.money import Payment
from fieldcrm.rules.orders import MAX_QUANTITY, Origin
from fieldcrm.rules.pricing import bills
from fieldcrm.rules.pricing.bills import Choices
from fieldcrm.rules.pricing.rebates import AUTO, GOODS
from fieldcrm.services.paying import Means
from fieldcrm.services.pricing import DraftLine, Rebates

_DELIVERED_AFTER = timedelta(days=2)

Key = tuple[UUID, str] | tuple[UUID, str, int]
"""An article in a unit; the number tells lines apart that hold different things inside, from 2 on."""


@dataclass(slots=True)
class Draft:
    """What is ordered for whom; ``order_id`` is None until it was saved once."""

    account_id: UUID
    visit_id: UUID | None = None
    order_id: UUID | None = None
    quantities: dict[Key, Decimal] = field(default_factory=dict)
    wanted_on: date | None = None
    note: str = ""
    manual: dict[Key, Decimal] = field(default_factory=dict)
    chosen: dict[Key, Choices] = field(default_factory=dict)
    uses_rebate: bool = False
    takes_goods: bool = False
    spared: set[str] = field(default_factory=set)  # purses that are not to pay
    origin: Origin | None = None

    def copy(self) -> Draft:
        """Return it as it is now: what is typed from here on does not change it."""
        return replace(
            self, quantities=dict(self.quantities), manual=dict(self.manual), chosen=dict(self.chosen),
            spared=set(self.spared),
        )  # fmt: skip

    def day_of_delivery(self, today: date, *, is_open: bool) -> date:
        """Return when it is to be delivered; an order that is still open asks for a day to come."""
        if self.wanted_on is None or (is_open and self.wanted_on < today):
            self.wanted_on = today + _DELIVERED_AFTER
        return self.wanted_on

    def quantity(self, key: Key) -> Decimal:
        """Return how much of an article is ordered in a unit."""
        return self.quantities.get(key, Decimal())

    def put(self, key: Key, quantity: Decimal) -> None:
        """Order ``quantity``, held between nothing and the most that can be ordered."""
        held = min(max(quantity, Decimal()), MAX_QUANTITY)
        if held:
            self.quantities[key] = held
        else:
            self.quantities.pop(key, None)
            self.manual.pop(key, None)

    def choose(self, key: Key, chosen: Choices) -> None:
        """Put this into a configurable article, and order one unless some are; it is kept at quantity 0."""
        self.chosen[key] = chosen
        if key not in self.quantities:
            self.put(key, Decimal(1))

    def another(self, key: Key) -> Key:
        """Order one more of a configurable article as a line of its own, to put something else into it."""
        fresh = self._free(key[0], key[1], None)
        self.choose(fresh, ())
        return fresh

    def _free(self, product_id: UUID, unit: str, chosen: Choices | None) -> Key:
        """Return the line that holds ``chosen``, else one that nothing is ordered on yet."""
        key: Key = (product_id, unit)
        number = 1
        while key in self.quantities and (chosen is None or self.chosen.get(key, ()) != chosen):
            number += 1
            key = (product_id, unit, number)
        return key

    def offer(self, key: Key, price: Decimal | None) -> None:
        """Offer another price than the list's for one unit of an ordered line; None takes it back."""
        if price is None or key not in self.quantities:
            self.manual.pop(key, None)
        else:
            self.manual[key] = price

    def switch(self, old: Key, new: Key) -> None:
        """Order the same number in another unit, in the same place."""
        if old not in self.quantities:
            return
        self.manual.pop(old, None)
        if old in self.chosen:
            self.chosen[new] = self.chosen.pop(old)
        self.put(new, self.quantities.pop(old) + self.quantities.pop(new, Decimal()))

    def fill(self, lines: Iterable[DraftLine]) -> None:
        """Order these lines instead."""
        self.quantities, self.manual = {}, {}
        for line in lines:
            key = self._free(line.product_id, line.unit, line.chosen)
            self.chosen |= {key: line.chosen} if line.chosen else {}
            self.put(key, self.quantity(key) + line.quantity)
            self.offer(key, line.manual_price)

    def lines(self) -> list[DraftLine]:
        """Return what is ordered, in the order in which it was entered."""
        return [
            DraftLine(key[0], key[1], number, self.manual.get(key), self.chosen.get(key, ()))
            for key, number in self.quantities.items()
        ]

    @property
    def rebates(self) -> Rebates:
        """The rebates the order asks for: as much as it may use, those that expire first."""
        asked = ((AUTO, self.uses_rebate), (GOODS, self.takes_goods))
        return tuple((key, None) for key, wanted in asked if wanted)

    def spare(self, purse: str, *, spared: bool) -> None:
        """Leave a purse alone, or let it pay again."""
        (self.spared.add if spared else self.spared.discard)(purse)

    def pays(self, means: Means, due: Decimal) -> Payment:
        """Return how this order is paid: by the order of use, but for the purses that are left alone."""
        plain = means.pays(due)
        if not self.spared:
            return plain
        order = [purse for purse in means.policy.order_of_use if purse not in self.spared]
        return money.payment(max(due, Decimal()), means.purses, means.credit, order)

    def paid_from(self, means: Means, due: Decimal) -> Mapping[str, Decimal] | None:
        """Return what each purse is to pay; None leaves it to the order of use."""
        return self.pays(means, due).used if self.spared else None

    @property
    def products(self) -> frozenset[UUID]:
        """The articles that are ordered."""
        return frozenset(key[0] for key in self.quantities)

    @property
    def name(self) -> str:
        """What the unfinished input is kept under on this laptop."""
        if self.order_id is not None:
            return f"order:{self.order_id}"
        return f"visit:{self.visit_id}" if self.visit_id is not None else f"account:{self.account_id}"

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept while it is typed."""
        lines = [[*_told(key), str(number)] for key, number in self.quantities.items()]
        wanted = self.wanted_on.isoformat() if self.wanted_on else None
        offered = [[*_told(key), str(price)] for key, price in self.manual.items()]
        return {
            "lines": lines, "wanted_on": wanted, "note": self.note,
            "manual": offered, "rebate": self.uses_rebate, "goods": self.takes_goods,
            "spared": sorted(self.spared),
            "chosen": [[*_told(key), bills.told(held)] for key, held in self.chosen.items()],
        }  # fmt: skip

    def restore(self, kept: Any) -> bool:
        """Take over what was kept; False when there is nothing usable in it."""
        try:
            lines = {_heard(*key): Decimal(number) for *key, number in kept["lines"]}
            wanted = kept.get("wanted_on")
            self.wanted_on = date.fromisoformat(wanted) if wanted else None
            self.note = str(kept.get("note") or "")
            manual = {_heard(*key): Decimal(price) for *key, price in kept.get("manual") or ()}
            chosen = {_heard(*key): bills.heard(said) for *key, said in kept.get("chosen") or ()}
            self.uses_rebate = bool(kept.get("rebate"))
            self.takes_goods = bool(kept.get("goods"))
            self.spared = set(map(str, kept.get("spared") or ()))
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation):
            return False
        self.quantities, self.manual = {}, {}
        for key, number in lines.items():
            self.put(key, number)
        for key, price in manual.items():
            self.offer(key, price)
        self.chosen = chosen
        return bool(lines)


def in_unit(key: Key, unit: str) -> Key:
    """Return the same line in another unit."""
    return (key[0], unit, key[2]) if len(key) > 2 else (key[0], unit)


def _told(key: Key) -> list[Any]:
    return [str(key[0]), *key[1:]]


def _heard(product: str, unit: str, *number: int) -> Key:
    return (UUID(product), str(unit), int(number[0])) if number else (UUID(product), str(unit))
