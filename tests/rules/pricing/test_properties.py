"""What holds for every cart under every set of rules."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldcrm.rules.pricing import Cart, CartLine, Rules, price, trace
from fieldcrm.rules.pricing.promotions import GiftOf, Give, On, Promotion, PromotionIndex, index
from fieldcrm.rules.pricing.values import Priced
from tests.rules.pricing.test_kernel import KEYS, a_promotion, a_sale

CENT = Decimal("0.01")


def all_of(rules: Rules) -> list[Promotion]:
    held = {each.key: each for rows in rules.promotions.by_product.values() for each in rows}
    return [*held.values(), *rules.promotions.order]


def by(rules: Rules, *promotions: Promotion) -> Rules:
    return replace(rules, promotions=index(promotions))


@settings(max_examples=150, deadline=None)
@given(a_sale())
def test_pricing_what_was_priced_changes_neither_a_cent_nor_a_reason(sale: tuple[Cart, Rules]) -> None:
    cart, rules = sale
    first = price(cart, rules)
    again = tuple(CartLine(line.key, line.product, line.quantity, line.unit) for line in first.lines)
    assert price(replace(cart, lines=again), rules) == first
    assert trace.told(price(cart, rules), 1) == trace.told(first, 1)


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[Cart, Cart, Rules]:
    """Two orders of the same lines, one line an article, under one promotion."""
    cart, rules = draw(a_sale())
    lines = tuple({line.product: line for line in cart.lines}.values())
    other = tuple(draw(st.permutations(lines)))
    return replace(cart, lines=lines), replace(cart, lines=other), by(rules, *all_of(rules)[:1])


@settings(max_examples=200, deadline=None)
@given(shuffled())
def test_the_order_of_lines_decides_nothing_but_who_gets_the_odd_cents(
    found: tuple[Cart, Cart, Rules],
) -> None:
    cart, other, rules = found
    one, two = price(cart, rules), price(other, rules)
    assert (one.goods_net, one.rebate_used) == (two.goods_net, two.rebate_used)
    assert sorted(gift.product for gift in one.gifts) == sorted(gift.product for gift in two.gifts)
    nets = {line.key: line.net_amount for line in two.lines}
    promotion = next(iter(all_of(rules)), None)
    if promotion is None or promotion.give.cheapest_free is None:  # of equal prices the earlier line is free
        most = CENT * len(one.lines)
        assert all(abs(line.net_amount - nets[line.key]) <= most for line in one.lines)


@settings(max_examples=200, deadline=None)
@given(a_sale(), st.sampled_from(KEYS), st.integers(1, 30))
def test_taking_the_condition_away_takes_the_gift_away(
    sale: tuple[Cart, Rules], wanted: str, least: int
) -> None:
    cart, rules = sale
    gift = Promotion(
        "G", On.PRODUCTS, Give(gift=GiftOf("A", Decimal(1))), {wanted: Decimal(1)},
        min_quantity=Decimal(least), exclusive=True, priority=9,
    )  # fmt: skip
    bought = sum(
        line.quantity * rules.products[line.product].factor(line.unit)
        for line in cart.lines
        if line.product == wanted
    )
    met = bought >= least and rules.products[wanted].promotable
    got = price(cart, by(rules, gift))
    assert bool(got.gifts) is met
    rest = tuple(line for line in cart.lines if line.product != wanted)
    assume(rest)
    assert not price(replace(cart, lines=rest, rebates=()), by(rules, gift)).gifts


def sums(priced: Priced) -> Any:
    return priced.goods_net, priced.gifts, priced.applied


@settings(max_examples=150, deadline=None)
@given(a_sale(), a_promotion("P0"))
def test_a_promotion_that_applies_to_nothing_here_changes_nothing(
    sale: tuple[Cart, Rules], promotion: Promotion
) -> None:
    cart, rules = sale
    elsewhere = replace(promotion, whom=(("customer", frozenset({"somebody else"})),))
    bare = replace(rules, promotions=PromotionIndex({}, ()))
    assert sums(price(cart, by(rules, elsewhere))) == sums(price(cart, bare))


@settings(max_examples=150, deadline=None)
@given(a_sale())
def test_every_discount_names_its_promotion_and_every_promotion_that_is_met_says_what_it_did(
    sale: tuple[Cart, Rules],
) -> None:
    cart, rules = sale
    got = price(cart, rules)
    for line in got.lines:
        said = [step.facts["amount"] for step in line.steps if step.kind == "promotion"]
        assert sum(said, Decimal()) == line.discount_amount  # type: ignore[arg-type]
    named = {each.promotion for each in got.applied} | {str(step.facts["code"]) for step in got.steps}
    ordered = {line.product for line in cart.lines if rules.products[line.product].promotable}
    for promotion in all_of(rules):
        about = promotion.on == On.ORDER or promotion.products.keys() & ordered
        complete = promotion.on != On.BUNDLE or promotion.products.keys() <= ordered
        if about and complete and ordered:
            assert promotion.key in named
