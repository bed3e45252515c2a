"""How the fields of a rule stand together in its form, and what a new one begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fieldcrm.money import CNY
from fieldcrm.rules.rule_columns import table
from fieldcrm.ui.i18n import mark

_WHOM = ("whom.customer", "whom.group", "whom.partner", "whom.territory")
_WHEN = ("valid_from", "valid_to")


def _all(noun: str) -> tuple[str, ...]:
    return tuple(column.path for column in table(noun).columns)


def _starting(head: str, of: str = "promotion") -> tuple[str, ...]:
    return tuple(path for path in _all(of) if path.startswith(head))


GROUPS: Mapping[str, Sequence[tuple[str, Sequence[str]]]] = {
    "product_category": ((mark("Category"), _all("product_category")),),
    "product_attribute": ((mark("Attribute"), _all("product_attribute")),),
    "product": (
        (mark("Item"), ("code", "name", "brand", "specification", "category_id", "family", "attributes")),
        (mark("Units and prices"), (
            "base_unit", "sales_unit", "standard_price", "floor_price", "tax_rate", "promotable", "active",
        )),
    ),
    "cost_price": ((mark("Cost price"), _all("cost_price")),),
    "price_book": (
        (mark("Price book"), ("code", "name", "level", "reference", "priority", "currency", "tax_mode")),
        (mark("When"), _WHEN),
        (mark("Orders at older prices"), ("on_change", "honour_days")),
    ),
    "promotion": (
        (mark("Promotion"), ("code", "name", "target", "goods")),
        (mark("Condition"), _starting("conditions.")),
        (mark("Benefit"), ("tiers",)),
        (mark("Which customers"), _WHOM), (mark("When"), _WHEN),
        (mark("Limits"), ("priority", "exclusive", "max_uses", "max_uses_in_all", "budget")),
    ),
    "rebate_program": (
        (mark("Rebate"), ("code", "name", "kind")),
        (mark("How it is earned"), _starting("earn.", of="rebate_program")),
        (mark("Rebate tiers"), ("earn.tiers",)),
        (mark("How it is used"), ("keep_days", "max_order_percent", "max_product_percent")),
        (mark("Which customers"), _WHOM), (mark("When"), _WHEN),
    ),
    "sellable_range": (
        (mark("Range"), ("code", "name", "allows", "products", "attributes")),
        (mark("Which customers"), _WHOM), (mark("When"), _WHEN),
    ),
    "quantity_rule": ((mark("Tied quantities"), _all("quantity_rule")),),
    "approval_rung": ((mark("Rung"), _all("approval_rung")),),
    "sales_bom": ((mark("Bill"), _all("sales_bom")),),
}  # fmt: skip
TIERED = frozenset({"tiers", "earn.tiers"})  # parts that have a table of their own in the form
STARTS: Mapping[str, Mapping[str, Any]] = {
    "product_attribute": {"kind": "choice"},
    "product": {"active": True, "promotable": True, "tax_rate": "0.13"},
    "cost_price": {"currency": CNY},
    "price_book": {"level": "group", "tax_mode": "inclusive", "currency": "CNY", "on_change": "reprice"},
    "promotion": {"target": "order", "priority": 10}, "rebate_program": {"kind": "cash"},
    "sellable_range": {"allows": False}, "quantity_rule": {"rounding": "up"},
    "sales_bom": {"price_mode": "base"},
}  # fmt: skip
