"""What lies between two versions: new, ended and changed rules, each with the fields that differ."""

from __future__ import annotations

from typing import Any

from fieldcrm.services import rule_versions

OLD_BOOK, NEW_BOOK, TEA = "b-1", "b-2", "t-1"


def version(book: str, price: str, promotion: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    entry = {"price_book_id": book, "product_id": TEA, "unit": "箱", "price": price, "min_quantity": "0"}
    return {
        "product": {TEA: {"id": TEA, "code": "T", "name": "茶"}},
        "price_book": {book: {"id": book, "code": "LIST", "name": "标准", "level": "list"}},
        "price_entry": {f"{book}|{TEA}|箱|0": entry},
        "promotion": {} if promotion is None else {"P": promotion},
    }


TEN = {
    "code": "P", "name": "十", "target": "order", "give": {"percent_off": "10.00"}, "conditions": {},
    "tiers": [],
}  # fmt: skip


def said(before: Any, after: Any) -> list[tuple[str, str, bool, bool]]:
    return [
        (each.noun, each.key, each.before is not None, each.after is not None)
        for each in rule_versions.compared(before, after)
    ]


def test_a_book_that_was_succeeded_is_the_same_book_and_only_its_other_prices_differ() -> None:
    assert said(version(OLD_BOOK, "46.00", TEN), version(NEW_BOOK, "46", TEN)) == []
    assert said(version(OLD_BOOK, "46.00", None), version(NEW_BOOK, "47", None)) == [
        ("price_entry", f"LIST|{TEA}|箱|0", True, True)
    ]


def test_what_is_new_ends_or_says_something_else_is_told_with_its_fields() -> None:
    assert said(version(OLD_BOOK, "46", None), version(OLD_BOOK, "46", TEN)) == [
        ("promotion", "P", False, True)
    ]
    assert said(version(OLD_BOOK, "46", TEN), version(OLD_BOOK, "46", None)) == [
        ("promotion", "P", True, False)
    ]
    tiers = [{"min_amount": "100", "give": {"percent_off": "5"}}]
    other = TEN | {"give": {}, "tiers": tiers, "budget": "500"}
    (found,) = rule_versions.compared(version(OLD_BOOK, "46", TEN), version(OLD_BOOK, "46", other))
    changed = {
        each.column.path if each.column else each.part.name: (each.before, each.after)  # type: ignore[union-attr]
        for each in rule_versions.changes(found)
    }
    assert changed == {
        "give.percent_off": ("10.00", None), "budget": (None, "500"), "promotion.tiers": ([], tiers),
    }  # fmt: skip
