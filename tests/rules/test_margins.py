"""What goods cost on a day, and what is left of a price, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fieldcrm.rules.margins import Cost, CostList, Margin, margin, total

D = Decimal
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
COSTS = CostList([
    Cost("water", D("1.50"), "CNY"), Cost("water", D("1.6033"), "CNY", MARCH),
    Cost("water", D("0.25"), "USD"), Cost("tea", D("2.00"), "CNY", APRIL), Cost("cup", D("0.10"), "CNY"),
    Cost("set", D("9.00"), "CNY", APRIL),
])  # fmt: skip


@pytest.mark.parametrize(("on", "cost"), [
    (date(2026, 2, 28), "1.50"), (MARCH, "1.6033"), (date(2030, 1, 1), "1.6033"),
])  # fmt: skip
def test_the_latest_cost_price_that_has_begun_holds(on: date, cost: str) -> None:
    assert COSTS.on("water", on, "CNY") == D(cost)


def test_a_cost_of_another_currency_or_of_a_later_day_is_none() -> None:
    assert COSTS.on("water", MARCH, "EUR") is None
    assert COSTS.on("tea", MARCH, "CNY") is None
    assert COSTS.on("water", MARCH, "USD") == D("0.25")


def test_what_a_line_costs_is_rounded_half_up_once() -> None:
    assert COSTS.of("water", D(24), MARCH, "CNY") == D("38.48")  # 38.4792
    assert COSTS.of("water", D("1.5"), date(2026, 2, 1), "CNY") == D("2.25")
    assert COSTS.of("cup", D("0.05"), MARCH, "CNY") == D("0.01")  # 0.005


def test_a_set_costs_what_is_said_of_it_and_otherwise_all_that_is_inside() -> None:
    inside = {"water": D(2), "cup": D(1)}
    assert COSTS.of("set", D(1), MARCH, "CNY", inside) == D("3.31")  # 2 x 1.6033 + 0.10
    assert COSTS.of("set", D(2), APRIL, "CNY", inside) == 18
    assert COSTS.of("set", D(1), MARCH, "CNY", inside | {"tea": D(1)}) is None, "nobody knows of the tea"
    assert COSTS.of("set", D(1), MARCH, "CNY") is None


def test_a_price_that_holds_the_tax_is_taken_without_it() -> None:
    assert margin(D("113.00"), D("13.00"), D("60.00"), tax_included=True) == Margin(D(100), D(60))
    assert margin(D("100.00"), D("13.00"), D("60.00"), tax_included=False) == Margin(D(100), D(60))
    assert Margin(D(100), D(60)).percent == 40


def test_a_gift_costs_and_brings_nothing_in() -> None:
    gift = margin(D(0), D(0), D("3.00"), tax_included=True)
    assert gift is not None
    assert (gift.amount, gift.percent) == (-3, None)
    assert total([Margin(D(10), D(4)), gift]).margin == Margin(D(10), D(7))


def test_a_line_without_a_cost_is_never_one_of_cost_zero() -> None:
    assert margin(D(100), D(0), None, tax_included=False) is None
    found = total([Margin(D(10), D(4)), None])
    assert (found.margin, found.known, found.lines, found.is_whole) == (Margin(D(10), D(4)), 1, 2, False)
    assert total([None]).known == 0
