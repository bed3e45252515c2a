"""Tax of a line: in the price or on top of it, as the line's book says (decision 3).

Worked out on what is left after rebate, half up once per line, as an invoice prints it; an
order's tax is the sum of its lines.
"""

from __future__ import annotations

from decimal import Decimal

from fieldcrm.money import to_cents


def tax(amount: Decimal, rate: Decimal, *, included: bool) -> Decimal:
    """Return the tax in ``amount`` when included, on it otherwise."""
    if not rate:
        return Decimal("0.00")
    if included:
        return amount - to_cents(amount / (1 + rate))
    return to_cents(amount * rate)
