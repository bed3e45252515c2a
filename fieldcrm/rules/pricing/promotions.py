"""What a promotion is, how a cart finds those that may touch it, what is refused when one is saved (P7).

``standing`` says whether a promotion applies, ``benefits`` what it takes off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing.values import Cart, Whom


class On(StrEnum):
    """What a promotion is about."""

    ORDER = "order"
    PRODUCTS = "products"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class GiftOf:
    """What is given on top, each time the condition is met."""

    product: str
    quantity: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Give:
    """What the customer gets; exactly one of the fields but ``per_set`` is set."""

    percent_off: Decimal | None = None
    amount_off: Decimal | None = None
    amount_off_per_unit: Decimal | None = None
    fixed_price: Decimal | None = None
    set_price: Decimal | None = None
    cheapest_free: int | None = None
    gift: GiftOf | None = None
    per_set: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of a ladder; only the highest one reached counts."""

    give: Give
    min_amount: Decimal | None = None
    min_quantity: Decimal | None = None

    def is_reached(self, quantity: Decimal, amount: Decimal) -> bool:
        """Say whether what was bought climbs this high."""
        return (self.min_amount is None or amount >= self.min_amount) and (
            self.min_quantity is None or quantity >= self.min_quantity
        )


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion; ``unit`` is what quantities are counted in, empty for base units."""

    key: str
    on: On
    give: Give = Give()
    products: Mapping[str, Decimal] = field(default_factory=dict)  # a bundle's quantities; 1 otherwise
    priority: int = 0
    exclusive: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    unit: str = ""
    min_quantity: Decimal | None = None
    max_quantity: Decimal | None = None
    min_amount: Decimal | None = None
    buy_quantity: Decimal | None = None
    buy_unit: str = ""
    every_amount: Decimal | None = None
    repeat: bool = False
    max_times: int | None = None
    cumulative: bool = False
    tiers: tuple[Tier, ...] = ()
    max_uses: int | None = None
    max_uses_in_all: int | None = None
    budget: Decimal | None = None
    budget_used: Decimal = Decimal()
    label: str = ""
    whom: Whom = ()
    counts_quantity: bool = field(init=False, repr=False, compare=False, default=False)
    counts_amount: bool = field(init=False, repr=False, compare=False, default=False)
    is_limited: bool = field(init=False, repr=False, compare=False, default=False)
    is_met_once: bool = field(init=False, repr=False, compare=False, default=False)

    def __post_init__(self) -> None:
        """Note what the condition looks at, once: a cart meets many promotions."""
        quantities = (self.min_quantity, self.max_quantity, *(tier.min_quantity for tier in self.tiers))
        amounts = (self.min_amount, self.every_amount, *(tier.min_amount for tier in self.tiers))
        limits = (self.max_uses, self.max_uses_in_all, self.budget)
        by_parts = self.on == On.BUNDLE or self.every_amount or self.buy_quantity
        object.__setattr__(self, "counts_quantity", any(each is not None for each in quantities))
        object.__setattr__(self, "counts_amount", any(each is not None for each in amounts))
        object.__setattr__(self, "is_limited", any(each is not None for each in limits))
        object.__setattr__(self, "is_met_once", not by_parts and self.max_times is None)

    def holds_on(self, on: date) -> bool:
        """Say whether the promotion runs; both ends are inclusive."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class PromotionIndex:
    """Promotions found by the goods they are about, so a cart looks only at its own.

    ``ranked`` are those about lines in the order in which they act; ``places`` says by article which
    of them are about it.
    """

    by_product: Mapping[str, tuple[Promotion, ...]]
    order: tuple[Promotion, ...]
    ranked: tuple[Promotion, ...] = field(init=False, repr=False, compare=False)
    places: Mapping[str, tuple[int, ...]] = field(init=False, repr=False, compare=False)
    has_exclusive: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Rank what was found, once for all carts."""
        known = {each.key: each for held in self.by_product.values() for each in held}
        ranked = tuple(sorted(known.values(), key=_precedence))
        places: dict[str, list[int]] = {}
        for place, promotion in enumerate(ranked):
            for product in promotion.products:
                places.setdefault(product, []).append(place)
        object.__setattr__(self, "ranked", ranked)
        object.__setattr__(self, "places", {product: tuple(held) for product, held in places.items()})
        object.__setattr__(self, "has_exclusive", any(each.exclusive for each in (*ranked, *self.order)))

    def for_cart(self, cart: Cart) -> list[Promotion]:
        """Return what may touch ``cart`` on its day: line promotions first, larger priority first."""
        found: dict[str, Promotion] = {}
        for line in cart.lines:
            for promotion in self.by_product.get(line.product, ()):
                found[promotion.key] = promotion
        line_level = sorted((p for p in found.values() if is_meant(p, cart)), key=_precedence)
        return [*line_level, *(p for p in self.order if is_meant(p, cart))]


def is_meant(promotion: Promotion, cart: Cart) -> bool:
    """Say whether a promotion runs on the cart's day, for its customer."""
    return promotion.holds_on(cart.on) and (not promotion.whom or cart.customer.is_among(promotion.whom))


