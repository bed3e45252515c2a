"""What a manager reads first: what is different at a store since the visit before (V9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fieldcrm.rules.sop_reading import steps_of
from fieldcrm.rules.store_changes import Kind, Look, compare

STEPS = steps_of([
    {"key": "s", "title": "Shelf", "fields": [
        {"key": "stock", "label": "Stock", "type": "stock"},
        {"key": "shelf", "label": "Shelf", "type": "shelf"},
        {"key": "tag", "label": "Price tags", "type": "check"},
        {"key": "price", "label": "Green tea", "type": "number", "unit": "元"},
        {"key": "boxes", "label": "Boxes", "type": "number", "unit": "箱"},
        {"key": "rivals", "label": "Rivals", "type": "competitor"},
        {"key": "mood", "label": "Owner", "type": "choice", "choices": ["good", "bad"]},
        {"key": "photo", "label": "Photo", "type": "photo"},
    ]},
])  # fmt: skip


def look(ordered: str = "0", overdue: str = "0", **answers: Any) -> Look:
    return Look(date(2026, 11, 1), STEPS, {"s": answers}, Decimal(ordered), Decimal(overdue))


def told(before: Look, now: Look) -> list[tuple[str, str, str, str]]:
    return [(str(c.kind), c.subject, c.before, c.after) for c in compare(now, before).changes]


@pytest.mark.parametrize(
    ("key", "old", "new", "expected"),
    [
        ("stock", {"a": "12", "b": "3"}, {"a": "0", "b": "3"}, [("out_of_stock", "a", "12", "0")]),
        ("stock", {"a": "12", "b": "3"}, {"b": "5"}, [("lost_sku", "a", "12", "")]),
        ("stock", {"a": "0"}, {"a": "4"}, [("new_sku", "a", "0", "4")]),
        ("stock", {"a": {"case": "1", "bottle": "2"}}, {"a": {"case": "0", "bottle": "0"}},
         [("out_of_stock", "a", "3", "0")]),
        ("shelf", {"a": {"facings": "8"}}, {"a": {"facings": "0"}}, [("lost_sku", "a", "8", "0")]),
        ("shelf", {"a": {"facings": "8"}}, {"a": {"facings": "6"}}, [("facings", "a", "8", "6")]),
        ("shelf", {"a": {"facings": "8"}}, {"a": {"facings": "8", "out": True}},
         [("out_of_stock", "a", "", "0")]),
        ("shelf", {"a": {"price": "3.50"}}, {"a": {"price": "3.9"}}, [("price", "a", "3.50", "3.9")]),
        ("tag", "pass", "fail", [("check_failed", "Price tags", "pass", "fail")]),
        ("tag", "fail", "pass", [("check_mended", "Price tags", "fail", "pass")]),
        ("price", "3.50", "3.00", [("price", "Green tea", "3.50", "3.00")]),
        ("boxes", "2", "3", [("answer", "Boxes", "2", "3")]),
        ("mood", "good", "bad", [("answer", "Owner", "good", "bad")]),
        ("rivals", {}, {"r": {"brand": "X", "price": "2"}}, []),
        ("rivals", {"q": {"brand": "Y"}}, {"r": {"brand": "X", "price": "2", "promotion": "1+1"}},
         [("competitor", "X", "", "2 · 1+1")]),
        ("rivals", {"q": {"brand": "X", "price": "3"}}, {"r": {"brand": "X", "price": "2"}},
         [("competitor", "X", "3", "2")]),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_what_it_was(key: str, old: Any, new: Any, expected: Any) -> None:
    assert told(look(**{key: old}), look(**{key: new})) == expected


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("price", "3.50", "3.5"), ("tag", "fail", "fail"), ("tag", "pass", "na"),
        ("stock", {"a": "5"}, {"a": "2"}),
        ("shelf", {"a": {"facings": "8", "price": "3"}}, {"a": {"facings": "8.0", "price": "3.00"}}),
        ("rivals", {"q": {"brand": "X", "price": "3"}}, {"other": {"brand": "X", "price": "3"}}),
    ],
)  # fmt: skip
def test_what_is_the_same_is_folded(key: str, old: Any, new: Any) -> None:
    compared = compare(look(**{key: new}), look(**{key: old}))
    assert compared.changes == ()
    assert compared.same == {("s", key)}


def test_what_was_not_asked_or_not_answered_is_neither_changed_nor_the_same() -> None:
    compared = compare(look(price="", mood="good"), look(price="3", tag="pass"))
    assert (compared.changes, compared.same) == ((), frozenset())


def test_the_urgent_comes_first_and_good_news_does_not_count_as_serious() -> None:
    before = look("200", mood="good", stock={"a": "1"}, tag="fail", price="3")
    compared = compare(look("0", "50.00", mood="bad", stock={"a": "0"}, tag="pass", price="4"), before)
    assert [change.kind for change in compared.changes] == [
        Kind.OUT_OF_STOCK, Kind.UNPAID, Kind.PRICE, Kind.NO_ORDER, Kind.CHECK_MENDED, Kind.ANSWER,
    ]  # fmt: skip
    assert [change.kind for change in compared.serious] == [Kind.OUT_OF_STOCK, Kind.UNPAID, Kind.PRICE]


def test_a_first_visit_has_nothing_to_compare_but_what_is_owed() -> None:
    compared = compare(look(overdue="9.90", tag="fail"), None)
    assert compared.since is None
    assert [(change.kind, change.after) for change in compared.changes] == [(Kind.UNPAID, "9.90")]


def test_answers_of_any_shape_are_compared_without_an_error() -> None:
    for old, new in (("x", {"a": "1"}), ({"a": None}, ["b"]), ({"a": {"facings": "many"}}, {"a": 3})):
        for key in ("stock", "shelf", "rivals"):
            compare(look(**{key: new}), look(**{key: old}))
