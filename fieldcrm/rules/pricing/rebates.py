"""Rebates used on an order and earned by it (P8, decision 5).

Limits look at the amount after promotions, without gifts; the tightest one wins, and a limit by
share of the order holds for everything that is used on it together. Earliest expiry is used
first. Asking for more than allowed is an error, asking for as much as allowed never is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.money import share, to_cents
from fieldcrm.rules.pricing.values import ZERO, Cart, Whom, Work

AUTO, GOODS = "auto", "goods"
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Rebate:
    """A balance that may be used; percentages are of the order's net and of a product's net.

    With a ``product`` it is goods, in base units, and ``goods_rebates`` gives them.
    """

    key: str
    balance: Decimal
    valid_from: date | None = None
    valid_to: date | None = None
    max_order_percent: Decimal | None = None
    max_product_percent: Mapping[str, Decimal] = field(default_factory=dict)
    label: str = ""
    product: str = ""

    def holds_on(self, on: date) -> bool:
        """Say whether the balance may be used; both ends are inclusive."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


def use(cart: Cart, work: Sequence[Work], rebates: Sequence[Rebate]) -> list[tuple[str, Decimal]]:
    """Take what ``cart`` asks for off the balances; returns what each gave, and marks the lines."""
    used: dict[str, Decimal] = {}
    money = [each for each in rebates if not each.product]
    goods = {GOODS, *(each.key for each in rebates if each.product)}
    for key, wanted in ((key, wanted) for key, wanted in cart.rebates if key not in goods):
        if wanted is not None and (not wanted.is_finite() or wanted < 0):
            raise Invalid("out_of_range", field="use_rebate", rebate=key)
        held = [replace(each, balance=each.balance - used.get(each.key, ZERO)) for each in money]
        if key == AUTO:
            taken = _use_by_expiry(cart, work, held, wanted)
        else:
            taken = [(key, _use_one(cart, work, _named(key, held), wanted))]
        for each, amount in taken:
            used[each] = used.get(each, ZERO) + amount
    return [*used.items()]


def _named(key: str, rebates: Iterable[Rebate]) -> Rebate:
    for rebate in rebates:
        if rebate.key == key:
            return rebate
    raise RuleBroken("rebate_unknown", rebate=key)


def _use_one(cart: Cart, work: Sequence[Work], rebate: Rebate, wanted: Decimal | None) -> Decimal:
    if not rebate.holds_on(cart.on):
        if wanted is None:
            return ZERO
        raise RuleBroken("rebate_expired", rebate=rebate.key, valid_to=rebate.valid_to)
    allowed = _allowed(work, rebate)
    if wanted is not None and wanted > rebate.balance:
        raise RuleBroken("rebate_balance", rebate=rebate.key, wanted=wanted, balance=rebate.balance)
    if wanted is not None and wanted > allowed:
        raise RuleBroken("rebate_limit", rebate=rebate.key, wanted=wanted, allowed=allowed)
    amount = max(min(allowed, rebate.balance), ZERO) if wanted is None else to_cents(wanted)
    _mark(work, rebate, amount)
    return amount


def _use_by_expiry(
    cart: Cart, work: Sequence[Work], rebates: Sequence[Rebate], wanted: Decimal | None
) -> list[tuple[str, Decimal]]:
    left, used = wanted, []
    for rebate in sorted(rebates, key=lambda each: (each.valid_to or date.max, each.key)):
        if not rebate.holds_on(cart.on):
            continue
        possible = min(_allowed(work, rebate), rebate.balance)
        amount = possible if left is None else min(possible, left)
        if amount > 0:
            _mark(work, rebate, amount)
            used.append((rebate.key, amount))
        left = None if left is None else left - amount
    if left:
        raise RuleBroken("rebate_limit", rebate=AUTO, wanted=wanted, allowed=(wanted or ZERO) - left)
    return used


def _rooms(work: Sequence[Work], rebate: Rebate) -> list[Decimal]:
    """Return what each line may still carry, by its own share limit."""
    rooms = []
    for product in dict.fromkeys(each.line.product for each in work):
        lines = [each for each in work if each.line.product == product]
        net = sum((each.promoted for each in lines), ZERO)
        percent = rebate.max_product_percent.get(product, HUNDRED)
        rooms.append((lines, _cents_down(net * percent / HUNDRED) - sum((x.rebate for x in lines), ZERO)))
    by_line = {}
    for lines, room in rooms:
        left = max(room, ZERO)
        for each in lines:
            fits = min(left, each.net - each.rebate)
            by_line[each.line.key] = fits
            left -= fits
    return [by_line[each.line.key] for each in work]


def _cents_down(amount: Decimal) -> Decimal:
    """A limit never rounds up past itself."""
    cents = to_cents(amount)
    return cents if cents <= amount else cents - Decimal("0.01")


def _allowed(work: Sequence[Work], rebate: Rebate) -> Decimal:
    allowed = sum(_rooms(work, rebate), ZERO)
    if rebate.max_order_percent is not None:
        net = sum((each.promoted for each in work), ZERO)
        already = sum((each.rebate for each in work), ZERO)
        allowed = min(allowed, _cents_down(net * rebate.max_order_percent / HUNDRED) - already)
    return max(allowed, ZERO)


