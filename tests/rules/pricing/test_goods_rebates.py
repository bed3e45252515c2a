"""Goods earned come into an order as gifts: the lot that ends first gives first, the tightest limit wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing import (
    Book,
    Cart,
    CartLine,
    Customer,
    Entry,
    Priced,
    Product,
    Rules,
    by_product,
    price,
)
from fieldcrm.rules.pricing.rebates import GOODS, Rebate

ON = date(2026, 3, 2)
WATER = Product("water", "bottle", {"case": Decimal(12)})
TEA = Product("tea", "bottle")
BOOK = Book("list", "list", by_product([
    Entry("water", "bottle", Decimal(2)), Entry("tea", "bottle", Decimal(5)),
]))  # fmt: skip
LATE = Rebate("late", Decimal(10), valid_to=date(2026, 12, 31), product="tea")
SOON = Rebate("soon", Decimal(3), valid_to=date(2026, 6, 30), product="tea")


def priced(*lots: Rebate, ask: object = None, key: str = GOODS, **rules: object) -> Priced:
    lines = (CartLine("1", "water", Decimal(50), "bottle"),)
    cart = Cart(Customer("c"), ON, lines, ((key, ask),))  # type: ignore[arg-type]
    return price(cart, Rules({"water": WATER, "tea": TEA}, [BOOK], rebates=lots, **rules))  # type: ignore[arg-type]


def given(found: Priced) -> list[tuple[str, Decimal]]:
    return [(gift.promotion, gift.quantity) for gift in found.gifts]


def test_the_lot_that_ends_first_gives_first_and_nothing_is_paid_for_it() -> None:
    found = priced(LATE, SOON)
    assert given(found) == [("rebate:soon", 3), ("rebate:late", 10)]
    assert (found.payable, found.rebate_used) == (100, 0)
    assert found.rebates == (("soon", Decimal(3)), ("late", Decimal(10)))
    assert [gift.value for gift in found.gifts] == [15, 50]


def test_a_share_of_the_order_limits_the_value_and_gives_whole_units_only() -> None:
    assert given(priced(replace(LATE, max_order_percent=Decimal(12)))) == [("rebate:late", 2)], (
        "12.00 at 5.00"
    )


def test_the_tightest_limit_wins_and_money_that_was_used_counts_with_it() -> None:
    lot = replace(LATE, max_order_percent=Decimal(30), max_product_percent={"tea": Decimal(50)})
    assert given(priced(lot)) == [], "no tea is bought, so half of it is nothing"
    money = Rebate("money", Decimal(18))
    cart = Cart(
        Customer("c"), ON, (CartLine("1", "water", Decimal(50), "bottle"),), (("money", None), (GOODS, None))
    )
    rules = Rules(
        {"water": WATER, "tea": TEA}, [BOOK], rebates=(money, replace(LATE, max_order_percent=Decimal(30)))
    )
    assert given(price(cart, rules)) == [("rebate:late", 2)], "30.00 - 18.00 at 5.00"


def test_asking_for_more_than_allowed_is_refused_and_part_of_a_unit_is_nonsense() -> None:
    assert given(priced(LATE, ask=Decimal(4))) == [("rebate:late", 4)]
    with pytest.raises(RuleBroken, match="rebate_limit"):
        priced(LATE, ask=Decimal(11))
    with pytest.raises(Invalid):
        priced(LATE, ask=Decimal("1.5"))


def test_what_expired_or_is_not_sold_gives_nothing() -> None:
    assert given(priced(replace(LATE, valid_to=date(2026, 3, 1)))) == []
    assert given(priced(replace(LATE, product="milk"))) == []


def test_money_that_is_asked_for_leaves_the_goods_alone() -> None:
    found = priced(LATE, Rebate("money", Decimal(7)), key="auto")
    assert (found.rebate_used, found.gifts) == (7, ())


def test_a_lot_that_is_named_and_drawn_on_again_is_not_given_twice() -> None:
    lines = (CartLine("1", "water", Decimal(50), "bottle"),)
    asked = (("late", Decimal(8)), (GOODS, None))
    got = price(
        Cart(Customer("c"), ON, lines, asked), Rules({"water": WATER, "tea": TEA}, [BOOK], rebates=[LATE])
    )
    assert sum(gift.quantity for gift in got.gifts) == 10
