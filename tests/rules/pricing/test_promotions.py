from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing import price, promotions
from fieldcrm.rules.pricing.promotions import GiftOf, Give, On, Tier
from fieldcrm.rules.pricing.sellable import Range
from fieldcrm.rules.pricing.standing import Limits
from fieldcrm.rules.pricing.values import Past
from tests.rules.pricing.shop import TODAY, book, cart, entry, line, money, priced, product, promotion, rules

LIST = book("LIST", entry("A", "10.00"), entry("B", "20.00"))
TEN = Give(percent_off=Decimal(10))


def off(*lines: object, by: object) -> list[Decimal]:
    return [each.discount_amount for each in priced(*lines, by=by).lines]  # type: ignore[arg-type]


def test_line_promotions_come_before_order_promotions_whatever_their_priority() -> None:
    whole = promotion("ORDER", Give(amount_off=Decimal(10)), priority=99)
    single = promotion("LINE", TEN, "A", priority=1)
    assert off(line("A", "10"), by=rules(LIST, promotions=(whole, single))) == [money("20.00")]


def test_percentages_compound_on_the_running_net() -> None:
    two = (promotion("P1", TEN, "A", priority=2), promotion("P2", TEN, "A", priority=1))
    assert off(line("A", "10"), by=rules(LIST, promotions=two)) == [money("19.00")]


def test_an_exclusive_promotion_stands_alone() -> None:
    alone = promotion("ALONE", TEN, "A", exclusive=True)
    other = promotion("OTHER", Give(percent_off=Decimal(50)), priority=9)
    got = priced(line("A", "10"), by=rules(LIST, promotions=(alone, other)))
    assert got.payable == 90
    assert [(s.facts["promotion"], s.facts["reason"]) for s in got.steps] == [("OTHER", "exclusive")]


def test_of_two_exclusives_the_larger_priority_wins() -> None:
    two = (
        promotion("WEAK", Give(percent_off=Decimal(50)), exclusive=True, priority=1),
        promotion("STRONG", TEN, exclusive=True, priority=2),
    )
    assert priced(line("A", "10"), by=rules(LIST, promotions=two)).payable == 90


def test_an_exclusive_promotion_that_gives_nothing_does_not_shut_the_others_out() -> None:
    alone = promotion("ALONE", TEN, "A", exclusive=True, min_quantity=Decimal(11))
    other = promotion("OTHER", TEN)
    assert priced(line("A", "10"), by=rules(LIST, promotions=(alone, other))).payable == 90


def test_a_promotion_ends_after_its_last_day() -> None:
    last = promotion("LAST", TEN, valid_to=date(2026, 9, 14))
    assert priced(line("A", "10"), by=rules(LIST, promotions=(last,))).payable == 100


def test_no_discount_takes_a_unit_under_its_floor() -> None:
    goods = (product("A", floor="9.50"), product("B"))
    fifth = promotion("FIFTH", Give(percent_off=Decimal(20)))
    by = rules(LIST, products=goods, promotions=(fifth,))
    assert off(line("A", "10"), line("B", "5", number=2), by=by) == [money("5.00"), money("20.00")]


def test_an_amount_that_was_promised_moves_to_the_lines_with_room() -> None:
    goods = (product("A", floor="9.50"), product("B"))
    by = rules(LIST, products=goods, promotions=(promotion("M40", Give(amount_off=Decimal(40))),))
    assert off(line("A", "10"), line("B", "5", number=2), by=by) == [money("5.00"), money("35.00")]


def test_goods_that_are_not_promotable_neither_get_nor_count() -> None:
    goods = (product("A"), product("B", promotable=False))
    over = promotion("OVER", TEN, min_amount=Decimal(150))
    by = rules(LIST, products=goods, promotions=(over,))
    assert off(line("A", "10"), line("B", "5", number=2), by=by) == [0, 0]
    assert off(line("A", "15"), line("B", "5", number=2), by=by) == [money("15.00"), 0]


def test_a_fixed_price_never_raises_a_price() -> None:
    by = rules(LIST, promotions=(promotion("FIX", Give(fixed_price=Decimal(12)), "A", "B"),))
    assert off(line("A", "1"), line("B", "2", number=2), by=by) == [0, money("16.00")]