def _precedence(promotion: Promotion) -> tuple[int, str]:
    return -promotion.priority, promotion.key


def index(promotions: Iterable[Promotion]) -> PromotionIndex:
    """Build the index once for a set of promotions."""
    found: dict[str, list[Promotion]] = {}
    order: list[Promotion] = []
    for promotion in promotions:
        if promotion.on == On.ORDER:
            order.append(promotion)
        elif promotion.on == On.BUNDLE:
            found.setdefault(next(iter(promotion.products)), []).append(promotion)
        else:
            for product in promotion.products:
                found.setdefault(product, []).append(promotion)
    return PromotionIndex(
        {product: tuple(rows) for product, rows in found.items()}, tuple(sorted(order, key=_precedence))
    )


_GIVES = (
    "percent_off", "amount_off", "amount_off_per_unit", "fixed_price", "set_price", "cheapest_free", "gift",
)  # fmt: skip


def check(promotion: Promotion) -> None:
    """Refuse a promotion that could not be worked out: run it when one is saved."""
    if promotion.valid_from and promotion.valid_to and promotion.valid_to < promotion.valid_from:
        raise RuleBroken("period_reversed", promotion=promotion.key)
    if promotion.on != On.ORDER and not promotion.products:
        raise Invalid("required", field="goods", promotion=promotion.key)
    for place, give in gives(promotion):
        _check_give(promotion, give, place)
    steps = [(tier.min_amount or Decimal(), tier.min_quantity or Decimal()) for tier in promotion.tiers]
    for number, (sooner, later) in enumerate(pairwise(steps), start=1):
        if later <= sooner:
            name = "min_amount" if promotion.tiers[number].min_amount is not None else "min_quantity"
            raise RuleBroken("tiers_not_rising", promotion=promotion.key, field=f"tiers.{number}.{name}")
    if promotion.budget is not None and promotion.budget_used > promotion.budget:
        raise RuleBroken("budget_passed", promotion=promotion.key)


def gives(promotion: Promotion) -> list[tuple[str, Give]]:
    """Return what a promotion may give with the places where it says so: of each tier, or the one."""
    tiers = [(f"tiers.{number}.give", tier.give) for number, tier in enumerate(promotion.tiers)]
    return tiers or [("give", promotion.give)]


def _check_give(promotion: Promotion, give: Give, place: str) -> None:
    chosen = [name for name in _GIVES if getattr(give, name) is not None]
    if len(chosen) != 1:
        raise Invalid("one_benefit_needed", field=place, promotion=promotion.key)
    value = getattr(give, chosen[0])
    amount = value.quantity if isinstance(value, GiftOf) else Decimal(value)
    if amount < 0 or (chosen[0] == "percent_off" and amount > 100):
        raise Invalid("out_of_range", field=f"{place}.{chosen[0]}", promotion=promotion.key)
