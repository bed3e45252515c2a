"""A priced order's reasons as plain JSON, to be kept with the order and read again years later.

Amounts are text. Two sides that priced alike tell the same trace. Reading trusts nobody: a trace
comes from somebody else's laptop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fieldcrm.money import to_cents
from fieldcrm.rules.pricing.values import Priced, Step


def told(priced: Priced, number: int) -> dict[str, Any]:
    """Return why ``priced`` is what it is, by the set of rules ``number``."""
    approval = priced.approval
    return {
        "set": number,
        "lines": [_steps(line.steps) for line in priced.lines],
        "applied": [
            {
                "promotion": each.promotion, "name": each.label or each.promotion, "times": each.times,
                "amount": str(each.amount), "gift_value": str(each.gift_value),
            }
            for each in priced.applied
        ],
        "why_not": _steps(priced.steps),
        "rebates": [[key, str(to_cents(amount))] for key, amount in priced.rebates],
        "approval": None if approval is None else {
            "by": approval.by, "percent": str(approval.percent), "pending": approval.pending,
        },
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Used:
    """What an order says it took of a promotion."""

    promotion: str
    name: str
    times: int
    amount: Decimal
    gift_value: Decimal


def applied(trace: Any) -> list[Used]:
    """Return what promotions did by an order's trace; what is no trace says nothing."""
    try:
        return [
            Used(
                str(each["promotion"]), str(each["name"]), int(each["times"]),
                _finite(each["amount"]), _finite(each["gift_value"]),
            )
            for each in (trace or {}).get("applied", ())
        ]  # fmt: skip
    except _NOT_SO:
        return []


def rebates(trace: Any) -> list[tuple[str, Decimal]]:
    """Return which rebates an order used by its trace, and how much of each."""
    try:
        return [(str(key), _finite(amount)) for key, amount in (trace or {}).get("rebates", ())]
    except _NOT_SO:
        return []


def why_not(trace: Any) -> tuple[Step, ...]:
    """Return the reasons of what did not apply, as they were told."""
    try:
        return tuple(Step(str(kind), dict(facts)) for kind, facts in (trace or {}).get("why_not", ()))
    except _NOT_SO:
        return ()


_NOT_SO = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


def _finite(value: object) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    return number


def _steps(given: Iterable[Step]) -> list[list[Any]]:
    return [[step.kind, {name: _plain(value) for name, value in step.facts.items()}] for step in given]


def _plain(value: object) -> object:
    return value if isinstance(value, int | str | None) else str(value)
