from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing import Entry, books, price, separate
from tests.rules.pricing.shop import TODAY, book, cart, entry, line, money, priced, product, rules

LIST = book("LIST", entry("A", "10.00"), entry("B", "20.00"))


def test_the_customers_own_price_wins_even_when_dearer() -> None:
    group = book("GRP", entry("A", "9.00"), level="group", reference="RETAIL", priority=99)
    own = book("OWN", entry("A", "9.50"), level="customer", reference="C1")
    [got] = priced(line("A", "10"), by=rules(LIST, group, own)).lines
    assert (got.book, got.net_amount) == ("OWN", money("95.00"))


def test_the_larger_priority_wins_at_the_same_level() -> None:
    autumn = book("AUTUMN", entry("A", "8.00"), priority=5)
    [got] = priced(line("A", "1"), by=rules(LIST, autumn)).lines
    assert got.book == "AUTUMN"
    assert [step.kind for step in got.steps] == ["book", "larger_priority"]


def test_the_trace_names_the_book_that_lost() -> None:
    group = book("GRP", entry("A", "9.00"), level="group", reference="RETAIL")
    [got] = priced(line("A", "1"), by=rules(LIST, group)).lines
    assert got.steps[1].kind == "more_specific"
    assert got.steps[1].facts["book"] == "LIST"
    assert got.steps[1].facts["price"] == money("10.00")


def test_books_of_others_are_not_used() -> None:
    other = book("OTHER", entry("A", "1.00"), level="customer", reference="C2")
    assert priced(line("A", "1"), by=rules(LIST, other)).lines[0].book == "LIST"


def test_both_ends_of_a_period_count() -> None:
    week = book("WEEK", entry("A", "7.00"), priority=1, starts=TODAY, ends=TODAY)
    by = rules(LIST, week)
    days = [TODAY - timedelta(1), TODAY, TODAY + timedelta(1)]
    assert [price(cart(line("A", "1"), on=day), by).payable for day in days] == [10, 7, 10]


def test_a_quantity_break_is_compared_in_base_units() -> None:
    broken = book("L", entry("A", "10.00"), entry("A", "9.00", least="24"))
    one, two = (priced(line("A", n, "case"), by=rules(broken)).lines[0].unit_price for n in ("1", "2"))
    assert (one, two) == (money("120.00"), money("108.00"))


def test_a_break_given_in_cases_is_reached_in_bottles() -> None:
    broken = book("L", entry("A", "10.00"), entry("A", "9.00", least="2", least_unit="case"))
    assert priced(line("A", "24"), by=rules(broken)).lines[0].unit_price == 9


def test_a_price_in_the_lines_own_unit_beats_a_converted_one() -> None:
    both = book("L", entry("A", "10.00"), entry("A", "110.00", "case", "1", "case"))
    assert priced(line("A", "1", "case"), by=rules(both)).lines[0].unit_price == 110
    assert priced(line("A", "12"), by=rules(both)).lines[0].unit_price == 10


@given(
    st.lists(
        st.builds(
            entry, st.just("A"), st.sampled_from(["9.00", "8.00", "7.00", "0"]),
            st.sampled_from(["bottle", "case", "bottle", "case", "pallet"]),
            st.sampled_from(["0", "1", "2", "12", "24"]),
            st.sampled_from(["", "bottle", "case", "pallet"]),
        ),
        min_size=1, max_size=6,
    ),
    st.integers(1, 30).map(Decimal), st.sampled_from(["bottle", "case"]),
)  # fmt: skip
def test_of_the_breaks_that_are_reached_the_lines_own_unit_and_then_the_largest_counts(
    entries: list[Entry], quantity: Decimal, unit: str
) -> None:
    goods = product("A")
    sold = [each for each in entries if each.price > 0 and goods.knows(each.unit)]
    sized = ((n, each, books.break_quantity(goods, each)) for n, each in enumerate(sold))
    reached = [
        (each.unit == unit, at, -n, each)
        for n, each, at in sized
        if at is not None and at <= quantity * goods.factor(unit)
    ]
    if not reached:
        with pytest.raises(RuleBroken, match="price_not_found"):
            books.choose(goods, quantity, unit, [book("L", *entries)])
        return
    assert books.choose(goods, quantity, unit, [book("L", *entries)]).entry is max(reached)[-1]


