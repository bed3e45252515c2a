from __future__ import annotations

from decimal import Decimal

import pytest

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.pricing import bills, configuration
from fieldcrm.rules.pricing.quantities import Tie
from tests.rules.pricing.shop import book, entry, line, priced, product, rules


def test_a_product_is_exploded_to_its_lowest_parts() -> None:
    levels = {"SET": {"BOX": Decimal(2), "CARD": Decimal(1)}, "BOX": {"LID": Decimal(1), "CARD": Decimal(3)}}
    assert bills.explode(bills.of_parts(levels), "SET", {}) == {"LID": 2, "CARD": 7}


def test_a_cycle_is_refused_and_shown() -> None:
    levels = {"A": {"B": Decimal(1)}, "B": {"C": Decimal(1)}, "C": {"A": Decimal(1)}}
    with pytest.raises(RuleBroken, match="bom_cycle") as caught:
        bills.explode(bills.of_parts(levels), "A", {})
    assert caught.value.data["products"] == ("A", "B", "C", "A")


def test_a_hidden_option_stays_closed_until_something_requires_it() -> None:
    kit = configuration.Configuration(
        "KIT", Decimal(100),
        (configuration.Group("extras", (configuration.Option("GPU", delta=Decimal(20)),), most=1),),
        requires=(("GPU", "PSU"),), hidden=frozenset({"PSU"}),
    )  # fmt: skip
    with pytest.raises(RuleBroken, match="not_an_option"):
        configuration.unit_price(kit, {"PSU": Decimal(1)})
    assert configuration.unit_price(kit, {"GPU": Decimal(1), "PSU": Decimal(1)}) == 120


def test_lines_keep_the_quantities_that_hang_together() -> None:
    shelf = Tie("A", Decimal(10), "B", Decimal(2))
    by = rules(
        book("L", entry("A", "1.00"), entry("B", "1.00")), products=(product("A"), product("B")), ties=[shelf]
    )
    assert priced(line("A", "11"), line("B", "4", number=2), by=by).payable == 15
    with pytest.raises(RuleBroken, match="quantity_tie") as caught:
        priced(line("A", "11"), line("B", "3", number=2), by=by)
    assert caught.value.data["needed"] == 4


def test_a_product_of_parts_costs_what_its_parts_cost() -> None:
    levels = {"SET": {"BOX": Decimal(2)}, "BOX": {"A": Decimal(3), "B": Decimal(1)}}
    by = rules(
        book("L", entry("A", "1.00"), entry("A", "0.50", least="12"), entry("B", "4.00")),
        products=(product("A"), product("B"), product("SET")), bills=bills.of_parts(levels),
    )  # fmt: skip
    assert priced(line("SET", "1"), by=by).lines[0].unit_price == 6 + 8
    assert priced(line("SET", "2"), by=by).payable == 2 * (3 + 8)
