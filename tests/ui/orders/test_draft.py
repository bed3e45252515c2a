from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from fieldcrm.rules.orders import MAX_QUANTITY
from fieldcrm.services.pricing import DraftLine
from fieldcrm.ui.orders.draft import Draft

TEA, WATER = uuid4(), uuid4()


def draft(**more: UUID) -> Draft:
    made = Draft(uuid4(), **more)
    made.fill([DraftLine(TEA, "case", Decimal(2)), DraftLine(WATER, "bottle", Decimal(3))])
    return made


def test_nothing_takes_the_line_out_and_too_much_is_held() -> None:
    made = draft()
    made.put((TEA, "case"), Decimal(0))
    made.put((WATER, "bottle"), Decimal(10) ** 9)
    assert made.quantities == {(WATER, "bottle"): MAX_QUANTITY}


def test_another_unit_keeps_the_number_and_joins_what_is_there() -> None:
    made = draft()
    made.put((TEA, "bottle"), Decimal(5))
    made.switch((TEA, "case"), (TEA, "bottle"))
    assert made.quantity((TEA, "bottle")) == 7
    assert made.quantity((TEA, "case")) == 0


def test_what_is_kept_comes_back_the_same() -> None:
    made, back = draft(), Draft(uuid4())
    made.wanted_on, made.note = date(2026, 11, 20), "后门"
    assert back.restore(made.as_json())
    assert (back.quantities, back.wanted_on, back.note) == (made.quantities, made.wanted_on, "后门")


@pytest.mark.parametrize(
    "kept", [None, {}, {"lines": [["x", "case", "1"]]}, {"lines": [[str(TEA), "case", "much"]]}, {"lines": 5}]
)
def test_what_cannot_be_read_changes_nothing(kept: object) -> None:
    made = draft()
    before = dict(made.quantities)
    assert not made.restore(kept)
    assert made.quantities == before


def test_it_is_kept_by_order_then_visit_then_account() -> None:
    visit, order = uuid4(), uuid4()
    assert draft().name.startswith("account:")
    assert draft(visit_id=visit).name == f"visit:{visit}"
    assert draft(visit_id=visit, order_id=order).name == f"order:{order}"
