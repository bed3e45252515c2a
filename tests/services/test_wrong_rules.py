"""Whatever is typed wrongly into a field of a rule is named by its field, and nothing of it is taken.

The first table holds for every field of every form, by what the field holds; the second for what
can be read and is not meant, on every rule that has such a field.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from fieldcrm.rules.rule_columns import TABLES, Column, Kind, Table, get, put, table
from fieldcrm.rules.rule_draft import RuleDraft, applied
from fieldcrm.services import rule_cells, rule_documents, rule_drafts, rule_faults
from fieldcrm.services.rule_cells import Names
from fieldcrm.storage.database import Database
from tests.services.rule_shop import build

WRONG: dict[Kind, list[tuple[Any, str]]] = {
    Kind.NUMBER: [("lots", "not_a_number"), ("1.23456", "not_a_number"), ("1e99", "not_a_number"),
                  ("NaN", "not_a_number"), ("--3", "not_a_number")],
    Kind.WHOLE: [("many", "not_a_whole_number"), ("1.5", "not_a_whole_number"),
                 ("99999999999", "not_a_whole_number")],
    Kind.DAY: [("soon", "not_a_day"), ("2026-02-30", "not_a_day"), ("26-5-3", "not_a_day"),
               ("2026-13-01", "not_a_day")],
    Kind.FLAG: [("maybe", "not_a_boolean")],
    Kind.CHOICE: [("moon", "not_a_choice")],
    Kind.TEXT: [("x" * 2_001, "bad_text")],
    Kind.PRODUCT: [("NONE", "product_unknown")],
    Kind.PRODUCTS: [("W; NONE", "product_unknown")],
    Kind.QUANTITIES: [("NONE * 2", "product_unknown"), ("W * many", "not_a_number")],
    Kind.SHARES: [("NONE = 2", "product_unknown"), ("W = much", "not_a_number"), ("W", "not_a_pair")],
    Kind.CATEGORY: [("NONE", "unknown_reference")], Kind.BOOK: [("NONE", "unknown_reference")],
    Kind.TRAITS: [("brand", "not_a_pair"), ("brand =", "not_a_pair")],
    Kind.ATTRIBUTES: [("size", "not_a_pair")],
    Kind.NAMES: [("x" * 32_001, "bad_text")],
}  # fmt: skip
EVERY = [(each, column) for each in TABLES for column in each.columns]
KNOWN = Names({"W": "id-w"}, {"B": "id-b"}, {"C": "id-c"})


@pytest.mark.parametrize("kind", Kind)
def test_what_cannot_be_read_is_named_by_its_field_and_the_rule_stays_as_it_was(kind: Kind) -> None:
    for sheet, column in EVERY:
        if column.kind is not kind:
            continue
        before: dict[str, Any] = {"kept": "as it was"}
        put(before, column.path, "before")
        for cell, code in WRONG[kind]:
            said = deepcopy(before)
            made, wrong = rule_cells.document([column], {column.path: cell}, KNOWN, before)
            where = f"{sheet.name} {column.path} {cell!r:.40}"
            assert {path: error.code for path, error in wrong.items()} == {column.path: code}, where
            assert (before, get(made, column.path)) == (said, "before"), where


def test_what_has_to_be_there_is_asked_for() -> None:
    for sheet, column in EVERY:
        if column.required:
            _, wrong = rule_cells.document([column], {column.path: "  "}, KNOWN, {})
            assert [error.code for error in wrong.values()] == ["required"], f"{sheet.name} {column.path}"


SHELF, SIZE = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
Odd = list[tuple[str, dict[str, Any], str]]
ODD: dict[str, Odd] = {
    "promotion": [
        ("budget", {"budget": "0"}, "out_of_range"), ("budget", {"budget": "-1"}, "out_of_range"),
        ("max_uses", {"max_uses": -1}, "out_of_range"),
        ("max_uses_in_all", {"max_uses_in_all": 0}, "out_of_range"),
        ("valid_to", {"valid_from": "2026-05-02", "valid_to": "2026-05-01"}, "period_reversed"),
        ("conditions.min_quantity", {"conditions": {"min_quantity": "-1"}}, "out_of_range"),
        ("conditions.max_quantity", {"conditions": {"min_quantity": "5", "max_quantity": "4"}},
         "out_of_range"),
        ("conditions.min_amount", {"conditions": {"min_amount": "-1"}}, "out_of_range"),
        ("conditions.buy_quantity", {"conditions": {"buy_quantity": "0"}}, "out_of_range"),
        ("conditions.buy_quantity", {"conditions": {"repeat": True}}, "required"),
        ("conditions.every_amount", {"conditions": {"every_amount": "-5"}}, "out_of_range"),
        ("conditions.max_times", {"conditions": {"max_times": 0}}, "out_of_range"),
        ("conditions.unit", {"target": "products", "goods": "TEA", "conditions": {"unit": "crate"}},
         "unit_unknown"),
        ("conditions.buy_unit", {"target": "products", "goods": "TEA", "conditions": {"buy_unit": "crate"}},
         "unit_unknown"),
        ("goods", {"target": "products", "goods": []}, "required"),
        ("give", {"give": {}}, "one_benefit_needed"),
        ("give", {"give": {"percent_off": "5", "amount_off": "5"}}, "one_benefit_needed"),
        ("give.percent_off", {"give": {"percent_off": "101"}}, "out_of_range"),
        ("give.amount_off", {"give": {"amount_off": "-1"}}, "out_of_range"),
        ("give.gift.quantity", {"give": {"gift": {"product_id": "TEA", "quantity": "0"}}},
         "quantity_not_positive"),
        ("give.gift.unit", {"give": {"gift": {"product_id": "TEA", "quantity": "1", "unit": "crate"}}},
         "unit_unknown"),
        ("tiers.1.give.percent_off", {"tiers": [
            {"min_amount": "1", "give": {"percent_off": "5"}},
            {"min_amount": "2", "give": {"percent_off": "105"}}]}, "out_of_range"),
        ("tiers.0.give", {"tiers": [{"min_amount": "1", "give": {}}]}, "one_benefit_needed"),
        ("tiers.1.min_amount", {"tiers": [
            {"min_amount": "2", "give": {"percent_off": "5"}},
            {"min_amount": "1", "give": {"percent_off": "6"}}]}, "tiers_not_rising"),
        ("tiers.0.min_amount", {"tiers": [{"min_amount": "-1", "give": {"percent_off": "5"}}]},
         "out_of_range"),
        ("code", {"code": " "}, "required"), ("name", {"name": ""}, "required"),
    ],
    "cost_price": [
        ("cost", {"cost": "-0.01"}, "out_of_range"), ("currency", {"currency": "yuan"}, "currency_other"),
        ("product_id", {"product_id": SIZE}, "product_unknown"),
    ],
    "price_entry": [
        ("price", {"price": "0"}, "price_not_positive"), ("price", {"price": "-3"}, "price_not_positive"),
        ("price", {"price": "1.00"}, "below_floor"), ("unit", {"unit": "crate"}, "unit_unknown"),
        ("min_quantity", {"min_quantity": "-1"}, "out_of_range"),
        ("min_quantity_unit", {"min_quantity": "1", "min_quantity_unit": "crate"}, "unit_unknown"),
    ],
    "price_book": [
        ("reference", {"level": "group"}, "required"), ("honour_days", {"honour_days": -1}, "out_of_range"),
        ("valid_to", {"valid_from": "2026-05-02", "valid_to": "2026-05-01"}, "period_reversed"),
        ("name", {"name": " "}, "required"), ("currency", {"currency": "USD"}, "currency_other"),
    ],
    "rebate_program": [
        ("earn.per_order_percent", {"earn": {"per_order_percent": "101"}}, "out_of_range"),
        ("earn.per_quantity", {"earn": {"per_quantity": "0", "give": "1"}}, "quantity_not_positive"),
        ("earn.give", {"earn": {"per_quantity": "10", "give": "0"}}, "quantity_not_positive"),
        ("earn.tiers.0.percent", {"earn": {"period": "month", "tiers": [
            {"min_amount": "1", "percent": "101"}]}}, "out_of_range"),
        ("max_order_percent", {"max_order_percent": "101"}, "out_of_range"),
        ("max_product_percent", {"max_product_percent": {"TEA": "-1"}}, "out_of_range"),
        ("keep_days", {"keep_days": 0}, "out_of_range"),
        ("earn.product_id", {"kind": "goods", "earn": {"per_quantity": "10", "give": "1",
                                                       "product_id": "no such"}}, "product_unknown"),
        ("valid_to", {"valid_from": "2026-05-02", "valid_to": "2026-05-01"}, "period_reversed"),
    ],
    "sellable_range": [
        ("valid_to", {"valid_from": "2026-05-02", "valid_to": "2026-05-01"}, "period_reversed"),
        ("products", {"products": ["no such"]}, "product_unknown"),
        ("products", {"products": []}, "required"),
    ],
    "quantity_rule": [
        ("each_quantity", {"each_quantity": "0"}, "quantity_not_positive"),
        ("quantity", {"quantity": "-1"}, "quantity_not_positive"),
        ("require_id", {"require_id": "TEA"}, "tie_to_itself"),
    ],
    "approval_rung": [("up_to_percent", {"up_to_percent": "120"}, "out_of_range")],
    "product_category": [
        ("name", {"name": ""}, "required"), ("parent_id", {"parent_id": SIZE}, "unknown_reference"),
        ("parent_id", {"parent_id": SHELF}, "category_cycle"),
    ],
    "product_attribute": [
        ("choices", {"choices": []}, "required"), ("code", {"code": "brand"}, "code_doubled"),
        ("category_id", {"category_id": SHELF[:-1] + "9"}, "unknown_reference"),
    ],
    "product": [
        ("category_id", {"category_id": SHELF[:-1] + "9"}, "unknown_reference"),
        ("attributes.size", {"attributes": {"size": "XXL"}}, "not_a_choice"),
        ("attributes.size", {"attributes": {}}, "required"),
        ("tax_rate", {"tax_rate": "13"}, "out_of_range"),
        ("floor_price", {"floor_price": "-1"}, "out_of_range"),
        ("standard_price", {"standard_price": "-1"}, "out_of_range"),
        ("sales_unit", {"sales_unit": "crate"}, "unit_unknown"),
        ("units", {"units": [{"unit": "case", "factor": "0"}]}, "quantity_not_positive"),
        ("units", {"units": [{"unit": "case", "factor": "2"}, {"unit": "case", "factor": "3"}]},
         "unit_doubled"),
        ("code", {"code": ""}, "required"),
    ],
}  # fmt: skip


def test_what_is_not_meant_is_named_by_its_rule_and_field(laptop: Database) -> None:
    with laptop.writing() as session:
        office = build(session)
        base = rule_drafts.published(session)
        tea = str(office.shop.tea.id)
        sound = sound_rules(tea, str(office.shop.water.id), base)
        whole = applied(base, RuleDraft(changes=dict(keyed(*sound.items()))))
        assert rule_faults.faults(whole) == []
        missed = []
        for noun, cases in ODD.items():
            for field, wrong, code in cases:
                doc = with_tea(sound[noun] | wrong, tea)
                docs = applied(whole, RuleDraft(changes=dict(keyed((noun, doc)))))
                found = rule_faults.faults(docs)
                said = [(each.noun, each.field, each.error.code) for each in found]
                if (noun, field, code) not in said:
                    missed.append((noun, wrong, field, code, said))
        assert missed == []


def keyed(*rules: tuple[str, dict[str, Any]]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Yield rules as changes of a draft."""
    return (((noun, rule_documents.key_of(noun, doc)), doc) for noun, doc in rules)