def test_an_amount_off_per_unit_counts_base_units() -> None:
    by = rules(LIST, promotions=(promotion("UNIT", Give(amount_off_per_unit=Decimal("0.50")), "A"),))
    assert off(line("A", "2", "case"), by=by) == [money("12.00")]


def test_every_so_much_repeats_up_to_its_cap() -> None:
    every = promotion("EVERY", Give(amount_off=Decimal(5)), every_amount=Decimal(100), max_times=2)
    by = rules(LIST, promotions=(every,))
    assert [sum(off(line("A", n), by=by)) for n in ("9", "10", "29", "50")] == [0, 5, 10, 10]


def test_the_cheapest_is_free() -> None:
    free = promotion("FREE", Give(cheapest_free=1), "A", "B", buy_quantity=Decimal(3), repeat=True)
    by = rules(LIST, promotions=(free,))
    assert off(line("A", "1"), line("B", "2", number=2), by=by) == [money("10.00"), 0]
    assert off(line("A", "2"), line("B", "4", number=2), by=by) == [money("20.00"), 0]


def test_any_three_for_a_price_takes_the_dearest() -> None:
    three = promotion("THREE", Give(set_price=Decimal(45)), "A", "B", buy_quantity=Decimal(3))
    got = priced(line("A", "2"), line("B", "2", number=2), by=rules(LIST, promotions=(three,)))
    assert got.payable == 45 + 10


def test_a_bundle_at_a_price_leaves_the_rest_at_full_price() -> None:
    pair = {"A": Decimal(1), "B": Decimal(1)}
    deal = promotions.Promotion("PAIR", On.BUNDLE, Give(set_price=Decimal(24)), pair)
    got = priced(line("A", "3"), line("B", "2", number=2), by=rules(LIST, promotions=(deal,)))
    assert got.payable == 48 + 10
    assert [each.discount_amount for each in got.lines] == [money("4.00"), money("8.00")]


def test_removing_the_condition_removes_the_gift() -> None:
    gift = promotion("GIFT", Give(gift=GiftOf("B", Decimal(1))), "A", buy_quantity=Decimal(6), repeat=True)
    by = rules(LIST, promotions=(gift,))
    [got] = priced(line("A", "1", "case"), by=by).gifts
    assert (got.product, got.quantity, got.value) == ("B", 2, money("40.00"))
    assert priced(line("A", "5"), by=by).gifts == ()


def test_only_the_highest_tier_reached_counts() -> None:
    ladder = promotion(
        "LADDER", Give(),
        tiers=(Tier(Give(percent_off=Decimal(5)), Decimal(100)), Tier(TEN, Decimal(200))),
    )  # fmt: skip
    by = rules(LIST, promotions=(ladder,))
    assert [sum(off(line("A", n), by=by)) for n in ("9", "10", "20")] == [0, 5, 20]


def test_a_cumulative_promotion_counts_earlier_orders_of_its_period() -> None:
    earlier = [
        Past("O1", "C1", date(2026, 9, 2), "A", Decimal(8), Decimal(80)),
        Past("O2", "C1", date(2026, 9, 3), "A", Decimal(8), Decimal(80), counts=False),
        Past("O3", "C2", date(2026, 9, 3), "A", Decimal(8), Decimal(80)),
        Past("O4", "C1", date(2026, 8, 31), "A", Decimal(8), Decimal(80)),
    ]
    gift = promotion(
        "CUM", Give(gift=GiftOf("A", Decimal(1))), "A", buy_quantity=Decimal(10), repeat=True,
        cumulative=True, valid_from=date(2026, 9, 1),
    )  # fmt: skip
    by = rules(LIST, promotions=(gift,), limits=Limits(earlier))
    assert [bool(priced(line("A", n), by=by).gifts) for n in ("1", "2")] == [False, True]


def test_a_customers_uses_are_limited() -> None:
    used = [Past("O1", "C1", TODAY, promotions=frozenset({"ONCE"}))]
    once = promotion("ONCE", TEN, max_uses=1)
    assert priced(line("A", "10"), by=rules(LIST, promotions=(once,), limits=Limits(used))).payable == 100
    assert priced(line("A", "10"), by=rules(LIST, promotions=(once,))).payable == 90


