from __future__ import annotations

from dataclasses import replace

import pytest

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing.sellable import Range, assortment, check
from tests.rules.pricing.shop import BUYER, book, entry, line, priced, product, rules

HANGZHOU = Range(True, (("territory", frozenset({"HZ"})),), frozenset({"A", "B"}), label="West")
NOT_B = Range(False, (("customer", frozenset({"C1"})),), frozenset({"B"}))


def may_buy(key: str, ranges: list[Range], **traits: str) -> bool:
    goods = replace(product(key), traits={name: frozenset({value}) for name, value in traits.items()})
    return assortment(BUYER, ranges).verdict(goods)[0]


def test_without_ranges_everything_may_be_sold() -> None:
    assert may_buy("A", [])


def test_a_denial_beats_an_allowance() -> None:
    assert may_buy("A", [HANGZHOU, NOT_B])
    assert not may_buy("B", [HANGZHOU, NOT_B])


def test_what_no_allowance_names_is_outside_the_range() -> None:
    assert not may_buy("C", [HANGZHOU])
    assert may_buy("C", [NOT_B])


def test_a_line_outside_the_range_stops_the_order() -> None:
    by = rules(book("L", entry("A", "1.00"), entry("B", "1.00")), ranges=[HANGZHOU, NOT_B])
    with pytest.raises(RuleBroken, match="not_sellable"):
        priced(line("A", "1"), line("B", "1", number=2), by=by)


def test_goods_can_be_meant_by_what_they_are() -> None:
    tea = Range(True, (), traits=(("category", frozenset({"TEA"})), ("brand", frozenset({"Q", "R"}))))
    assert may_buy("A", [tea], category="TEA", brand="R")
    assert not may_buy("A", [tea], category="TEA", brand="S")
    assert not may_buy("A", [tea])


def test_a_range_for_two_groups_speaks_to_either() -> None:
    either = Range(False, (("group", frozenset({"KA", "RETAIL"})),), frozenset({"A"}))
    assert not may_buy("A", [either])


def test_the_line_says_which_range_allowed_it() -> None:
    by = rules(book("L", entry("A", "1.00")), ranges=[HANGZHOU])
    first = priced(line("A", "1"), by=by).lines[0].steps[0]
    assert (first.kind, first.facts["range"]) == ("range", "West")


@pytest.mark.parametrize("empty", [Range(True, ()), Range(False, (("group", frozenset()),), frozenset("A"))])
def test_a_range_without_goods_or_without_anybody_is_refused(empty: Range) -> None:
    with pytest.raises(Invalid):
        check([empty])
