"""Bills of many levels: what is checked, made of what, and priced how."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.pricing import Rules, bills, conflicts
from fieldcrm.rules.pricing.configuration import Configuration, Group, Option
from tests.rules.pricing.shop import book, cart, entry, line, priced, product, rules

ONE, TWO = Decimal(1), Decimal(2)
BOX = Configuration(
    "BOX", None, (Group("lining", (Option("FOAM", delta=Decimal(2)), Option("PAPER")), required=True),),
    parts={"LID": ONE},
)  # fmt: skip
SET = Configuration(
    "SET", None,
    (
        Group("tea", (Option("GREEN", ONE, Decimal(6), ONE, Decimal(1)), Option("BLACK")), True, most=2),
        Group("packing", (Option("BOX", delta=Decimal(5)), Option("BAG"))),
    ),
    parts={"CARD": TWO},
)  # fmt: skip
BILLS = {"BOX": BOX, "SET": SET}
GOOD = {"GREEN": Decimal(3), "BOX": ONE, "BOX/FOAM": ONE}


def test_what_was_chosen_at_every_level_is_part_of_the_whole() -> None:
    assert bills.explode(BILLS, "SET", GOOD) == {"CARD": 2, "GREEN": 3, "LID": 1, "FOAM": 1}
    assert [(node.depth, node.product) for node in bills.nodes(BILLS, "SET", GOOD)] == [
        (1, "CARD"), (1, "GREEN"), (1, "BOX"), (2, "LID"), (2, "FOAM"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "code", "said"),
    [
        ({"BOX": ONE, "BOX/FOAM": ONE}, "required_missing", "tea"),
        ({"GREEN": ONE, "BOX": ONE}, "required_missing", "lining"),
        ({"GREEN": Decimal(7)}, "quantity_range", "GREEN"),
        ({"GREEN": Decimal("1.5")}, "quantity_step", "GREEN"),
        ({"GREEN": ONE, "BAG": ONE, "BOX": ONE, "BOX/PAPER": ONE}, "choose_count", "packing"),
        ({"GREEN": ONE, "BAG": ONE, "BAG/FOAM": ONE}, "not_an_option", "FOAM"),
        ({"GREEN": ONE, "BOX/FOAM": ONE}, "not_an_option", "FOAM"),
    ],
)
def test_a_wrong_choice_names_the_node(chosen: dict[str, Decimal], code: str, said: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        bills.check(BILLS, "SET", chosen)
    assert (caught.value.code, said in caught.value.data.values()) == (code, True)


def test_options_add_to_the_price_of_the_article_at_every_level() -> None:
    by = rules(book("L", entry("SET", "20.00")), products=tuple(map(product, PRODUCTS)), bills=BILLS)
    done = priced(replace(line("SET", "2"), chosen=bills.as_choices(GOOD)), by=by)
    assert done.lines[0].unit_price == 20 + 3 * 1 + 5 + 2
    assert done.payable == 60
    assert [step.facts["option"] for step in done.lines[0].steps if step.kind == "option"] == [
        "GREEN", "BOX", "FOAM",
    ]  # fmt: skip


def test_an_article_that_costs_its_parts_adds_up_what_was_chosen() -> None:
    by = _by_parts()
    done = priced(replace(line("SET", "1"), chosen=bills.as_choices(GOOD)), by=by)
    assert done.lines[0].unit_price == 2 * Decimal("0.50") + 3 * Decimal("2.00") + Decimal("4.00") + 3 + 5 + 2


def _by_parts() -> Rules:
    """The set costs its parts; the box in it has a price of its own."""
    entries = (entry("CARD", "0.50"), entry("GREEN", "2.00"), entry("BOX", "4.00"))
    return rules(
        book("L", *entries), products=tuple(map(product, PRODUCTS)),
        bills={"BOX": BOX, "SET": replace(SET, sums_parts=True)},
    )  # fmt: skip


def test_a_price_the_bill_states_goes_before_the_books() -> None:
    by = rules(
        book("L", entry("SET", "20.00")), products=tuple(map(product, PRODUCTS)),
        bills={"SET": replace(SET, base_price=Decimal(15)), "BOX": BOX},
    )  # fmt: skip
    done = priced(replace(line("SET", "1", "case"), chosen=(("BLACK", ONE),)), by=by)
    assert done.lines[0].unit_price == 15 * 12


def test_what_the_customer_may_not_buy_is_in_no_set_for_him() -> None:
    withdrawn = replace(product("BLACK"), active=False)
    by = rules(book("L", entry("SET", "20.00")), products=(*map(product, PRODUCTS), withdrawn), bills=BILLS)
    with pytest.raises(RuleBroken, match="product_withdrawn") as caught:
        priced(replace(line("SET", "1"), chosen=(("BLACK", ONE),)), by=by)
    assert caught.value.data["product"] == "BLACK"


def test_a_choice_in_an_article_without_a_bill_is_refused() -> None:
    by = rules(book("L", entry("A", "1.00")))
    with pytest.raises(RuleBroken, match="not_configurable"):
        priced(replace(line("A", "1"), chosen=(("B", ONE),)), by=by)


def test_a_bill_that_could_contain_itself_is_refused_with_the_way_round() -> None:
    round_ = {"SET": SET, "BOX": replace(BOX, groups=(Group("more", (Option("SET"),)),))}
    with pytest.raises(RuleBroken, match="bom_cycle") as caught:
        bills.check_cycle(round_, "SET")
    assert caught.value.data["products"] == ("SET", "BOX", "SET")


def test_a_part_named_twice_in_a_bill_is_refused() -> None:
    with pytest.raises(RuleBroken, match="option_doubled"):
        conflicts.check_configuration(replace(BOX, parts={"FOAM": ONE}))


@pytest.mark.parametrize("odd", [[1], {"a": "x"}, {"a": "NaN"}, {"a": -1}, {"a": None}, 7])
def test_a_kept_choice_that_cannot_be_read_fits_no_article(odd: object) -> None:
    with pytest.raises(RuleBroken, match="not_an_option"):
        bills.check(BILLS, "SET", dict(bills.heard(odd)))


def test_what_is_always_in_an_article_needs_nothing_that_nobody_can_choose() -> None:
    kit = Configuration("KIT", None, parts={"LAMP": ONE}, requires=(("LAMP", "PLUG"),))
    with pytest.raises(RuleBroken, match="need_unmet") as caught:
        conflicts.check_configuration(kit)
    assert (caught.value.data["products"], caught.value.data["field"]) == (("LAMP", "PLUG"), "rules")
    with pytest.raises(RuleBroken, match="dependency"):
        bills.check({"KIT": kit}, "KIT", {})  # so it was found out when it was sold
    conflicts.check_configuration(replace(kit, parts={"LAMP": ONE, "PLUG": ONE}))
    conflicts.check_configuration(replace(kit, groups=(Group("colour", (Option("RED"),)),)))
    hidden = replace(kit, hidden=frozenset({"PLUG"}))
    with pytest.raises(RuleBroken, match="need_unmet"):
        conflicts.check_configuration(hidden)


@pytest.mark.parametrize("together", [{"LAMP", "PLUG"}, {"LAMP", "WIRE"}, {"PLUG", "WIRE"}])
def test_what_is_always_in_an_article_goes_together_with_all_that_it_needs(together: set[str]) -> None:
    kit = Configuration(
        "KIT", None, (Group("wires", (Option("WIRE"),)),), parts={"LAMP": ONE, "PLUG": ONE},
        requires=(("PLUG", "WIRE"),), excludes=(frozenset(together),),
    )  # fmt: skip
    with pytest.raises(RuleBroken, match="excluded") as caught:
        conflicts.check_configuration(kit)
    assert set(caught.value.data["products"]) == together


def test_an_article_whose_fixed_part_is_to_be_chosen_has_choices() -> None:
    outer = {"CRATE": Configuration("CRATE", None, parts={"BOX": ONE}), "BOX": BOX}
    assert bills.has_choices(outer, "CRATE")
    assert not bills.has_choices({"CRATE": outer["CRATE"]}, "CRATE")
    assert not bills.has_choices(outer, "LID")


def test_what_is_kept_is_heard_again() -> None:
    assert bills.heard(bills.told(bills.as_choices(GOOD))) == bills.as_choices(GOOD)
    assert bills.told(()) is None
    assert bills.heard(None) == ()


@pytest.mark.parametrize("huge", ["1e999999", "1e999999999", "1e-999999999", "0." + "0" * 30 + "1"])
def test_a_quantity_of_a_billion_digits_is_a_choice_that_nobody_offers(huge: str) -> None:
    heard = bills.heard({"GREEN": huge})
    assert bills.told(heard) == {"": "1"}


PRODUCTS = ("SET", "BOX", "LID", "FOAM", "PAPER", "GREEN", "BLACK", "BAG", "CARD")


def test_a_line_can_be_compared_and_hashed() -> None:
    one = cart(replace(line("SET", "1"), chosen=bills.as_choices({"B": ONE, "A": ONE}))).lines[0]
    other = cart(replace(line("SET", "1"), chosen=bills.as_choices({"A": ONE, "B": ONE}))).lines[0]
    assert {one} == {other}
