"""What an order earns of the rebates in a case, with the earlier orders of its period."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from fieldcrm.rules.pricing import Priced, Rules, accruals, rebates
from fieldcrm.rules.pricing.accruals import Sale, Span
from fieldcrm.rules.pricing.rebates import Earning, EarnTier, Program
from fieldcrm.rules.pricing.values import Cart, Past
from tests.conformance.vocabulary import Given, day, maybe, number


def earned(row: Given, cart: Cart, priced: Priced, rules: Rules) -> tuple[Decimal, Decimal]:
    """Return what the order earns, with what is earlier in the period where that counts, and what is left."""
    earn, earning, of = row["earn"], earning_of(row["earn"]), _span(row, cart.on)
    earlier = [
        past
        for past in rules.limits.history
        if past.counts and past.customer == cart.customer.key and of.first <= past.on <= of.last
    ]
    if earning.per_quantity:
        return _by_quantity(earn, earlier, priced, rules)
    if earn.get("period") or earning.tiers:
        now = Sale(cart.on, priced.goods_net, sum((line.base_quantity for line in priced.lines), Decimal()))
        return accruals.earned(Program(row["code"], earning), [*_sales(earlier), now], of), Decimal()
    return rebates.earned_by_order(earning, priced.goods_net), Decimal()


def _sales(earlier: Iterable[Past]) -> list[Sale]:
    """Return the lines of earlier orders put together again."""
    orders: dict[str, Sale] = {}
    for past in earlier:
        known = orders.get(past.order, Sale(past.on, Decimal(), Decimal()))
        orders[past.order] = Sale(known.on, known.net + past.net, known.quantity + past.base_quantity)
    return [*orders.values()]


def _span(row: Given, on: date) -> Span:
    """Return the period of an order, as far as the rebate runs; a period may be named or have its days."""
    named = row["earn"].get("period") or ""
    first, last = rebates.period_of(*_named(str(named), on))
    if isinstance(named, dict):
        first = day(named.get("from") or named.get("valid_from")) or first
        last = day(named.get("to") or named.get("valid_to")) or last
    starts, ends = day(row.get("valid_from")), day(row.get("valid_to"))
    return Span(max(first, starts or first), min(last, ends or last))


def _named(period: str, on: date) -> tuple[str, date]:
    """Return the kind of a period and a day in it: 2026-Q3, 2026-H2, 2026-09 and 2026 say when."""
    said = re.fullmatch(r"(\d{4})(?:-?(Q|H|)(\d{1,2}))?", period)
    if said is None:
        return {"quarterly": "quarter", "monthly": "month", "yearly": "year"}.get(period, period), on
    year, letter, number_ = said.groups()
    kind, months = {"Q": ("quarter", 3), "H": ("half", 6), "": ("month", 1), None: ("year", 12)}[letter]
    return kind, date(int(year), months * (int(number_ or 1) - 1) + 1, 1)


def _by_quantity(
    earn: Given, earlier: Iterable[Past], priced: Priced, rules: Rules
) -> tuple[Decimal, Decimal]:
    earning, product = earning_of(earn), earn.get("product")

    def counted(rows: Iterable[tuple[str, Decimal]]) -> Decimal:
        return sum(
            (base / (rules.products[key].factor(earn["unit"]) if earn.get("unit") else 1)
             for key, base in rows if product in (None, key)),
            Decimal(),
        )  # fmt: skip

    now = counted((line.product, line.base_quantity) for line in priced.lines)
    before = counted((past.product, past.base_quantity) for past in earlier)
    if earn.get("period"):
        now, before = now + before, Decimal()
    carried = rebates.earned_by_quantity(earning, before)[1]
    return rebates.earned_by_quantity(earning, now, carried)


def earning_of(earn: Given) -> Earning:
    """Return how a rebate is earned."""
    give = earn.get("give")
    per_unit = give.get("qty") or give.get("amount") if isinstance(give, dict) else give
    tiers = sorted(map(_tier, earn.get("tiers") or ()), key=lambda tier: (tier.min_amount, tier.min_quantity))
    return Earning(
        per_order_percent=maybe(earn.get("per_order_percent")),
        min_order_net=number(earn.get("min_order_net") or 0),
        tiers=tuple(tiers),
        progressive=str(earn.get("mode")).startswith(("progressive", "marginal", "incremental")),
        per_quantity=maybe(earn.get("per_qty")),
        give=number(per_unit or 0),
        carry_remainder=bool(earn.get("carry_remainder")),
    )


def _tier(row: Given) -> EarnTier:
    percent = str(_first(row, "percent", "percent_off", "rate") or 0).removesuffix("%")
    least = _first(row, "min_amount", "min_net", "min_order_net", "from")
    return EarnTier(number(percent), number(least or 0), number(row.get("min_qty") or 0))


def _first(row: Given, *names: str) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)
