"""Writing a bill: relations survive what is changed around them, and no article holds itself."""

from __future__ import annotations

from typing import Any

from fieldcrm.rules import bill_doc
from fieldcrm.rules.bill_doc import EXCLUDES, HIDDEN, REQUIRES

COOLERS: dict[str, Any] = bill_doc.with_goods(
    bill_doc.with_goods(bill_doc.with_group({"host_id": "RACK"}, "cooler"), "cooler", ["SMALL", "LARGE"]),
    None, ["FRAME"],
)  # fmt: skip


def ruled(*rules: tuple[str, list[str]]) -> dict[str, Any]:
    return {**COOLERS, "rules": [{"kind": kind, "products": goods} for kind, goods in rules]}


def test_what_is_in_a_group_follows_its_name_and_goes_with_it() -> None:
    renamed = bill_doc.changed_group(COOLERS, 0, {**COOLERS["groups"][0], "name": "fridge"})
    assert [node["group"] for node in renamed["nodes"]] == ["fridge", "fridge", None]
    assert bill_doc.goods(bill_doc.without_group(renamed, 0)) == ["FRAME"]
    assert bill_doc.free_name(renamed, "fridge") == "fridge 2"


def test_an_article_is_in_a_bill_once() -> None:
    assert bill_doc.goods(bill_doc.with_goods(COOLERS, None, ["SMALL", "LAMP", "LAMP"])) == [
        "SMALL", "LARGE", "FRAME", "LAMP",
    ]  # fmt: skip


def test_an_article_moves_only_among_those_beside_it() -> None:
    assert bill_doc.goods(bill_doc.moved(COOLERS, "LARGE", -1)) == ["LARGE", "SMALL", "FRAME"]
    assert bill_doc.moved(COOLERS, "FRAME", -1) == COOLERS


def test_who_does_not_go_with_whom_is_the_same_from_both_sides() -> None:
    doc = bill_doc.with_against(ruled((EXCLUDES, ["SMALL", "LARGE", "FRAME"])), "SMALL", ["LARGE"])
    assert bill_doc.against(doc, "SMALL") == ["LARGE"]
    assert set(bill_doc.against(doc, "LARGE")) == {"SMALL", "FRAME"}, "what was said of the others stays"
    assert bill_doc.against(doc, "FRAME") == ["LARGE"]
    assert bill_doc.with_against(doc, "SMALL", ["LARGE"]) == doc


def test_needs_and_hiding_are_said_and_taken_back() -> None:
    doc = bill_doc.with_hidden(bill_doc.with_needs(COOLERS, "SMALL", ["FRAME", "LARGE"]), "FRAME", on=True)
    assert (bill_doc.needs(doc, "SMALL"), bill_doc.is_hidden(doc, "FRAME")) == (["FRAME", "LARGE"], True)
    back = bill_doc.with_hidden(bill_doc.with_needs(doc, "SMALL", []), "FRAME", on=False)
    assert back["rules"] == []


def test_what_is_taken_out_leaves_nothing_said_of_it() -> None:
    doc = ruled(
        (EXCLUDES, ["SMALL", "LARGE"]), (REQUIRES, ["SMALL", "FRAME"]),
        (REQUIRES, ["FRAME", "SMALL", "LARGE"]),
        (HIDDEN, ["SMALL", "LARGE"]),
    )  # fmt: skip
    assert bill_doc.without(doc, "SMALL")["rules"] == [
        {"kind": REQUIRES, "products": ["FRAME", "LARGE"]}, {"kind": HIDDEN, "products": ["LARGE"]},
    ]  # fmt: skip


def test_an_article_that_would_hold_itself_is_told_with_the_whole_way() -> None:
    bills = {"RACK": COOLERS, "SMALL": {"nodes": [{"product_id": "BOX"}]},
             "BOX": {"nodes": [{"product_id": "CUP"}, {"product_id": "RACK"}]}}  # fmt: skip
    assert bill_doc.way_back(bills, "RACK", "SMALL") == ("RACK", "SMALL", "BOX", "RACK")
    assert bill_doc.way_back(bills, "RACK", "RACK") == ("RACK", "RACK")
    assert bill_doc.way_back(bills, "RACK", "LARGE") == ()
