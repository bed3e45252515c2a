"""What a promotion is, and whether it applies (P7); ``benefits`` says what it takes off.

Line promotions come before order promotions, each by larger priority on the running net. An
exclusive promotion stands alone on the order; of two, the larger priority wins. Goods that
are not promotable neither get anything nor count towards a threshold; gifts never count.
Cumulative promotions count the customer's earlier orders inside the promotion's period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing.values import Cart, Past, Product, Work


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
    budget: Decimal | None = None
    budget_used: Decimal = Decimal()
    label: str = ""

    def holds_on(self, on: date) -> bool:
        """Say whether the promotion runs; both ends are inclusive."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an order gets with a promotion: its goods, how often it is met, what it gives."""

    goods: tuple[Work, ...]
    times: int
    give: Give


@dataclass(frozen=True, slots=True)
class Missed:
    """Why a promotion gives nothing; ``missing`` is what the order lacks, where that can be said."""

    promotion: Promotion
    reason: str
    missing: Decimal | None = None
    unit: str = ""


def standing(
    promotion: Promotion, work: Sequence[Work], cart: Cart, history: Sequence[Past]
) -> Standing | Missed | None:
    """Say how far ``cart`` gets; None when it has none of the promotion's goods."""
    goods = _goods(promotion, work)
    if not goods:
        return None
    if _used_up(promotion, cart, history):
        return Missed(promotion, "used_up")
    if promotion.budget is not None and promotion.budget_used >= promotion.budget:
        return Missed(promotion, "budget_spent")
    earlier = _earlier(promotion, goods, cart, history)
    quantity = sum((counted(each, promotion.unit) for each in goods), earlier.quantity(promotion.unit))
    amount = sum((each.net for each in goods), earlier.amount)
    if (lack := _lack(promotion, quantity, amount)) is not None:
        return lack
    give = _give(promotion, quantity, amount)
    if give is None:
        lowest = promotion.tiers[0]
        missing = (lowest.min_amount or Decimal()) - amount if lowest.min_amount is not None else None
        return Missed(promotion, "amount_short", missing)
    times = _times(promotion, goods, earlier, amount)
    return Standing(goods, times, give) if times > 0 else _short_of_one(promotion, goods, amount)


def _goods(promotion: Promotion, work: Sequence[Work]) -> tuple[Work, ...]:
    if promotion.on == On.ORDER:
        return tuple(each for each in work if each.product.promotable)
    named = promotion.products
    found = tuple(each for each in work if each.line.product in named and each.product.promotable)
    if promotion.on == On.BUNDLE and {each.line.product for each in found} != set(named):
        return ()
    return found


def counted(work: Work, unit: str) -> Decimal:
    """Return a line's quantity in ``unit``, in base units when the product has no such unit."""
    return work.base_quantity / _factor(work.product, unit)


def _factor(product: Product, unit: str) -> Decimal:
    return product.factor(unit) if unit and product.knows(unit) else Decimal(1)