def test_a_book_that_was_used_before_follows_an_article_that_is_packed_anew() -> None:
    cases = book("L", entry("A", "9.00"), entry("A", "8.00", least="2", least_unit="case"))
    two = line("A", "2", "case")
    assert priced(two, by=rules(cases)).payable == money("192.00")
    smaller = replace(product("A"), units={"case": Decimal(6)})
    assert priced(two, by=rules(cases, products=(smaller,))).payable == money("96.00")


def test_a_converted_unit_price_is_rounded_once_half_up() -> None:
    cases = book("L", entry("A", "100.00", "case", "1", "bottle"))
    [got] = priced(line("A", "5"), by=rules(cases)).lines
    assert (got.unit_price, got.gross_amount) == (money("8.33"), money("41.65"))


def test_no_price_is_an_error_and_never_nothing() -> None:
    with pytest.raises(RuleBroken, match="price_not_found") as caught:
        priced(line("B", "1"), by=rules(book("L", entry("A", "1.00"))))
    assert caught.value.data["product"] == "B"


def test_a_break_that_is_not_reached_falls_through_to_the_next_book() -> None:
    group = book("GRP", entry("A", "5.00", least="100"), level="group", reference="RETAIL")
    assert priced(line("A", "99"), by=rules(LIST, group)).lines[0].book == "LIST"


def test_two_books_that_decide_alike_are_refused_when_saved_and_when_met() -> None:
    twin = book("TWIN", entry("A", "9.99"))
    with pytest.raises(RuleBroken, match="price_tie"):
        books.check([LIST, twin], {"A": product("A")})
    with pytest.raises(RuleBroken, match="price_tie"):
        priced(line("A", "1"), by=rules(LIST, twin))


def test_books_of_different_periods_groups_or_goods_do_not_tie() -> None:
    spring = book("SPRING", entry("A", "1.00"), ends=date(2026, 3, 31))
    summer = book("SUMMER", entry("A", "2.00"), starts=date(2026, 4, 1))
    one = book("G1", entry("A", "3.00"), level="group", reference="G1")
    two = book("G2", entry("A", "3.00"), level="group", reference="G2")
    other = book("B", entry("B", "3.00"))
    books.check([spring, summer, one, two, other], {"A": product("A"), "B": product("B")})


def test_a_price_under_the_floor_is_refused() -> None:
    goods = (product("A", floor="9.00"),)
    cheap = book("CHEAP", entry("A", "8.99"))
    with pytest.raises(RuleBroken, match="below_floor"):
        books.check([cheap], {"A": goods[0]})
    with pytest.raises(RuleBroken, match="below_floor"):
        priced(line("A", "1"), by=rules(cheap, products=goods))


def test_a_unit_the_product_does_not_have_names_itself() -> None:
    with pytest.raises(Invalid) as caught:
        priced(line("A", "1", "pallet"), by=rules(LIST))
    assert caught.value.data["unit"] == "pallet"


def test_the_lines_without_a_price_are_named_and_the_others_still_priced() -> None:
    by = rules(book("L", entry("A", "1.00")))
    sound, problems = separate(cart(line("A", "2"), line("B", "1", number=2)), by)
    assert [(p.line, p.product, p.code) for p in problems] == [("2", "B", "price_not_found")]
    assert price(sound, by).payable == Decimal(2)


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("0", "quantity_not_positive"), ("-1", "quantity_not_positive"), ("NaN", "quantity_not_positive"),
        ("Infinity", "quantity_not_positive"), ("1E+30", "quantity_too_large"),
    ],
)  # fmt: skip
def test_a_quantity_that_cannot_be_reckoned_is_refused(quantity: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        priced(line("A", quantity), by=rules(book("LIST", entry("A", "10.00"))))