def sound_rules(tea: str, water: str, base: Any) -> dict[str, dict[str, Any]]:
    """Return one rule of each noun with nothing wrong."""
    book = next(iter(base["price_book"]))
    return {
        "product_category": {"id": SHELF, "code": "C9", "name": "C", "parent_id": None, "position": 0},
        "product_attribute": {"id": SIZE, "code": "size", "name": "Size", "kind": "choice",
                              "choices": ["S", "M"], "category_id": SHELF, "required": True, "unit": "",
                              "position": 0},
        "promotion": {"code": "P", "name": "P", "target": "order", "give": {"percent_off": "5"}},
        "cost_price": {"product_id": tea, "cost": "1.5", "currency": "CNY"},
        "price_entry": {"price_book_id": book, "product_id": water, "unit": "case", "price": "49",
                        "min_quantity": "99"},
        "price_book": {"id": tea, "code": "B9", "name": "B", "level": "list", "priority": 9,
                       "tax_mode": "inclusive", "on_change": "reprice"},
        "rebate_program": {"code": "R", "name": "R", "kind": "cash", "earn": {"per_order_percent": "2"}},
        "sellable_range": {"code": "S", "name": "S", "allows": False, "whom": {"group": ["TT"]},
                           "products": [tea]},
        "quantity_rule": {"code": "T", "name": "T", "for_each_id": tea, "each_quantity": "10",
                          "require_id": water, "quantity": "1", "rounding": "up"},
        "approval_rung": {"ladder": "discount", "up_to_percent": "5", "approver": "manager"},
        "product": base["product"][tea] | {"category_id": SHELF, "attributes": {"size": "M"}},
    }  # fmt: skip


def with_tea(doc: dict[str, Any], tea: str) -> dict[str, Any]:
    """Return a document with the article that ``TEA`` stands for."""

    def meant(value: Any) -> Any:
        if isinstance(value, dict):
            return {meant(name): meant(each) for name, each in value.items()}
        if isinstance(value, list):
            return [meant(each) for each in value]
        return tea if value == "TEA" else value

    goods = [{"product_id": tea, "quantity": "1"}] if doc.get("goods") == "TEA" else doc.get("goods")
    return meant(doc) | ({"goods": goods} if goods is not None else {})


def test_every_form_has_fields_with_a_table_of_what_is_wrong() -> None:
    kinds: set[Kind] = {column.kind for _, column in EVERY}
    assert kinds <= WRONG.keys()
    checked: Table = table("promotion")
    assert isinstance(checked.columns[0], Column)