def test_what_is_missing_is_named() -> None:
    near = promotion("NEAR", TEN, min_amount=Decimal(120))
    [step] = priced(line("A", "10"), by=rules(LIST, promotions=(near,))).steps
    assert (step.facts["reason"], step.facts["missing"]) == ("amount_short", money("20.00"))


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (promotion("X", Give()), Invalid),
        (promotion("X", Give(percent_off=Decimal(101))), Invalid),
        (promotion("X", Give(percent_off=Decimal(5), amount_off=Decimal(5))), Invalid),
        (promotion("X", TEN, valid_from=TODAY, valid_to=date(2026, 1, 1)), RuleBroken),
        (promotion("X", Give(), tiers=(Tier(TEN, Decimal(9)), Tier(TEN, Decimal(9)))), RuleBroken),
    ],
)
def test_a_promotion_that_cannot_be_worked_out_is_refused(
    bad: promotions.Promotion, error: type[Exception]
) -> None:
    with pytest.raises(error):
        promotions.check(bad)


def test_an_order_without_promotions_is_not_slowed_by_those_of_other_goods() -> None:
    many = tuple(promotion(f"P{n}", TEN, f"X{n}") for n in range(50))
    assert price(cart(line("A", "1")), rules(LIST, promotions=many)).steps == ()


def test_order_thresholds_look_at_the_net_after_line_promotions_not_after_each_other() -> None:
    first = promotion("FIRST", Give(amount_off=Decimal(10)), priority=2)
    second = promotion("SECOND", Give(amount_off=Decimal(5)), priority=1, min_amount=Decimal(100))
    by = rules(LIST, promotions=(first, second))
    assert sum(off(line("A", "10"), by=by)) == 15
    line_off = promotion("LINE", Give(amount_off=Decimal(1)), "A")
    assert sum(off(line("A", "10"), by=rules(LIST, promotions=(first, second, line_off)))) == 11


def test_a_promotion_for_somebody_else_does_nothing() -> None:
    ours = promotion("P", TEN, "A", whom=(("group", frozenset({"RETAIL", "KA"})),))
    theirs = promotion("T", TEN, "A", whom=(("territory", frozenset({"SH"})),))
    assert off(line("A", "1"), by=rules(LIST, promotions=(ours,))) == [money("1.00")]
    assert off(line("A", "1"), by=rules(LIST, promotions=(theirs,))) == [money("0.00")]


def test_what_a_device_was_given_of_a_budget_counts_instead_of_the_whole() -> None:
    ten = promotion("P", TEN, "A", budget=money("100"))
    slice_ = Limits(budgets={"P": money("0.40")})
    assert off(line("A", "1"), by=rules(LIST, promotions=(ten,), limits=slice_)) == [money("0.40")]
    spent = Limits(budgets={"P": money("0")})
    done = priced(line("A", "1"), by=rules(LIST, promotions=(ten,), limits=spent))
    assert [step.facts["reason"] for step in done.steps] == ["budget_spent"]


def test_uses_that_are_left_count_instead_of_the_history() -> None:
    once = promotion("P", TEN, "A", max_uses=3)
    assert off(line("A", "1"), by=rules(LIST, promotions=(once,), limits=Limits(uses={"P": 0}))) == [0]
    assert off(line("A", "1"), by=rules(LIST, promotions=(once,), limits=Limits(uses={"P": 1}))) == [1]


def test_uses_of_everybody_together_are_limited_and_a_slice_of_them_counts_instead() -> None:
    first = promotion("P", TEN, "A", max_uses_in_all=100)
    assert off(line("A", "1"), by=rules(LIST, promotions=(first,))) == [1]
    none = Limits(uses_in_all={"P": 0})
    done = priced(line("A", "1"), by=rules(LIST, promotions=(first,), limits=none))
    assert [step.facts["reason"] for step in done.steps] == ["used_up_by_all"]


def test_an_exclusive_promotion_that_is_not_met_says_why() -> None:
    alone = promotion("X", TEN, "A", exclusive=True, min_quantity=money("5"), priority=9)
    other = promotion("P", TEN, "A")
    done = priced(line("A", "1"), by=rules(LIST, promotions=(alone, other)))
    assert [each.promotion for each in done.applied] == ["P"]
    assert [(step.facts["code"], step.facts["reason"]) for step in done.steps] == [("X", "quantity_short")]


