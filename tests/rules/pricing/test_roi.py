"""What a promotion costs and when it pays, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fieldcrm.rules.pricing.roi import Run, extra_to_break_even, roi

# 100 units at 10.00, a tenth off, one gift of 10.00, a cost of 6.00 a unit.
RUN = Run(Decimal(100), Decimal(10), Decimal(900), Decimal(100), Decimal(600))


def test_a_gift_keeps_its_value_in_cost_and_margin() -> None:
    assert RUN.cost == 110
    assert RUN.unit_margin == Decimal("2.90")


def test_it_breaks_even_when_the_margin_of_what_is_sold_more_is_the_cost() -> None:
    assert extra_to_break_even(RUN) == 38
    assert roi(RUN, Decimal(38)) == (38 * Decimal("2.90") - 110) / 110
    assert roi(RUN, Decimal(37)) < 0 < roi(RUN, Decimal(38))  # type: ignore[operator]


def test_selling_nothing_more_loses_the_whole_cost() -> None:
    assert roi(RUN, Decimal()) == -1


def test_a_promotion_that_eats_the_margin_never_pays() -> None:
    assert extra_to_break_even(replace(RUN, goods_cost=Decimal(890))) is None


def test_without_a_known_cost_of_goods_nothing_is_said_of_margins() -> None:
    unknown = replace(RUN, goods_cost=None)
    assert unknown.unit_margin is None
    assert extra_to_break_even(unknown) is None
    assert roi(unknown, Decimal(50)) is None
