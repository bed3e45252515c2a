"""What goes into a price and what comes out: plain frozen values, no rows, no clock.

Keys are text chosen by the caller (an id on the laptop, a code in the cases); nothing here
looks inside them. Amounts are ``Decimal`` with two places once they are payable, quantities
are counted in the line's own unit, ``base_quantity`` in the product's base unit.
What one order needs hundreds of is a ``Struct``, which is made several times faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import msgspec
from msgspec import Struct

from fieldcrm.errors import Invalid

ZERO, ONE = Decimal(), Decimal(1)

Whom = tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """What pricing needs of an article; ``floor`` is per base unit, ``units`` maps name to base units.

    ``traits`` says what it is, as category, brand or flavour, for rules that name no article.
    """

    key: str
    base_unit: str
    units: Mapping[str, Decimal] = field(default_factory=dict)
    tax_rate: Decimal = ZERO
    floor: Decimal | None = None
    promotable: bool = True
    active: bool = True
    label: str = ""
    traits: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def factor(self, unit: str) -> Decimal:
        """Return how many base units one ``unit`` holds, or raise ``Invalid``."""
        if unit == self.base_unit:
            return ONE
        factor = self.units.get(unit)
        if factor is None or factor <= 0:
            raise Invalid("unit_unknown", field="unit", product=self.key, unit=unit)
        return factor

    def knows(self, unit: str) -> bool:
        """Say whether the product is sold or priced in ``unit``."""
        return unit == self.base_unit or self.units.get(unit, ZERO) > 0


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys; ``references`` says what price books may call the customer, by level."""

    key: str
    references: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def is_meant(self, level: str, reference: str | None) -> bool:
        """Say whether a rule for ``level`` and ``reference`` is about this customer."""
        return level == "list" or (reference or "") in self.references.get(level, frozenset())

    def is_among(self, whom: Whom) -> bool:
        """Say whether the customer has one of the references of every level; nobody named is everybody."""
        return all(
            level == "list" or names & self.references.get(level, frozenset()) for level, names in whom
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One price: per ``unit``, from ``min_quantity`` of ``min_unit`` upward."""

    product: str
    unit: str
    price: Decimal
    min_quantity: Decimal = ZERO
    min_unit: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """One price book, its entries gathered by product."""

    key: str
    level: str
    prices: Mapping[str, tuple[Entry, ...]]
    reference: str | None = None
    priority: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    tax_included: bool = True
    version: int = 0
    label: str = ""
    ladders: dict[tuple[str, str], tuple[Product, Sequence[tuple[Decimal, Entry]]]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )  # kept by ``books.ladder``

    def holds_on(self, on: date) -> bool:
        """Say whether the book is in force; both ends are inclusive."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


def by_product(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """Gather entries for ``Book.prices``."""
    gathered: dict[str, list[Entry]] = {}
    for entry in entries:
        gathered.setdefault(entry.product, []).append(entry)
    return {product: tuple(rows) for product, rows in gathered.items()}


@dataclass(frozen=True, slots=True)
class CartLine:
    """What the customer wants; ``manual_price`` is what the rep asks for per unit, before approval.

    ``chosen`` is what was chosen inside a configurable article (``bills.as_choices``).
    """

    key: str
    product: str
    quantity: Decimal
    unit: str
    manual_price: Decimal | None = None
    chosen: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Cart:
    """An order before it has prices; ``rebates`` names what to use, ``None`` meaning as much as allowed."""

    customer: Customer
    on: date
    lines: tuple[CartLine, ...]
    rebates: tuple[tuple[str, Decimal | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """One line of an earlier order, for cumulative promotions, usage limits and rebates earned."""

    order: str
    customer: str
    on: date
    product: str = ""
    base_quantity: Decimal = ZERO
    net: Decimal = ZERO
    promotions: frozenset[str] = frozenset()
    counts: bool = True


class Step(Struct, frozen=True):
    """One reason; ``kind`` is stable, ``facts`` feed the sentence that the screen words."""

    kind: str
    facts: Mapping[str, object]


class PricedLine(Struct, frozen=True):
    """One line with its price, and ``steps`` saying why."""

    key: str
    product: str
    quantity: Decimal
    unit: str
    base_quantity: Decimal
    unit_price: Decimal
    gross_amount: Decimal
    discount_amount: Decimal
    net_amount: Decimal
    rebate_amount: Decimal
    tax_rate: Decimal
    tax_amount: Decimal
    tax_included: bool
    book: str
    book_version: int
    steps: tuple[Step, ...]


class Gift(Struct, frozen=True):
    """An extra line at 0.00; ``value`` is what it would have cost, for ROI and budgets."""

    product: str
    quantity: Decimal
    unit: str
    promotion: str
    value: Decimal


class Applied(Struct, frozen=True):
    """What one promotion did to the order."""

    promotion: str
    amount: Decimal
    times: int
    gift_value: Decimal = ZERO
    label: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether a manual discount stands by itself or waits for somebody."""

    pending: bool
    by: str | None
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Priced:
    """A priced order; ``steps`` says what did not apply, and why."""

    lines: tuple[PricedLine, ...]
    gifts: tuple[Gift, ...]
    goods_net: Decimal
    tax: Decimal
    tax_on_top: Decimal
    rebate_used: Decimal
    payable: Decimal
    applied: tuple[Applied, ...] = ()
    approval: Approval | None = None
    rebates: tuple[tuple[str, Decimal], ...] = ()
    steps: tuple[Step, ...] = ()


class Work(Struct):
    """One line on its way through the stages; only the kernel's stages change it."""

    line: CartLine
    product: Product
    base_quantity: Decimal
    unit_price: Decimal
    gross: Decimal
    net: Decimal
    lowest: Decimal
    book: Book
    rebate: Decimal = ZERO
    manual: Decimal = ZERO
    steps: list[Step] = msgspec.field(default_factory=list)
    after_lines: Decimal | None = None  # the net that order thresholds look at
    counts: dict[str, Decimal] = msgspec.field(default_factory=dict)  # in other units, once asked for

    @property
    def room(self) -> Decimal:
        """Return what may still be taken off before a unit is under its floor."""
        return max(self.net - self.lowest, ZERO)

    @property
    def promoted(self) -> Decimal:
        """Return the net after promotions, which limits of rebates look at."""
        return self.net + self.manual

    def take(self, amount: Decimal, why: Step) -> None:
        """Take ``amount`` off the net and remember why."""
        self.net -= amount
        self.steps.append(why)
