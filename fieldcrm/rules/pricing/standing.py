"""How far an order gets with a promotion: which goods count, whether and how often it is met (P7).

Goods that are not promotable neither get anything nor count towards a threshold; gifts never
count. The thresholds of order promotions all look at the net after line promotions. Cumulative
promotions count the customer's earlier orders inside the promotion's period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fieldcrm.rules.pricing.promotions import Give, On, Promotion
from fieldcrm.rules.pricing.values import ONE, Cart, Past, Product, Work


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


@dataclass(frozen=True, slots=True)
class Basket:
    """The lines that promotions may touch, found by article."""

    lines: tuple[Work, ...]
    by_product: Mapping[str, tuple[Work, ...]]
    catalogue: Mapping[str, Product]
    places: Mapping[str, int]

    def place(self, work: Work) -> int:
        """Return where a line stands in the order."""
        return self.places[work.line.key]


def basket(work: Iterable[Work], catalogue: Mapping[str, Product]) -> Basket:
    """Gather the promotable lines; ``catalogue`` knows the units of what was bought before."""
    lines = tuple(each for each in work if each.product.promotable)
    found: dict[str, tuple[Work, ...]] = {}
    for each in lines:
        found[each.line.product] = (*found.get(each.line.product, ()), each)
    return Basket(lines, found, catalogue, {each.line.key: n for n, each in enumerate(lines)})


@dataclass(frozen=True, slots=True)
class Limits:
    """What may still be used of promotions: facts, not rules.

    ``budgets``, ``uses`` (of this customer) and ``uses_in_all`` name what is left where somebody
    else keeps count (a ledger, or a slice that a device was given); a promotion that they do not
    name counts for itself.
    """

    history: Sequence[Past] = ()
    budgets: Mapping[str, Decimal] = field(default_factory=dict)
    uses: Mapping[str, int] = field(default_factory=dict)
    uses_in_all: Mapping[str, int] = field(default_factory=dict)

    def budget(self, promotion: Promotion) -> Decimal | None:
        """Return what may still be spent on ``promotion``; None when it has no budget."""
        if promotion.budget is None:
            return None
        left = self.budgets.get(promotion.key, promotion.budget - promotion.budget_used)
        return max(left, Decimal())


NO_LIMITS = Limits()


def reached(promotion: Promotion, work: Basket, cart: Cart, limits: Limits) -> Standing | Missed | None:
    """Say how far ``cart`` gets; None when it has none of the promotion's goods."""
    goods = _goods(promotion, work)
    if not goods:
        return None
    if promotion.max_uses is not None and _used_up(promotion, promotion.max_uses, cart, limits):
        return Missed(promotion, "used_up")
    most = promotion.max_uses_in_all
    if most is not None and limits.uses_in_all.get(promotion.key, most) <= 0:
        return Missed(promotion, "used_up_by_all")
    if promotion.budget is not None and limits.budget(promotion) == 0:
        return Missed(promotion, "budget_spent")
    earlier = _NOTHING_EARLIER
    if promotion.cumulative:
        earlier = _earlier(promotion, work.catalogue, cart, limits.history)
    quantity, amount = earlier.quantity(promotion.unit), earlier.amount
    if promotion.counts_quantity:
        for each in goods:
            quantity += counted(each, promotion.unit)
    if promotion.counts_amount:
        for each in goods:
            amount += _measured(promotion, each)
    counts = promotion.counts_quantity or promotion.counts_amount
    if counts and (lack := _lack(promotion, quantity, amount)) is not None:
        return lack
    give = _give(promotion, quantity, amount) if promotion.tiers else promotion.give
    if give is None:
        lowest = promotion.tiers[0]
        missing = (lowest.min_amount or Decimal()) - amount if lowest.min_amount is not None else None
        return Missed(promotion, "amount_short", missing)
    times = _times(promotion, give, goods, earlier, amount)
    return Standing(goods, times, give) if times > 0 else _short_of_one(promotion, goods, amount)


def _goods(promotion: Promotion, work: Basket) -> tuple[Work, ...]:
    if promotion.on == On.ORDER:
        return work.lines
    named, held = promotion.products, work.by_product
    if len(named) == 1:
        return held.get(next(iter(named)), ())
    if promotion.on == On.BUNDLE and not named.keys() <= held.keys():
        return ()
    found = named.keys() & held.keys()
    if len(found) == 1:
        return held[found.pop()]
    return tuple(sorted((each for key in found for each in held[key]), key=work.place))


def _measured(promotion: Promotion, work: Work) -> Decimal:
    """Return a line's net as thresholds see it."""
    if promotion.on == On.ORDER and work.after_lines is not None:
        return work.after_lines
    return work.net


def counted(work: Work, unit: str) -> Decimal:
    """Return a line's quantity in ``unit``, in base units when the product has no such unit."""
    return work.base_quantity / _factor(work.product, unit) if unit else work.base_quantity


def _factor(product: Product, unit: str) -> Decimal:
    return product.factor(unit) if unit and product.knows(unit) else ONE


def _used_up(promotion: Promotion, most: int, cart: Cart, limits: Limits) -> bool:
    if promotion.key in limits.uses:
        return limits.uses[promotion.key] <= 0
    orders = {
        past.order
        for past in limits.history
        if past.counts and past.customer == cart.customer.key and promotion.key in past.promotions
    }
    return len(orders) >= most


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What the customer bought before, for cumulative promotions."""

    rows: tuple[tuple[Product, Decimal], ...] = ()
    amount: Decimal = Decimal()

    def quantity(self, unit: str) -> Decimal:
        if not self.rows:
            return Decimal()
        return sum((base / _factor(product, unit) for product, base in self.rows), Decimal())


_NOTHING_EARLIER = _Earlier()


def _earlier(
    promotion: Promotion, catalogue: Mapping[str, Product], cart: Cart, history: Sequence[Past]
) -> _Earlier:
    rows = [
        past
        for past in history
        if past.counts
        and past.customer == cart.customer.key
        and past.on <= cart.on
        and promotion.holds_on(past.on)
        and (promotion.on == On.ORDER or past.product in promotion.products)
    ]
    quantities = tuple(
        (catalogue.get(row.product) or Product(row.product, ""), row.base_quantity) for row in rows
    )
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
    reached = (tier.give for tier in reversed(promotion.tiers) if tier.is_reached(quantity, amount))
    return next(reached, None)


def _times(
    promotion: Promotion, give: Give, goods: Sequence[Work], earlier: _Earlier, amount: Decimal
) -> int:
    """Return how often the promotion is met now, beyond what earlier orders already met."""
    if promotion.on == On.BUNDLE:
        times = sets(promotion, goods)
    elif promotion.every_amount:
        times = int(amount // promotion.every_amount) - int(earlier.amount // promotion.every_amount)
    elif promotion.buy_quantity:
        before = earlier.quantity(promotion.buy_unit)
        now = before + sum((counted(each, promotion.buy_unit) for each in goods), Decimal())
        times = int(now // promotion.buy_quantity) - int(before // promotion.buy_quantity)
        times = times if promotion.repeat or give.per_set else min(times, 1)
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
