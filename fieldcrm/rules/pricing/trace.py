"""A priced order's reasons as plain JSON, to be kept with the order and read again years later.

Amounts are text. Two sides that priced alike tell the same trace; ``gist`` is what must agree
for a price to be proved, the wording of reasons aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


def steps(said: Iterable[Any]) -> tuple[Step, ...]:
    """Return reasons as they were told."""
    return tuple(Step(str(kind), dict(facts)) for kind, facts in said)


def gist(trace: Mapping[str, Any] | None) -> list[tuple[str, Decimal, Decimal]]:
    """Return what promotions did: code, amount, value of gifts."""
    return [
        (each["promotion"], Decimal(each["amount"]), Decimal(each["gift_value"]))
        for each in (trace or {}).get("applied", ())
    ]


def _steps(given: Iterable[Step]) -> list[list[Any]]:
    return [[step.kind, {name: _plain(value) for name, value in step.facts.items()}] for step in given]


def _plain(value: object) -> object:
    return value if isinstance(value, int | str | None) else str(value)
