"""What a rebate of a period has come to so far, and what is still to be booked for it (P8).

A period is reckoned from all of its sales each time, so a late order, a cancelled one and a return
need no rule of their own: what differs from what was booked is booked as one more entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fieldcrm.rules.pricing import rebates
from fieldcrm.rules.pricing.rebates import Earning, Program, period_of
from fieldcrm.rules.pricing.values import ZERO

_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Sale:
    """One accepted order of a customer, as far as a program counts its goods; ``quantity`` in base units."""

    on: date
    net: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One counted line of an order, for what comes back of it."""

    net: Decimal
    quantity: Decimal
    base_quantity: Decimal


def kept(on: date, lines: Mapping[str, Line], back: Iterable[Mapping[str, Decimal]]) -> Sale:
    """Return an order's sale without the goods that came back; ``back`` is by line, in the line's unit."""
    net = sum((line.net for line in lines.values()), ZERO)
    quantity = sum((line.base_quantity for line in lines.values()), ZERO)
    for key, number in (each for quantities in back for each in quantities.items()):
        line = lines.get(key)
        if line is not None and line.quantity:
            net -= line.net * number / line.quantity
            quantity -= line.base_quantity * number / line.quantity
    return Sale(on, net, quantity)


@dataclass(frozen=True, slots=True)
class Span:
    """A period of a program, without the days on which the program does not run."""

    first: date
    last: date


def span(program: Program, on: date) -> Span:
    """Return the period that ``on`` lies in."""
    first, last = period_of(program.earning.period, on)
    return Span(max(first, program.valid_from or first), min(last, program.valid_to or last))


def ended(program: Program, today: date, since: date) -> Iterator[Span]:
    """Yield the periods that ended on or after ``since`` and before ``today``, the oldest first.

    A period ends with the calendar's, also when the program ran out inside it.
    """
    last = period_of(program.earning.period, since)[1]
    while last < today:
        found = span(program, last)
        if found.first <= found.last:
            yield found
        last = period_of(program.earning.period, last + _DAY)[1]


def counts_from(program: Program, of: Span) -> date:
    """Return since when sales matter to a period: with a remainder that is carried, since the beginning."""
    return (program.valid_from or date.min) if program.earning.carry_remainder else of.first


def earned(program: Program, sales: Iterable[Sale], of: Span) -> Decimal:
    """Return what a period's sales earn: money, or goods in base units."""
    earning = program.earning
    since = counts_from(program, of)
    counted = [sale for sale in sales if since <= sale.on <= of.last]
    if earning.per_quantity:
        before = sum((sale.quantity for sale in counted if sale.on < of.first), ZERO)
        now = sum((sale.quantity for sale in counted if sale.on >= of.first), ZERO)
        carried = rebates.earned_by_quantity(earning, before)[1]
        return rebates.earned_by_quantity(earning, now, carried)[0]
    inside = [sale for sale in counted if sale.on >= of.first and sale.net >= earning.min_order_net]
    net = sum((sale.net for sale in inside), ZERO)
    return rebates.earned_in_period(earning, net, sum((sale.quantity for sale in inside), ZERO))


def at_once(program: Program, net: Decimal, quantity: Decimal) -> Decimal:
    """Return what one order earns when it is accepted; by quantity a remainder is lost."""
    if program.earning.period or (program.goods and not program.product):
        return ZERO
    if program.earning.per_quantity:
        return rebates.earned_by_quantity(program.earning, quantity)[0]
    return ZERO if program.goods else rebates.earned_by_order(program.earning, net)


@dataclass(frozen=True, slots=True)
class Next:
    """What is missing to earn more: so much money, or so many base units; ``percent`` is the next tier's."""

    amount: Decimal | None = None
    quantity: Decimal | None = None
    percent: Decimal | None = None


def to_next(earning: Earning, net: Decimal, quantity: Decimal) -> Next | None:
    """Return what the next step takes; None on the last one."""
    if earning.per_quantity:
        return Next(quantity=earning.per_quantity - quantity % earning.per_quantity)
    for tier in earning.tiers:
        if net < tier.min_amount or quantity < tier.min_quantity:
            short = tier.min_amount - net
            lack = tier.min_quantity - quantity
            return Next(short if short > 0 else None, lack if lack > 0 else None, tier.percent)
    return None


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of what was earned before, to take a correction from."""

    id: str
    balance: Decimal


def taken(owed: Decimal, lots: Sequence[Lot]) -> list[tuple[str, Decimal]]:
    """Return from which lots what was earned too much comes back, none below nothing; the rest waits."""
    found = []
    for lot in lots:
        part = min(max(lot.balance, ZERO), owed)
        if part:
            found.append((lot.id, part))
            owed -= part
    return found
