"""What a promotion costs and when it pays, by formulas that the screen and the manual state word for word.

cost = what comes off + gifts at the value they would have cost (decision 4)
margin a unit = (net of the promoted goods - gifts at their value - their cost) / units, before tax
extra units to break even = cost before tax / margin a unit
ROI = (extra units x margin a unit - cost before tax) / cost before tax

The promoted goods are those of the orders that the promotion touched. Extra units are sold under
the promotion too: so the margin is what is left of a unit while it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Run:
    """What a promotion did; quantities in base units, ``goods_cost`` None where nobody knows or may see it.

    ``net`` and ``goods_cost`` are of the ``quantity`` promoted units that have a known cost; ``net`` is as
    the prices say it and holds ``tax``, what goods cost us never does.
    """

    discount: Decimal = Decimal()
    gifts: Decimal = Decimal()
    net: Decimal = Decimal()
    quantity: Decimal = Decimal()
    goods_cost: Decimal | None = None
    tax: Decimal = Decimal()

    @property
    def cost(self) -> Decimal:
        """What the promotion costs."""
        return self.discount + self.gifts

    @property
    def before_tax(self) -> Decimal:
        """How much of an amount in prices is left without the tax that they hold."""
        return (self.net - self.tax) / self.net if self.net else Decimal(1)

    @property
    def plain_cost(self) -> Decimal:
        """What the promotion costs before tax."""
        return self.cost * self.before_tax

    @property
    def unit_margin(self) -> Decimal | None:
        """What is left of one promoted unit while the promotion runs."""
        if self.goods_cost is None or not self.quantity:
            return None
        return (self.net - self.tax - self.gifts * self.before_tax - self.goods_cost) / self.quantity


def extra_to_break_even(run: Run) -> Decimal | None:
    """Return how many more units must be sold for it to pay; None when no number would do."""
    margin = run.unit_margin
    if margin is None or margin <= 0:
        return None
    return (run.plain_cost / margin).to_integral_value(ROUND_CEILING)


def roi(run: Run, uplift_percent: Decimal) -> Decimal | None:
    """Return what a promotion earns beyond its cost when so much more is sold, as a share of the cost."""
    margin = run.unit_margin
    if margin is None or not run.plain_cost:
        return None
    extra = run.quantity * uplift_percent / HUNDRED
    return (extra * margin - run.plain_cost) / run.plain_cost
