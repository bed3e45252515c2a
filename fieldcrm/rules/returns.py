"""What a customer gets back for goods he returns (R1, decision 3): the price sold at, never more.

Everything is worked out for all that came back so far, and what was given before is taken off. So
several partial returns add up to the cent to what one return of the same goods would give, and a
whole return gives exactly what was paid. The part that a rebate paid goes back to the rebate. A gift
whose goods came back is due: while it is not returned too, its value is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.money import to_cents
from fieldcrm.rules.deliveries import Quantities, summed
from fieldcrm.rules.pricing.goods_rebates import is_given
from fieldcrm.rules.pricing.tax import tax

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Sold:
    """One line as it was sold; ``tax_on_top`` is the tax that its net does not hold."""

    key: str
    quantity: Decimal
    net: Decimal
    rebate: Decimal
    tax: Decimal
    tax_on_top: Decimal
    gift_by: str | None = None
    gift_value: Decimal = ZERO
    product: str = ""
    unit: str = ""

    @property
    def paid(self) -> Decimal:
        """What the customer paid for it in money."""
        return self.net - self.rebate + self.tax_on_top


@dataclass(frozen=True, slots=True)
class Taxed:
    """One line's tax, and the amount and rate it is of."""

    tax: Decimal
    base: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Back:
    """What comes back for goods: what is paid out (also by line), what goes to rebates, the tax in it.

    ``withheld`` is the value of gifts that are due and did not come back.
    """

    paid: Decimal = ZERO
    rebate: Decimal = ZERO
    tax: Decimal = ZERO
    withheld: Decimal = ZERO
    lines: Mapping[str, Decimal] = field(default_factory=dict)


def check(sold: Sequence[Sold], available: Quantities, before: Quantities, now: Quantities) -> None:
    """Raise unless ``now`` may come back of what is ``available`` (delivered), ``before`` left out."""
    known = {line.key for line in sold}
    for line, quantity in now.items():
        if line not in known:
            raise Invalid("unknown_line", field=f"quantities.{line}")
        left = available.get(line, Decimal()) - before.get(line, Decimal())
        if quantity > left:
            raise RuleBroken("returned_too_much", line=line, left=str(left), wanted=str(quantity))


def back(sold: Sequence[Sold], before: Sequence[Quantities], now: Quantities, due: Quantities) -> Back:
    """Return what ``now`` gives after the returns ``before``; ``due`` are gifts that are no longer earned.

    ``due`` and what is withheld for it are counted over all returns.
    """
    earlier = summed(before)
    lines = {line.key: _part(line.paid, line, now, earlier) for line in sold if line.key in now}
    return Back(
        paid=sum(lines.values(), ZERO),
        rebate=sum((_part(line.rebate, line, now, earlier) for line in sold), ZERO),
        tax=sum((_part(line.tax, line, now, earlier) for line in sold), ZERO),
        withheld=_withheld(sold, summed([earlier, now]), due),
        lines=lines,
    )


def settled(found: Back, withheld_before: Decimal) -> Back:
    """Return what is really paid out: of all that is withheld, ``withheld_before`` is done.

    More is never withheld than there is to pay; the rest waits for a later return. A gift that comes
    back later brings its withheld value along.
    """
    withheld = min(found.withheld - withheld_before, found.paid)
    return replace(found, withheld=withheld, paid=found.paid - withheld)


def _part(amount: Decimal, line: Sold, now: Quantities, earlier: Quantities) -> Decimal:
    """Return what ``now`` adds to the part of ``amount`` that came back, rounded in all."""
    before = min(earlier.get(line.key, Decimal()), line.quantity)
    after = min(before + now.get(line.key, Decimal()), line.quantity)
    return _share(amount, after, line.quantity) - _share(amount, before, line.quantity)


def _share(amount: Decimal, many: Decimal, of: Decimal) -> Decimal:
    return to_cents(amount * many / of) if of else ZERO


def _withheld(sold: Sequence[Sold], returned: Quantities, due: Quantities) -> Decimal:
    missing = ZERO
    for line in sold:
        lacks = min(due.get(line.key, Decimal()), line.quantity) - returned.get(line.key, Decimal())
        if line.gift_by is not None and lacks > 0:
            missing += _share(line.gift_value, lacks, line.quantity)
    return missing


def gifts_due(sold: Sequence[Sold], earned: Mapping[tuple[str, str, str], Decimal]) -> dict[str, Decimal]:
    """Return how much of every gift is due when the goods that stay earn ``earned`` (by, what, unit)."""
    left = dict(earned)
    due: dict[str, Decimal] = {}
    for line in sold:
        if line.gift_by is None or is_given(line.gift_by):
            continue
        key = (line.gift_by, line.product, line.unit)
        keeps = min(left.get(key, Decimal()), line.quantity)
        left[key] = left.get(key, Decimal()) - keeps
        if line.quantity > keeps:
            due[line.key] = line.quantity - keeps
    return due


def on_top(taxes: Sequence[Taxed], total: Decimal) -> list[Decimal]:
    """Return the tax of each line that its net does not hold; ``total`` is what these add up to.

    An order's prices are all with tax or all without; where books of both kinds met, a line's own
    figures tell.
    """
    if not total:
        return [ZERO for _ in taxes]
    if total == sum((each.tax for each in taxes), ZERO):
        return [each.tax for each in taxes]
    return [ZERO if tax(x.base, x.rate, included=True) == x.tax else x.tax for x in taxes]
