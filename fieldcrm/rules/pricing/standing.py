"""How far an order gets with a promotion: which goods count, whether and how often it is met (P7).

Goods that are not promotable neither get anything nor count towards a threshold; gifts never
count. The thresholds of order promotions all look at the net after line promotions. Cumulative
promotions count the customer's earlier orders inside the promotion's period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal

from msgspec import Struct

from fieldcrm.rules.pricing.promotions import Give, On, Promotion, PromotionIndex, is_meant
from fieldcrm.rules.pricing.values import ONE, ZERO, Cart, Past, Product, Work


class Standing(Struct, frozen=True):
    """How far an order gets with a promotion: its goods, how often it is met, what it gives."""

    goods: Sequence[Work]
    times: int
    give: Give


class Missed(Struct, frozen=True):
    """Why a promotion gives nothing; ``missing`` is what the order lacks, where that can be said."""

    promotion: Promotion
    reason: str
    missing: Decimal | None = None
    unit: str = ""


Meeting = tuple[Promotion, Sequence[Work]]
"""A promotion and the lines of a cart that it is about."""


def meetings(work: Iterable[Work], index: PromotionIndex, cart: Cart) -> list[Meeting]:
    """Return what may touch ``cart``, in the order in which it acts, each with its goods."""
    lines = [each for each in work if each.product.promotable]
    found: dict[int, list[Work]] = {}
    for each in lines:
        for place in index.places.get(each.line.product, ()):
            if place in found:
                found[place].append(each)
            else:
                found[place] = [each]
    by_lines = ((index.ranked[place], found[place]) for place in sorted(found))
    met: list[Meeting] = [
        (promotion, goods)
        for promotion, goods in by_lines
        if (promotion.on != On.BUNDLE or _is_complete(promotion, goods)) and is_meant(promotion, cart)
    ]
    if lines:
        met += [(promotion, lines) for promotion in index.order if is_meant(promotion, cart)]
    return met


def _is_complete(bundle: Promotion, goods: Sequence[Work]) -> bool:
    return len({each.line.product for each in goods}) == len(bundle.products)


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


def reached(
    meeting: Meeting, catalogue: Mapping[str, Product], cart: Cart, limits: Limits
) -> Standing | Missed:
    """Say how far ``cart`` gets; ``catalogue`` knows the units of what was bought before."""
    promotion, goods = meeting
    if promotion.is_limited and (spent := _spent(promotion, cart, limits)):
        return Missed(promotion, spent)
    earlier = _NOTHING_EARLIER
    if promotion.cumulative:
        earlier = _earlier(promotion, catalogue, cart, limits.history)
    quantity, amount = ZERO, earlier.amount
    if promotion.counts_quantity:
        quantity = _bought(goods, promotion.unit, earlier)
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
    times = 1 if promotion.is_met_once else _times(promotion, give, goods, earlier, amount)
    return Standing(goods, times, give) if times > 0 else _short_of_one(promotion, goods, amount)


def _spent(promotion: Promotion, cart: Cart, limits: Limits) -> str:
    """Say what of a promotion's limits is used up; empty while something is left of each."""
    if promotion.max_uses is not None and _used_up(promotion, promotion.max_uses, cart, limits):
        return "used_up"
    most = promotion.max_uses_in_all
    if most is not None and limits.uses_in_all.get(promotion.key, most) <= 0:
        return "used_up_by_all"
    return "budget_spent" if promotion.budget is not None and limits.budget(promotion) == 0 else ""


def _measured(promotion: Promotion, work: Work) -> Decimal:
    """Return a line's net as thresholds see it."""
    if promotion.on == On.ORDER and work.after_lines is not None:
        return work.after_lines
    return work.net


def counted(work: Work, unit: str) -> Decimal:
    """Return a line's quantity in ``unit``, in base units when the product has no such unit."""
    found = work.counts.get(unit)
    if found is None:
        found = work.base_quantity / _factor(work.product, unit) if unit else work.base_quantity
        work.counts[unit] = found
    return found


def _bought(goods: Sequence[Work], unit: str, earlier: _Earlier) -> Decimal:
    """Return how much of ``unit`` was bought, with what was bought earlier."""
    whole = earlier.quantity(unit)
    for each in goods:
        whole += counted(each, unit)
    return settled(whole) if unit else whole


def settled(number: Decimal) -> Decimal:
    """Return a number without what dividing left at its far end: three thirds of a case are a case."""
    return _NEAR.plus(number)


_NEAR = Context(prec=24)


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
    for tier in reversed(promotion.tiers):
        if tier.is_reached(quantity, amount):
            return tier.give
    return None


def _times(
    promotion: Promotion, give: Give, goods: Sequence[Work], earlier: _Earlier, amount: Decimal
) -> int:
    """Return how often the promotion is met now, beyond what earlier orders already met."""
    if promotion.on == On.BUNDLE:
        times = sets(promotion, goods)
    elif promotion.every_amount:
        times = int(amount // promotion.every_amount) - int(earlier.amount // promotion.every_amount)
    elif promotion.buy_quantity:
        before = _bought((), promotion.buy_unit, earlier)
        now = _bought(goods, promotion.buy_unit, earlier)
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
        bought = _bought(goods, promotion.buy_unit, _NOTHING_EARLIER)
        short = promotion.buy_quantity - bought % promotion.buy_quantity
        return Missed(promotion, "quantity_short", short, promotion.buy_unit)
    return Missed(promotion, "set_incomplete")
