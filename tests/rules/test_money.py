"""A customer's money is used in one order, and there is never less than nothing (F5)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import RuleBroken
from fieldcrm.rules import money

AMOUNTS = st.decimals(0, 10_000, places=2)


def test_a_purse_can_be_emptied_and_not_overdrawn() -> None:
    assert money.booked(Decimal(10), Decimal(-10)) == 0
    with pytest.raises(RuleBroken, match="overdrawn"):
        money.booked(Decimal(10), Decimal("-10.01"))


def test_what_was_paid_ahead_goes_first_then_cash_then_credit() -> None:
    found = money.payment(Decimal(100), {"cash": Decimal(30), "prepay": Decimal(50)}, Decimal(15))
    assert found.used == {"prepay": 50, "cash": 30}
    assert (found.on_credit, found.uncovered) == (15, 5)


@given(due=AMOUNTS, prepay=AMOUNTS, cash=AMOUNTS, credit=st.none() | AMOUNTS)
def test_the_parts_of_a_payment_add_up_and_none_exceeds_its_purse(
    due: Decimal, prepay: Decimal, cash: Decimal, credit: Decimal | None
) -> None:
    held = {"prepay": prepay, "cash": cash}
    found = money.payment(due, held, credit)
    assert sum(found.used.values()) + found.on_credit + found.uncovered == due
    assert all(0 < part <= held[purse] for purse, part in found.used.items())
    assert credit is None or found.on_credit <= credit


@pytest.mark.parametrize(
    ("paid", "due", "alone"),
    [
        (None, 100, set()),  # left to the order of use
        ({"prepay": "100.00"}, 100, set()),  # the rest was not needed
        ({"cash": "100.00"}, 100, {"prepay"}),
        ({"prepay": "60.00"}, 100, {"cash"}),
        ({}, 0, set()),
        ({}, 100, {"prepay", "cash"}),
    ],
)  # fmt: skip
def test_a_purse_that_was_not_needed_was_not_left_alone(
    paid: dict[str, str] | None, due: int, alone: set[str]
) -> None:
    assert money.spared(paid, Decimal(due)) == alone
