"""What a rule says is read back from its cell as it was, whatever its names are made of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fieldcrm.rules.rule_columns import Column, Kind
from fieldcrm.services import rule_cells
from fieldcrm.services.rule_cells import Names

_signs = some.text(some.sampled_from('ab 茶;；\n=＝|｜*×"1.'), min_size=1, max_size=8)
_names = _signs.map(str.strip).filter(bool)
_codes = some.lists(_names, min_size=1, max_size=4, unique=True)
_numbers = some.sampled_from(["1", "2.5", "12"])


def back(kind: Kind, value: Any, known: Names) -> Any:
    column = Column("x", kind)
    return rule_cells.read(column, rule_cells.said(column, value, known), known)


@settings(max_examples=60, deadline=None)
@given(_codes, some.lists(_numbers, min_size=4, max_size=4))
def test_names_may_hold_the_signs_that_part_a_list(codes: list[str], numbers: list[str]) -> None:
    known = Names({code: f"id-{n}" for n, code in enumerate(codes)})
    ids = list(known.products.values())
    assert back(Kind.NAMES, codes, known) == codes
    assert back(Kind.PRODUCTS, ids, known) == ids
    goods = [{"product_id": key, "quantity": many} for key, many in zip(ids, numbers, strict=False)]
    read = back(Kind.QUANTITIES, goods, known)
    assert [(each["product_id"], float(each["quantity"])) for each in read] == [
        (each["product_id"], float(each["quantity"])) for each in goods
    ]
    assert back(Kind.TRAITS, dict.fromkeys(codes, codes), known) == dict.fromkeys(codes, codes)
    assert back(Kind.ATTRIBUTES, dict(zip(codes, codes, strict=True)), known) == dict(
        zip(codes, codes, strict=True)
    )
    shares = dict(zip(ids, numbers, strict=False))
    assert {key: float(each) for key, each in back(Kind.SHARES, shares, known).items()} == {
        key: float(each) for key, each in shares.items()
    }


@pytest.mark.parametrize(
    ("kind", "cell", "meant"),
    [
        (Kind.NAMES, "KA; CVS\nTT；WS", ["KA", "CVS", "TT", "WS"]),
        (Kind.NAMES, '24" screen; KA', ['24" screen', "KA"]),
        (Kind.ATTRIBUTES, "formula = a=b; size = 24 | 12", {"formula": "a=b", "size": "24 | 12"}),
        (Kind.QUANTITIES, "T*2; T*2*3; W × 2", [("t", "1"), ("t", "3.00"), ("w", "2.00")]),
        (Kind.PRODUCTS, '"T*2" ; W', ["t", "w"]),
    ],
)
def test_a_list_typed_by_hand_means_what_it_always_meant(kind: Kind, cell: str, meant: Any) -> None:
    read = rule_cells.read(Column("x", kind), cell, Names({"T*2": "t", "W": "w"}))
    if kind is Kind.QUANTITIES:
        read = [(each["product_id"], each["quantity"]) for each in read]
    assert read == meant
