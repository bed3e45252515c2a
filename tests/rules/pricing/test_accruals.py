"""What a period's sales earn, and where what was earned too much is taken from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from fieldcrm.rules.pricing.accruals import (
    Line,
    Lot,
    Next,
    Sale,
    Span,
    at_once,
    earned,
    ended,
    kept,
    span,
    taken,
    to_next,
)  # fmt: skip
from fieldcrm.rules.pricing.rebates import Earning, EarnTier, Program, earned_by_order

TIERS = (EarnTier(Decimal(1)), EarnTier(Decimal(2), Decimal(1000)))
QUARTER = Program("Q", Earning(tiers=TIERS, period="quarter"), valid_from=date(2026, 2, 1))
Q1 = Span(date(2026, 2, 1), date(2026, 3, 31))


def sale(month: int, net: int, quantity: int = 0, day: int = 15) -> Sale:
    return Sale(date(2026, month, day), Decimal(net), Decimal(quantity))


def test_a_period_is_cut_by_the_days_the_program_runs() -> None:
    assert span(QUARTER, date(2026, 2, 14)) == Q1


def test_a_period_has_ended_when_its_last_day_is_over_and_not_before() -> None:
    assert list(ended(QUARTER, date(2026, 3, 31), date(2026, 2, 1))) == []
    assert list(ended(QUARTER, date(2026, 4, 1), date(2026, 2, 1))) == [Q1]


def test_only_sales_of_the_period_count_and_a_border_belongs_to_the_upper_tier() -> None:
    sales = [sale(1, 5000), sale(2, 999), sale(4, 5000)]
    assert earned(QUARTER, sales, Q1) == Decimal("9.99")
    assert earned(QUARTER, [*sales, sale(3, 1)], Q1) == 20


def test_orders_below_the_least_do_not_count() -> None:
    program = replace(QUARTER, earning=Earning(Decimal(5), min_order_net=Decimal(100), period="month"))
    assert earned(program, [sale(3, 99), sale(3, 200)], Q1) == 10


def test_what_is_earned_when_a_period_ends_is_not_earned_at_once_too() -> None:
    assert earned_by_order(Earning(Decimal(5)), Decimal(100)) == 5
    assert earned_by_order(Earning(Decimal(5), period="month"), Decimal(100)) == 0


def test_goods_are_earned_by_quantity_and_the_remainder_is_carried_or_lost() -> None:
    lose = Program("G", Earning(per_quantity=Decimal(10), give=Decimal(1), period="month"), goods=True)
    carry = replace(lose, earning=replace(lose.earning, carry_remainder=True))
    sales, march = [sale(2, 0, 17), sale(3, 0, 15)], Span(date(2026, 3, 1), date(2026, 3, 31))
    assert earned(lose, sales, march) == 1
    assert earned(carry, sales, march) == 2, "7 are left of February"


def test_at_once_is_without_a_period_and_goods_need_to_be_named() -> None:
    goods = Program("G", Earning(per_quantity=Decimal(10), give=Decimal(2)), goods=True, product="tea")
    assert at_once(goods, Decimal(), Decimal(25)) == 4
    assert at_once(replace(goods, product=""), Decimal(), Decimal(25)) == 0
    assert at_once(QUARTER, Decimal(5000), Decimal()) == 0
    assert at_once(Program("M", Earning(Decimal(3))), Decimal(100), Decimal()) == 3


def test_the_next_step_says_what_is_missing() -> None:
    assert to_next(QUARTER.earning, Decimal(400), Decimal()) == Next(Decimal(600), None, Decimal(2))
    assert to_next(QUARTER.earning, Decimal(1000), Decimal()) is None
    goods = Earning(per_quantity=Decimal(10), give=Decimal(1))
    assert to_next(goods, Decimal(), Decimal(17)) == Next(quantity=Decimal(3))


def test_what_was_earned_too_much_comes_from_lots_and_none_goes_below_nothing() -> None:
    lots = [Lot("own", Decimal(3)), Lot("other", Decimal(5)), Lot("last", Decimal(5))]
    assert taken(Decimal(6), lots) == [("own", Decimal(3)), ("other", Decimal(3))]
    assert sum(part for _, part in taken(Decimal(99), lots)) == 13


def test_what_came_back_is_not_bought() -> None:
    lines = {"a": Line(Decimal(100), Decimal(4), Decimal(96)), "b": Line(Decimal(50), Decimal(1), Decimal(1))}
    back = [{"a": Decimal(1)}, {"a": Decimal(2), "gift": Decimal(9)}]
    assert kept(date(2026, 3, 1), lines, back) == Sale(date(2026, 3, 1), Decimal(75), Decimal(25))
