from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing import price
from fieldcrm.rules.pricing.manual import Rung
from fieldcrm.rules.pricing.rebates import (
    Earning,
    EarnTier,
    Rebate,
    earned_by_order,
    earned_by_quantity,
    earned_in_period,
)  # fmt: skip
from fieldcrm.rules.pricing.values import Priced
from tests.rules.pricing.shop import book, cart, entry, line, money, product, rules

LIST = book("LIST", entry("A", "10.00"), entry("B", "20.00"))


def used(*rebates: Rebate, **wanted: str | None) -> Priced:
    asked = tuple((key, None if amount is None else Decimal(amount)) for key, amount in wanted.items())
    return price(
        cart(line("A", "60"), line("B", "20", number=2), rebates=asked), rules(LIST, rebates=rebates)
    )


def test_the_tightest_limit_wins() -> None:
    tight = Rebate("R", Decimal(500), max_order_percent=Decimal(30), max_product_percent={"A": Decimal(0)})
    assert used(tight, R=None).rebate_used == 300
    tighter = Rebate("R", Decimal(500), max_product_percent={"A": Decimal(0), "B": Decimal(50)})
    assert used(tighter, R=None).rebate_used == 200
    poor = Rebate("R", Decimal("12.34"))
    assert used(poor, R=None).rebate_used == money("12.34")


def test_one_cent_more_than_allowed_is_an_error() -> None:
    share = Rebate("R", Decimal(500), max_order_percent=Decimal(30))
    assert used(share, R="300").payable == 700
    with pytest.raises(RuleBroken, match="rebate_limit"):
        used(share, R="300.01")


def test_the_earliest_expiry_is_used_first() -> None:
    late = Rebate("LATE", Decimal(100), valid_to=date(2026, 12, 31))
    soon = Rebate("SOON", Decimal(40), valid_to=date(2026, 9, 30))
    gone = Rebate("GONE", Decimal(40), valid_to=date(2026, 9, 14))
    assert used(late, soon, gone, auto="60").rebates == (("SOON", 40), ("LATE", 20))


@pytest.mark.parametrize(
    ("amount", "code"), [("600", "rebate_balance"), ("-1", "out_of_range"), ("NaN", "out_of_range")]
)
def test_what_cannot_be_used_says_why(amount: str, code: str) -> None:
    with pytest.raises((RuleBroken, Invalid), match=code):
        used(Rebate("R", Decimal(500)), R=amount)


def test_an_expired_balance_is_refused_when_asked_for_by_name() -> None:
    with pytest.raises(RuleBroken, match="rebate_expired"):
        used(Rebate("R", Decimal(500), valid_to=date(2026, 9, 14)), R="1")


def test_tax_is_worked_out_on_what_is_left_after_rebate() -> None:
    taxed = rules(LIST, products=(product("A", tax="0.13"),), rebates=[Rebate("R", Decimal(50))])
    got = price(cart(line("A", "10"), rebates=(("R", None),)), taxed)
    assert (got.rebate_used, got.tax, got.payable) == (50, money("6.50"), money("56.50"))


def test_a_border_amount_earns_the_upper_tier() -> None:
    tiers = (EarnTier(Decimal(2)), EarnTier(Decimal(3), Decimal(1000)))
    assert earned_in_period(Earning(tiers=tiers), Decimal("999.99")) == money("20.00")
    assert earned_in_period(Earning(tiers=tiers), Decimal(1000)) == money("30.00")
    assert earned_in_period(Earning(tiers=tiers, progressive=True), Decimal(1500)) == money("35.00")


def test_an_order_earns_from_its_least_net_upward() -> None:
    earning = Earning(per_order_percent=Decimal(3), min_order_net=Decimal(100))
    assert [earned_by_order(earning, Decimal(n)) for n in ("99.99", "100")] == [0, 3]


def test_the_remainder_is_carried_only_where_it_is_said() -> None:
    carry = Earning(per_quantity=Decimal(10), give=Decimal(1), carry_remainder=True)
    assert earned_by_quantity(carry, Decimal(17), Decimal(5)) == (2, 2)
    lose = Earning(per_quantity=Decimal(10), give=Decimal(1))
    assert earned_by_quantity(lose, Decimal(17), Decimal(5)) == (1, 0)


def test_one_balance_is_not_used_twice() -> None:
    held = Rebate("R", Decimal(100))
    both = used(held, R="60", auto=None)
    assert (both.rebate_used, both.rebates) == (100, (("R", 100),))
    with pytest.raises(RuleBroken, match="rebate_limit"):
        used(held, R="60", auto="50")


def test_a_balance_below_nothing_gives_nothing() -> None:
    assert used(Rebate("R", Decimal(-5)), R=None).rebate_used == 0


def test_no_line_is_paid_beyond_its_net_when_the_rep_gives_a_discount_of_his_own() -> None:
    half = (line("A", "10", manual="5"), line("B", "5", number=2))
    by = rules(LIST, ladder=[Rung(Decimal(60))], rebates=[Rebate("R", Decimal(150))])
    got = price(cart(*half, rebates=(("R", None),)), by)
    assert (got.goods_net, got.rebate_used, got.payable) == (150, 150, 0)
    assert [each.rebate_amount for each in got.lines] == [50, 100]


def test_limits_look_at_what_promotions_left_not_at_the_reps_own_discount() -> None:
    third = Rebate("R", Decimal(500), max_order_percent=Decimal(30))
    by = rules(LIST, ladder=[Rung(Decimal(60))], rebates=[third])
    got = price(cart(line("A", "10", manual="8"), rebates=(("R", None),)), by)
    assert (got.rebate_used, got.payable) == (30, 50)
