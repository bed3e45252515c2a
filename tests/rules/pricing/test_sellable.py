from __future__ import annotations

import pytest

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.pricing.sellable import Range, may_buy
from tests.rules.pricing.shop import BUYER, book, entry, line, priced, rules

HANGZHOU = Range(True, (("territory", "HZ"),), frozenset({"A", "B"}))
NOT_B = Range(False, (("customer", "C1"),), frozenset({"B"}))


def test_without_ranges_everything_may_be_sold() -> None:
    assert may_buy(BUYER, "A", [])


def test_a_denial_beats_an_allowance() -> None:
    assert may_buy(BUYER, "A", [HANGZHOU, NOT_B])
    assert not may_buy(BUYER, "B", [HANGZHOU, NOT_B])


def test_what_no_allowance_names_is_outside_the_range() -> None:
    assert not may_buy(BUYER, "C", [HANGZHOU])
    assert may_buy(BUYER, "C", [NOT_B])


def test_a_line_outside_the_range_stops_the_order() -> None:
    by = rules(book("L", entry("A", "1.00"), entry("B", "1.00")), ranges=[HANGZHOU, NOT_B])
    with pytest.raises(RuleBroken, match="not_sellable"):
        priced(line("A", "1"), line("B", "1", number=2), by=by)