def _mark(work: Sequence[Work], rebate: Rebate, amount: Decimal) -> None:
    """Spread what was used over the lines by the room they have."""
    rooms = _rooms(work, rebate)
    if amount <= 0:
        return
    for each, part in zip(work, share(amount, rooms), strict=True):
        each.rebate += part


@dataclass(frozen=True, slots=True)
class EarnTier:
    """From ``min_amount`` (or ``min_quantity``) the rebate is ``percent``."""

    percent: Decimal
    min_amount: Decimal = ZERO
    min_quantity: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Earning:
    """How a rebate is earned; ``progressive`` pays each tier's percentage on its own part only.

    With a ``period`` (see ``period_of``) it is earned when that ends, without one at once.
    """

    per_order_percent: Decimal | None = None
    min_order_net: Decimal = ZERO
    tiers: tuple[EarnTier, ...] = ()
    progressive: bool = False
    per_quantity: Decimal | None = None
    give: Decimal = ZERO
    carry_remainder: bool = False
    period: str = ""


def period_of(name: str, on: date) -> tuple[date, date]:
    """Return the first and last day of the month, quarter, half or year that ``on`` lies in."""
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}.get(name)
    if months is None:
        return date.min, date.max
    first = (on.month - 1) // months * months + 1
    last = first + months - 1
    ends = date(on.year + last // 12, last % 12 + 1, 1) - timedelta(1)
    return date(on.year, first, 1), ends


def earned_by_order(earning: Earning, net: Decimal) -> Decimal:
    """Return what one order's net (without gifts, before tax) earns at once."""
    if earning.period or earning.per_order_percent is None or net < earning.min_order_net:
        return ZERO
    return to_cents(net * earning.per_order_percent / HUNDRED)


def earned_in_period(earning: Earning, net: Decimal, quantity: Decimal = ZERO) -> Decimal:
    """Return what a period's net earns by tiers; a border amount belongs to the upper tier."""
    if not earning.tiers:
        percent = earning.per_order_percent if net >= earning.min_order_net else None
        return to_cents(net * (percent or ZERO) / HUNDRED)
    if not earning.progressive:
        reached = [t for t in earning.tiers if net >= t.min_amount and quantity >= t.min_quantity]
        return to_cents(net * reached[-1].percent / HUNDRED) if reached else ZERO
    tops = [*(tier.min_amount for tier in earning.tiers[1:]), max(net, earning.tiers[-1].min_amount)]
    parts = (
        max(min(net, top) - tier.min_amount, ZERO) * tier.percent / HUNDRED
        for tier, top in zip(earning.tiers, tops, strict=True)
    )
    return to_cents(sum(parts, ZERO))


def earned_by_quantity(
    earning: Earning, quantity: Decimal, carried: Decimal = ZERO
) -> tuple[Decimal, Decimal]:
    """Return (what ``quantity`` earns, the remainder that is carried to the next time)."""
    if not earning.per_quantity:
        return ZERO, ZERO
    whole = quantity + (carried if earning.carry_remainder else ZERO)
    times, rest = divmod(whole, earning.per_quantity)
    return times * earning.give, rest if earning.carry_remainder else ZERO


@dataclass(frozen=True, slots=True)
class Program:
    """What an office agreed: whom a rebate is for, how it is earned, how long and how far it may be used.

    ``of`` names the articles that count (none: all), ``product`` what is given where goods are.
    """

    key: str
    earning: Earning
    whom: Whom = ()
    valid_from: date | None = None
    valid_to: date | None = None
    keep_days: int | None = None
    goods: bool = False
    max_order_percent: Decimal | None = None
    max_product_percent: Mapping[str, Decimal] = field(default_factory=dict)
    label: str = ""
    of: frozenset[str] = frozenset()
    product: str = ""

    def holds_on(self, on: date) -> bool:
        """Say whether something can be earned on ``on``; both ends are inclusive."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


def check(program: Program) -> None:
    """Refuse a program that could not be worked out: run it when one is saved."""
    if program.valid_from and program.valid_to and program.valid_to < program.valid_from:
        raise RuleBroken("period_reversed", rebate=program.key)
    limits = [("max_product_percent", each) for each in program.max_product_percent.values()]
    for name, most in (("max_order_percent", program.max_order_percent), *limits):
        if most is not None and not 0 <= most <= HUNDRED:
            raise Invalid("out_of_range", field=name, rebate=program.key)
    steps = [(tier.min_amount, tier.min_quantity) for tier in program.earning.tiers]
    for number, (sooner, later) in enumerate(pairwise(steps), start=1):
        if later <= sooner:
            name = "min_amount" if later[0] or sooner[0] else "min_quantity"
            raise RuleBroken("tiers_not_rising", rebate=program.key, field=f"earn.tiers.{number}.{name}")
    if program.goods and program.earning.period and not program.product:
        raise Invalid("required", field="earn.product_id", rebate=program.key)
    if program.keep_days is not None and program.keep_days < 0:
        raise Invalid("out_of_range", field="keep_days", rebate=program.key)