def _used_up(promotion: Promotion, cart: Cart, history: Sequence[Past]) -> bool:
    if promotion.max_uses is None:
        return False
    orders = {
        past.order
        for past in history
        if past.counts and past.customer == cart.customer.key and promotion.key in past.promotions
    }
    return len(orders) >= promotion.max_uses


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What the customer bought before, for cumulative promotions."""

    rows: tuple[tuple[Product, Decimal], ...] = ()
    amount: Decimal = Decimal()

    def quantity(self, unit: str) -> Decimal:
        return sum((base / _factor(product, unit) for product, base in self.rows), Decimal())


def _earlier(promotion: Promotion, goods: Sequence[Work], cart: Cart, history: Sequence[Past]) -> _Earlier:
    if not promotion.cumulative:
        return _Earlier()
    known = {each.line.product: each.product for each in goods}
    rows = [
        past
        for past in history
        if past.counts
        and past.customer == cart.customer.key
        and past.on <= cart.on
        and promotion.holds_on(past.on)
        and (promotion.on == On.ORDER or past.product in promotion.products)
    ]
    quantities = tuple((known.get(row.product, Product(row.product, "")), row.base_quantity) for row in rows)
    return _Earlier(quantities, sum((row.net for row in rows), Decimal()))


def _lack(promotion: Promotion, quantity: Decimal, amount: Decimal) -> Missed | None:
    if promotion.min_quantity is not None and quantity < promotion.min_quantity:
        return Missed(promotion, "quantity_short", promotion.min_quantity - quantity, promotion.unit)
    if promotion.max_quantity is not None and quantity > promotion.max_quantity:
        return Missed(promotion, "quantity_passed", quantity - promotion.max_quantity, promotion.unit)
    if promotion.min_amount is not None and amount < promotion.min_amount:
        return Missed(promotion, "amount_short", promotion.min_amount - amount)
    return None


def _give(promotion: Promotion, quantity: Decimal, amount: Decimal) -> Give | None:
    if not promotion.tiers:
        return promotion.give
    reached = [tier for tier in promotion.tiers if tier.is_reached(quantity, amount)]
    return reached[-1].give if reached else None


def _times(promotion: Promotion, goods: Sequence[Work], earlier: _Earlier, amount: Decimal) -> int:
    """Return how often the promotion is met now, beyond what earlier orders already met."""
    if promotion.on == On.BUNDLE:
        times = sets(promotion, goods)
    elif promotion.every_amount:
        times = int(amount // promotion.every_amount) - int(earlier.amount // promotion.every_amount)
    elif promotion.buy_quantity:
        before = earlier.quantity(promotion.buy_unit)
        now = before + sum((counted(each, promotion.buy_unit) for each in goods), Decimal())
        times = int(now // promotion.buy_quantity) - int(before // promotion.buy_quantity)
        times = times if promotion.repeat else min(times, 1)
    else:
        times = 1
    return times if promotion.max_times is None else min(times, promotion.max_times)


def sets(promotion: Promotion, goods: Sequence[Work]) -> int:
    """Return how many complete bundles ``goods`` hold."""
    have = dict.fromkeys(promotion.products, Decimal())
    for each in goods:
        have[each.line.product] += each.base_quantity
    return min(int(have[product] // need) for product, need in promotion.products.items())


def _short_of_one(promotion: Promotion, goods: Sequence[Work], amount: Decimal) -> Missed:
    if promotion.every_amount:
        return Missed(promotion, "amount_short", promotion.every_amount - amount % promotion.every_amount)
    if promotion.buy_quantity:
        bought = sum((counted(each, promotion.buy_unit) for each in goods), Decimal())
        short = promotion.buy_quantity - bought % promotion.buy_quantity
        return Missed(promotion, "quantity_short", short, promotion.buy_unit)
    return Missed(promotion, "set_incomplete")


@dataclass(frozen=True, slots=True)
class PromotionIndex:
    """Promotions found by the goods they are about, so a cart looks only at its own."""

    by_product: Mapping[str, tuple[Promotion, ...]]
    order: tuple[Promotion, ...]

    def for_cart(self, cart: Cart) -> list[Promotion]:
        """Return what may touch ``cart`` on its day: line promotions first, larger priority first."""
        found: dict[str, Promotion] = {}
        for line in cart.lines:
            for promotion in self.by_product.get(line.product, ()):
                found[promotion.key] = promotion
        line_level = sorted((p for p in found.values() if p.holds_on(cart.on)), key=_precedence)
        return [*line_level, *(p for p in self.order if p.holds_on(cart.on))]


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
        raise Invalid("required", field="on", promotion=promotion.key)
    gives = [tier.give for tier in promotion.tiers] or [promotion.give]
    for give in gives:
        _check_give(promotion, give)
    steps = [(tier.min_amount or Decimal(), tier.min_quantity or Decimal()) for tier in promotion.tiers]
    if any(later <= sooner for sooner, later in pairwise(steps)):
        raise RuleBroken("tiers_not_rising", promotion=promotion.key)
    if promotion.budget is not None and promotion.budget_used > promotion.budget:
        raise RuleBroken("budget_passed", promotion=promotion.key)


def _check_give(promotion: Promotion, give: Give) -> None:
    chosen = [name for name in _GIVES if getattr(give, name) is not None]
    if len(chosen) != 1:
        raise Invalid("one_benefit_needed", field="give", promotion=promotion.key)
    value = getattr(give, chosen[0])
    amount = value.quantity if isinstance(value, GiftOf) else Decimal(value)
    if amount < 0 or (chosen[0] == "percent_off" and amount > 100):
        raise Invalid("out_of_range", field=f"give.{chosen[0]}", promotion=promotion.key)
