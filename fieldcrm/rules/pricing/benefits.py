"""What a promotion takes off each line, or adds as a gift (P7, decisions 2 to 4).

A percentage on lines rounds per line; an amount, and anything on the whole order, rounds once
and is spread by largest remainder over the line nets. Nothing raises a price, goes under a
floor or over a budget: what has no room is left out of a percentage, and moves to the lines
that still have room when a fixed amount was promised.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import prod

from fieldcrm.money import share, to_cents
from fieldcrm.rules.pricing.promotions import On, Promotion
from fieldcrm.rules.pricing.standing import Standing, counted, settled
from fieldcrm.rules.pricing.values import ONE, ZERO, Work

HUNDRED = Decimal(100)


def takes(promotion: Promotion, standing: Standing, budget: Decimal | None) -> list[Decimal]:
    """Return what comes off each of the standing's goods, in their order; ``budget`` is what is left."""
    give = standing.give
    if promotion.on == On.BUNDLE:
        wanted = _bundle(promotion, standing)
    elif give.percent_off is not None:
        wanted = _percent(promotion, standing.goods, give.percent_off)
    elif give.amount_off is not None:
        wanted = spread(give.amount_off * standing.times, standing.goods)
    elif give.amount_off_per_unit is not None:
        off = give.amount_off_per_unit
        wanted = [_worth(off, each, promotion.unit) for each in standing.goods]
    elif give.fixed_price is not None:
        price = give.fixed_price
        wanted = [each.net - _worth(price, each, promotion.unit) for each in standing.goods]
    elif give.cheapest_free is not None:
        wanted = _cheapest_free(promotion, standing, give.cheapest_free)
    elif give.set_price is not None:
        wanted = _any_for(promotion, standing, give.set_price)
    else:
        wanted = [ZERO] * len(standing.goods)
    allowed = [ZERO] * len(wanted)
    for n, (want, each) in enumerate(zip(wanted, standing.goods, strict=True)):
        if want > ZERO and (room := each.net - each.lowest) > ZERO:
            allowed[n] = want if want <= room else room
    return within(budget, allowed)


def _worth(price: Decimal, work: Work, unit: str) -> Decimal:
    """Return what a line comes to at ``price`` for each ``unit``."""
    exact = price * counted(work, unit)
    return to_cents(settled(exact) if unit else exact)


def within(budget: Decimal | None, allowed: list[Decimal]) -> list[Decimal]:
    """Clip to what the budget still holds; the parts shrink alike."""
    if budget is None:
        return allowed
    total = sum(allowed, ZERO)
    return allowed if total <= budget or not total else share(budget, allowed)


def _percent(promotion: Promotion, goods: Sequence[Work], percent: Decimal) -> list[Decimal]:
    if promotion.on == On.ORDER:
        nets = [each.net for each in goods]
        whole = to_cents(sum(nets, ZERO) * percent / HUNDRED)
        return share(whole, nets) if whole else [ZERO] * len(nets)
    rate = percent / HUNDRED
    return [to_cents(each.net * rate) for each in goods]


def spread(amount: Decimal, goods: Sequence[Work], weights: Sequence[Decimal] | None = None) -> list[Decimal]:
    """Spread ``amount`` by weight, moving on what does not fit until there is no room left."""
    parts = [ZERO] * len(goods)
    shares = list(weights if weights is not None else [each.net for each in goods])
    left = to_cents(amount)
    while left > 0:
        open_lines = [n for n, each in enumerate(goods) if each.room > parts[n] and shares[n] > 0]
        if not open_lines:
            break
        for n, part in zip(open_lines, share(left, [shares[n] for n in open_lines]), strict=True):
            fits = min(part, goods[n].room - parts[n])
            parts[n] += fits
            left -= fits
    return parts


def _bundle(promotion: Promotion, standing: Standing) -> list[Decimal]:
    """Only the goods inside complete sets carry the benefit; earlier lines fill the sets first."""
    inside = _inside(promotion, standing)
    scale = prod((work.base_quantity for work, part in inside if 0 < part < work.base_quantity), start=ONE)
    values = [work.net * part * scale / work.base_quantity for work, part in inside]  # scaled: no thirds
    give, whole = standing.give, sum(values, ZERO) / scale
    if give.percent_off is not None:
        off = sum(values, ZERO) * give.percent_off / HUNDRED / scale
    elif give.set_price is not None:
        off = whole - give.set_price * standing.times
    elif give.amount_off is not None:
        off = give.amount_off * (standing.times if give.per_set else 1)
    elif give.fixed_price is not None:
        off = whole - give.fixed_price * standing.times
    elif give.amount_off_per_unit is not None:
        off = give.amount_off_per_unit * sum(promotion.products.values(), ZERO) * standing.times
    elif give.cheapest_free is not None:
        return _cheapest_of_sets(promotion, standing, give.cheapest_free)
    else:
        off = ZERO
    return spread(min(off, whole), standing.goods, values)


def _inside(promotion: Promotion, standing: Standing) -> list[tuple[Work, Decimal]]:
    """Return how much of each line the complete sets hold."""
    need = {product: quantity * standing.times for product, quantity in promotion.products.items()}
    found = []
    for each in standing.goods:
        part = min(need[each.line.product], each.base_quantity)
        need[each.line.product] -= part
        found.append((each, part))
    return found


def _cheapest_of_sets(promotion: Promotion, standing: Standing, free: int) -> list[Decimal]:
    """Of every complete set the cheapest units are free."""
    inside = _inside(promotion, standing)
    prices = [each.net / each.base_quantity for each in standing.goods]
    wanted = Decimal(free * standing.times)
    values = [ZERO] * len(prices)
    for n in sorted(range(len(prices)), key=lambda n: (prices[n], n)):
        each, part = inside[n]
        taken = min(wanted, part)
        values[n] = to_cents(each.net * taken / each.base_quantity)
        wanted -= taken
    return values


def _cheapest_free(promotion: Promotion, standing: Standing, free: int) -> list[Decimal]:
    return _units(standing, promotion.buy_unit, Decimal(free * standing.times), dearest=False)


def _any_for(promotion: Promotion, standing: Standing, price: Decimal) -> list[Decimal]:
    """Any ``buy_quantity`` units for a price: the dearest units go into the sets."""
    units = (promotion.buy_quantity or Decimal(1)) * standing.times
    values = _units(standing, promotion.buy_unit, units, dearest=True)
    off = sum(values, ZERO) - price * standing.times
    return spread(off, standing.goods, values)


def _units(standing: Standing, unit: str, wanted: Decimal, *, dearest: bool) -> list[Decimal]:
    """Return the value of the ``wanted`` cheapest or dearest units, by line."""
    counts = [counted(each, unit) for each in standing.goods]
    prices = [settled(each.net / count) for each, count in zip(standing.goods, counts, strict=True)]
    values = [ZERO] * len(counts)
    for n in sorted(range(len(counts)), key=lambda n: (-prices[n] if dearest else prices[n], n)):
        inside = max(min(wanted, counts[n]), ZERO)
        values[n] = to_cents(settled(standing.goods[n].net * inside / counts[n]))
        wanted -= inside
    return values


def gift_times(standing: Standing, promotion: Promotion) -> int:
    """Return how often the gift is given: once unless the promotion repeats."""
    repeats = promotion.repeat or standing.give.per_set or promotion.every_amount is not None
    return standing.times if repeats else min(standing.times, 1)
