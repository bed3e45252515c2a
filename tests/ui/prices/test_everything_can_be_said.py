"""Whatever the pricing cases can say, the office can say in a form, and in a workbook."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from fieldcrm.rules.pricing.promotions import Give, Promotion
from fieldcrm.rules.rule_columns import TABLES, get, parts, pruned, table
from fieldcrm.services import rule_cells, rule_documents, rule_values
from fieldcrm.services.rule_cells import Names
from fieldcrm.ui.prices import benefit
from fieldcrm.ui.prices.groups import GROUPS
from tests.conformance import vocabulary

CASES = Path(__file__).parents[2] / "conformance" / "cases" / "pricing_cases.json"
SAID: Mapping[str, str] = {  # word of the cases: column of a form; facts and what a cart says are no rules
    "products.code": "product code", "products.base_unit": "product base_unit",
    "products.units": "product.units factor", "products.tax_rate": "product tax_rate",
    "products.min_price": "product floor_price", "products.promotable": "product promotable",
    "price_books.code": "price_book code", "price_books.scope": "price_book level",
    "price_books.scope_ref": "price_book reference", "price_books.priority": "price_book priority",
    "price_books.valid_from": "price_book valid_from", "price_books.valid_to": "price_book valid_to",
    "price_books.tax_mode": "price_book tax_mode", "entries.product": "price_entry product_id",
    "entries.unit": "price_entry unit", "entries.price": "price_entry price",
    "entries.min_qty": "price_entry min_quantity", "entries.min_qty_unit": "price_entry min_quantity_unit",
    "promotions.code": "promotion code", "promotions.valid_from": "promotion valid_from",
    "promotions.valid_to": "promotion valid_to", "promotions.priority": "promotion priority",
    "promotions.mode": "promotion exclusive", "promotions.on": "promotion target",
    "on.product": "promotion goods", "on.products": "promotion goods", "on.bundle": "promotion goods",
    "promotions.min_qty": "promotion conditions.min_quantity",
    "promotions.max_qty": "promotion conditions.max_quantity",
    "promotions.qty_unit": "promotion conditions.unit",
    "promotions.min_amount": "promotion conditions.min_amount",
    "promotions.buy_qty": "promotion conditions.buy_quantity",
    "promotions.buy_unit": "promotion conditions.buy_unit",
    "promotions.every_amount": "promotion conditions.every_amount",
    "promotions.max_times": "promotion conditions.max_times",
    "promotions.cumulative": "promotion conditions.cumulative",
    "promotions.max_uses_per_customer": "promotion max_uses", "promotions.budget": "promotion budget",
    "tiers.min_amount": "promotion.tiers min_amount", "tiers.percent_off": "promotion.tiers give.percent_off",
    "give.percent_off": "promotion give.percent_off", "give.amount_off": "promotion give.amount_off",
    "give.per": "promotion give.per_set", "give.amount_off_per_unit": "promotion give.amount_off_per_unit",
    "give.fixed_price": "promotion give.fixed_price", "give.set_price": "promotion give.set_price",
    "give.cheapest_free": "promotion give.cheapest_free", "gift.product": "promotion give.gift.product_id",
    "gift.qty": "promotion give.gift.quantity", "gift.unit": "promotion give.gift.unit",
    "give.repeat": "promotion conditions.repeat",
    "rebates.code": "rebate_program code", "rebates.kind": "rebate_program kind",
    "rebates.valid_from": "rebate_program valid_from", "rebates.valid_to": "rebate_program valid_to",
    "rebates.max_order_percent": "rebate_program max_order_percent",
    "rebates.max_product_percent": "rebate_program max_product_percent",
    "rebates.product": "rebate_program earn.product_id",
    "earn.per_order_percent": "rebate_program earn.per_order_percent",
    "earn.min_order_net": "rebate_program earn.min_order_net", "earn.period": "rebate_program earn.period",
    "earn.tiers": "rebate_program.earn.tiers percent", "earn.mode": "rebate_program earn.progressive",
    "earn.per_qty": "rebate_program earn.per_quantity",  # in base units; so is what the cases give a unit
    "earn.give": "rebate_program earn.give", "earn.carry_remainder": "rebate_program earn.carry_remainder",
    "earn.product": "rebate_program earn.products",
    "sellable.allow": "sellable_range allows", "sellable.deny": "sellable_range allows",
    "sellable.products": "sellable_range products", "sellable.customer": "sellable_range whom.customer",
    "sellable.group": "sellable_range whom.group", "sellable.territory": "sellable_range whom.territory",
    "sellable.partner": "sellable_range whom.partner",
    "bom.host": "sales_bom host_id", "bom.base_price": "sales_bom base_price",
    "bom.price_mode": "sales_bom price_mode", "bom.groups.name": "sales_bom.groups name",
    "bom.groups.required": "sales_bom.groups required", "bom.groups.choose": "sales_bom.groups least",
    "bom.options.product": "sales_bom.nodes product_id", "bom.options.qty": "sales_bom.nodes least",
    "bom.options.step": "sales_bom.nodes step", "bom.options.delta": "sales_bom.nodes delta",
    "bom.rules": "sales_bom.rules kind", "bom_levels": "sales_bom.nodes least",
    "rules.for_each": "quantity_rule for_each_id", "rules.require": "quantity_rule require_id",
    "rules.round": "quantity_rule rounding", "approval.up_to_percent": "approval_rung up_to_percent",
    "approval.by": "approval_rung approver",  # above the last rung it is refused
}  # fmt: skip


def test_every_word_of_the_cases_is_a_column_of_forms_and_workbooks() -> None:
    columns = {f"{each.name} {column.path}" for each in TABLES for column in each.columns}
    assert {word: column for word, column in SAID.items() if column not in columns} == {}


def test_every_column_is_a_field_of_its_form() -> None:
    gives = {path for kind in benefit.KINDS for path in benefit.paths_of(kind)}
    for noun, groups in GROUPS.items():
        shown = {path for _, paths in groups for path in paths}
        tables = {each.part for each in parts(noun)}
        missing = {column.path for column in table(noun).columns} - shown
        assert missing == (gives if "tiers" in tables else set()), noun
    assert gives == {each.path for each in table("promotion.tiers").columns if each.path.startswith("give.")}


def test_the_promotions_of_the_cases_come_back_from_their_cells() -> None:
    found = list(_promotions())
    assert len(found) > 5
    for promotion in found:
        known = Names({code: code for code in _goods(promotion)})
        doc = _document(promotion)
        made = _through_cells("promotion", doc, known)
        made["tiers"] = [_through_cells("promotion.tiers", each, known) for each in doc["tiers"]]
        row = rule_documents.row_of("promotion", rule_documents.filled("promotion", made))
        meant = replace(promotion, label=promotion.key, budget_used=Decimal())
        assert rule_values.promotion(row) == meant, promotion.key


def _through_cells(name: str, doc: Mapping[str, Any], known: Names) -> dict[str, Any]:
    columns = table(name).columns
    cells = {each.path: rule_cells.said(each, get(doc, each.path), known) for each in columns}
    made, wrong = rule_cells.document(columns, cells, known, {})
    assert not wrong
    return pruned(made)


def _promotions() -> Iterator[Promotion]:
    for case in json.loads(CASES.read_text("utf-8"))["cases"]:
        yield from map(vocabulary.promotion_of, case.get("given", {}).get("promotions", ()))


def _goods(promotion: Promotion) -> set[str]:
    gives = [promotion.give, *(tier.give for tier in promotion.tiers)]
    return {*promotion.products, *(give.gift.product for give in gives if give.gift)}


def _document(promotion: Promotion) -> dict[str, Any]:
    """Return a promotion as the office's document."""

    def text(value: Any) -> Any:
        return None if value is None else str(value)

    goods = [{"product_id": key, "quantity": str(many)} for key, many in promotion.products.items()]
    names = ("min_quantity", "max_quantity", "min_amount", "buy_quantity", "every_amount")
    said = {name: text(getattr(promotion, name)) for name in names}
    return {
        "code": promotion.key, "name": promotion.key, "target": str(promotion.on), "goods": goods,
        "priority": promotion.priority, "exclusive": promotion.exclusive, "max_uses": promotion.max_uses,
        "valid_from": text(promotion.valid_from), "valid_to": text(promotion.valid_to),
        "conditions": said | {
            "unit": promotion.unit, "buy_unit": promotion.buy_unit, "repeat": promotion.repeat,
            "max_times": promotion.max_times, "cumulative": promotion.cumulative,
        },
        "give": _give(promotion.give), "budget": text(promotion.budget),
        "tiers": [
            {"min_amount": text(tier.min_amount), "min_quantity": text(tier.min_quantity),
             "give": _give(tier.give)}
            for tier in promotion.tiers
        ],
    }  # fmt: skip


def _give(give: Give) -> dict[str, Any]:
    names = ("percent_off", "amount_off", "amount_off_per_unit", "fixed_price", "set_price", "cheapest_free")
    said: dict[str, Any] = {
        name: str(getattr(give, name)) for name in names if getattr(give, name) is not None
    }
    if give.gift is not None:
        gift = give.gift
        said["gift"] = {"product_id": gift.product, "quantity": str(gift.quantity), "unit": gift.unit}
    return said | {"per_set": give.per_set}
