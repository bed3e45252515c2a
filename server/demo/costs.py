"""What the demo's articles cost the company; a few have no cost price yet, and one is dearer since this month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from fieldcrm.money import to_cents
from server.demo.seeding import Seed

_SHARE, _NOW = Decimal("0.68"), Decimal("1.05")
_COSTLESS, _DEARER = 9, 40  # every ninth article has none, every fortieth another one from this month on


def write(seed: Seed, today: date, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Add the cost prices."""
    factors = {(unit["product_id"], unit["unit"]): unit["factor"] for unit in rows["product_unit"]}
    for n, product in enumerate(rows["product"], 1):
        if n % _COSTLESS == 0:
            continue
        pieces = factors[product["id"], product["sales_unit"]] * (1 + product["tax_rate"])
        cost = to_cents(product["standard_price"] / pieces * _SHARE)
        rows["cost_price"].append(_row(seed, product, cost, None))
        if n % _DEARER == 0:
            rows["cost_price"].append(_row(seed, product, to_cents(cost * _NOW), today.replace(day=1)))


def _row(seed: Seed, product: dict[str, Any], cost: Decimal, since: date | None) -> dict[str, Any]:
    return {
        "id": seed.id(), "version": 1, "product_id": product["id"], "currency": "CNY", "valid_from": since,
        "cost": cost,
    }  # fmt: skip
