"""Properties that hold for every cart and every set of rules."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldcrm.money import to_cents
from fieldcrm.rules.pricing import Book, Cart, CartLine, Product, Rules, by_product, price
from fieldcrm.rules.pricing.promotions import GiftOf, Give, On, Promotion, index
from fieldcrm.rules.pricing.rebates import Rebate
from fieldcrm.rules.pricing.tax import tax
from tests.rules.pricing.shop import BUYER, TODAY, entry

KEYS = ["A", "B", "C", "D"]
cents = st.integers(1, 99_999).map(lambda n: Decimal(n) / 100)
percents = st.integers(0, 100).map(Decimal)


@st.composite
def a_product(draw: st.DrawFn, key: str) -> tuple[Product, Decimal]:
    at = draw(cents)
    floor = draw(st.none() | st.integers(0, 100).map(lambda n: to_cents(at * n / 100)))
    goods = Product(
        key, "bottle", {"case": Decimal(draw(st.integers(2, 24)))},
        draw(st.sampled_from([Decimal(0), Decimal("0.06"), Decimal("0.13")])), floor,
        draw(st.booleans() | st.just(True)),
    )  # fmt: skip
    return goods, at


@st.composite
def a_promotion(draw: st.DrawFn, key: str) -> Promotion:
    give = draw(
        st.builds(Give, percent_off=percents)
        | st.builds(Give, amount_off=cents)
        | st.builds(Give, amount_off_per_unit=cents)
        | st.builds(Give, fixed_price=cents)
        | st.builds(Give, cheapest_free=st.integers(1, 2))
        | st.builds(Give, set_price=cents)
        | st.builds(Give, gift=st.builds(GiftOf, st.sampled_from(KEYS), st.just(Decimal(1))))
    )
    on = draw(st.sampled_from(On))
    named = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True))
    products = {} if on == On.ORDER else {name: Decimal(draw(st.integers(1, 4))) for name in named}
    return Promotion(
        key, on, give, products, priority=draw(st.integers(0, 3)), exclusive=draw(st.booleans()),
        min_amount=draw(st.none() | cents), buy_quantity=draw(st.none() | st.integers(1, 5).map(Decimal)),
        repeat=draw(st.booleans()), budget=draw(st.none() | cents),
    )  # fmt: skip


@st.composite
def a_sale(draw: st.DrawFn) -> tuple[Cart, Rules]:
    goods = [draw(a_product(key)) for key in KEYS]
    book = Book(
        "LIST", "list", by_product(entry(each.key, str(at)) for each, at in goods),
        tax_included=draw(st.booleans()),
    )  # fmt: skip
    count = draw(st.integers(1, 6))
    lines = tuple(
        CartLine(
            str(n), draw(st.sampled_from(KEYS)), Decimal(draw(st.integers(1, 40))),
            draw(st.sampled_from(["bottle", "case"])),
        )
        for n in range(count)
    )  # fmt: skip
    promos = [draw(a_promotion(f"P{n}")) for n in range(draw(st.integers(0, 5)))]
    rebate = Rebate("R", draw(cents), max_order_percent=draw(st.none() | percents))
    asked = draw(st.sampled_from([(), (("R", None),), (("auto", None),)]))
    return Cart(BUYER, TODAY, lines, asked), Rules(
        {each.key: each for each, _ in goods}, [book], index(promos), rebates=[rebate]
    )


@settings(max_examples=300, deadline=None)
@given(a_sale())
def test_the_parts_add_up_to_what_is_paid(sale: tuple[Cart, Rules]) -> None:
    got = price(*sale)
    assert sum(each.net_amount for each in got.lines) == got.goods_net
    assert got.goods_net + got.tax_on_top - got.rebate_used == got.payable
    assert sum(each.tax_amount for each in got.lines) == got.tax
    assert sum(each.rebate_amount for each in got.lines) == got.rebate_used
    assert sum(each.amount for each in got.applied) == sum(each.discount_amount for each in got.lines)
    assert all(each.gross_amount - each.discount_amount == each.net_amount for each in got.lines)


@settings(max_examples=300, deadline=None)
@given(a_sale())
def test_nothing_is_sold_under_its_floor_or_under_nothing(sale: tuple[Cart, Rules]) -> None:
    cart, rules = sale
    got = price(cart, rules)
    assert got.payable >= 0
    for line in got.lines:
        floor = rules.products[line.product].floor or Decimal(0)
        assert line.net_amount >= to_cents(floor * line.base_quantity)
        assert 0 <= line.rebate_amount <= line.net_amount


@settings(max_examples=150, deadline=None)
@given(a_sale())
def test_budgets_are_never_exceeded(sale: tuple[Cart, Rules]) -> None:
    cart, rules = sale
    budgets = {p.key: p.budget for p in (*rules.promotions.order, *rules.promotions.for_cart(cart))}
    for each in price(cart, rules).applied:
        budget = budgets[each.promotion]
        assert budget is None or each.amount + each.gift_value <= budget


@settings(max_examples=40, deadline=None)
@given(a_sale(), st.integers(1, 5_000).map(lambda n: Decimal(n) / 100), st.sampled_from(KEYS))
def test_gifts_are_never_worth_more_than_their_budget(
    sale: tuple[Cart, Rules], budget: Decimal, key: str
) -> None:
    cart, rules = sale
    gift = Give(gift=GiftOf(key, Decimal(1)))
    every = Promotion("G", On.ORDER, gift, every_amount=Decimal(10), budget=budget)
    got = price(cart, replace(rules, promotions=index([every])))
    assert sum(each.value for each in got.gifts) <= budget


@given(cents, st.sampled_from([Decimal("0.06"), Decimal("0.13")]))
def test_tax_in_a_price_and_the_rest_make_the_price(amount: Decimal, rate: Decimal) -> None:
    inside = tax(amount, rate, included=True)
    assert 0 <= inside < amount or amount == Decimal("0.01")
    assert abs(tax(amount - inside, rate, included=False) - inside) <= Decimal("0.01")