def test_so_much_off_a_set_repeats_with_the_sets() -> None:
    each = promotion("SET", Give(amount_off=Decimal(2), per_set=True), "A", buy_quantity=Decimal(3))
    assert sum(off(line("A", "10"), by=rules(LIST, promotions=(each,)))) == 6


def test_a_gift_that_may_not_be_sold_here_or_costs_more_than_the_budget_says_so() -> None:
    gift = promotion("G", Give(gift=GiftOf("B", Decimal(1))), "A")
    barred = [Range(False, (("customer", frozenset({"C1"})),), frozenset({"B"}))]
    kept = priced(line("A", "1"), by=rules(LIST, promotions=(gift,), ranges=barred))
    dear = priced(line("A", "1"), by=rules(LIST, promotions=(replace(gift, budget=money("19.99")),)))
    assert [each.steps[0].facts["reason"] for each in (kept, dear)] == ["gift_not_sold", "budget_spent"]
    assert kept.gifts == dear.gifts == ()


def test_parts_of_a_case_that_make_a_case_together_are_a_case() -> None:
    goods = tuple(product(key) for key in ("A", "B", "C"))
    listed = book("LIST", *(entry(key, "10.00") for key in ("A", "B", "C")))
    thirds = [line(key, "4", number=n) for n, key in enumerate(("A", "B", "C"))]
    least = promotion("LEAST", TEN, "A", "B", "C", min_quantity=Decimal(1), unit="case")
    assert sum(off(*thirds, by=rules(listed, products=goods, promotions=(least,)))) == 12
    gift = promotion("G", Give(gift=GiftOf("A", Decimal(1))), "A", "B", "C", buy_quantity=Decimal(1), buy_unit="case")  # fmt: skip  # noqa: E501
    assert priced(*thirds, by=rules(listed, products=goods, promotions=(gift,))).gifts
    before = [Past(f"O{n}", "C1", TODAY, "A", Decimal(4), Decimal(40)) for n in range(2)]
    more = replace(least, cumulative=True)
    by = rules(listed, products=goods, promotions=(more,), limits=Limits(before))
    assert sum(off(line("A", "4"), by=by)) == 4


@pytest.mark.parametrize("give", [Give(amount_off_per_unit=money("1.62")), Give(fixed_price=money("1.62"))])
def test_half_a_cent_of_a_case_price_is_rounded_up_for_bottles_too(give: Give) -> None:
    by = rules(LIST, promotions=(promotion("CASE", give, "A", unit="case"),))
    paid = priced(line("A", "7"), by=by).payable
    assert paid == (money("0.95") if give.fixed_price else money("69.05"))


def test_thirds_of_lines_in_a_bundle_make_whole_cents_together() -> None:
    keys = ("A", "B", "C", "D")
    listed = book("LIST", *(entry(key, "0.34") for key in keys[:3]), entry("D", "0.01"))
    half = promotions.Promotion("HALF", On.BUNDLE, Give(percent_off=Decimal(50)), dict.fromkeys(keys, Decimal(1)))  # fmt: skip  # noqa: E501
    whole_yuan = [promotion(key, Give(amount_off=money("0.02")), key, priority=1) for key in keys[:3]]
    by = rules(listed, products=tuple(map(product, keys)), promotions=(half, *whole_yuan))
    lines = [line(key, "1" if key == "D" else "3", number=n) for n, key in enumerate(keys)]
    assert sum(off(*lines, by=by)) == money("0.06") + money("0.51")


def test_what_is_left_of_a_case_goes_into_the_sets_to_the_half_cent() -> None:
    goods = tuple(product(key) for key in ("A", "B", "C"))
    listed = book("LIST", entry("A", "10.00"), entry("B", "9.00"), entry("C", "6.545"))
    case = promotion(
        "S", Give(set_price=money("20")), "A", "B", "C", buy_quantity=Decimal(1), buy_unit="case"
    )
    lines = [line("A", "2"), line("B", "9", number=2), line("C", "10", number=3)]
    assert sum(off(*lines, by=rules(listed, products=goods, promotions=(case,)))) == money("87.55")
