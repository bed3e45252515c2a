"""Choosing step by step: reasons that name the rule and the other choice, and what always holds."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.pricing import bills, choices, configuration
from fieldcrm.rules.pricing.choices import Answer, Rule, State, Why
from fieldcrm.rules.pricing.configuration import Configuration, Group, Option

ONE = Decimal(1)
RACK = Configuration(
    "RACK", None,
    (
        Group("cooler", (Option("SMALL"), Option("LARGE")), required=True),
        Group("shelves", (Option("WIRE", ONE, Decimal(6), Decimal(2)), Option("GLASS")), True, most=2),
        Group("extras", (Option("LIGHT"), Option("LOCK"), Option("CABLE")), most=3),
    ),
    excludes=(frozenset({"SMALL", "GLASS"}),), requires=(("LIGHT", "CABLE"),), hidden=frozenset({"CABLE"}),
)  # fmt: skip


def answer(chosen: dict[str, Decimal], product: str, barred: choices.Barred | None = None) -> Answer:
    group, _ = RACK.place(product)
    assert group is not None
    found = choices.answers(RACK, chosen, group, barred or {})
    return next(each for each in found if each.option.product == product)


def test_a_closed_choice_names_the_rule_and_the_other_choice() -> None:
    assert answer({"SMALL": ONE}, "GLASS") == Answer(
        Option("GLASS"), State.CLOSED, ONE, Why(Rule.EXCLUDED, ("SMALL",))
    )


def test_a_hidden_choice_is_brought_along_by_what_needs_it_and_goes_with_it() -> None:
    assert answer({}, "CABLE").state is State.HIDDEN
    lit = choices.put(RACK, {}, "LIGHT")
    assert lit == {"LIGHT": 1, "CABLE": 1}
    assert answer(lit, "CABLE").why == Why(Rule.NEEDED, ("LIGHT",))
    with pytest.raises(RuleBroken, match="choice_closed"):
        choices.drop(RACK, lit, "CABLE")
    assert choices.drop(RACK, lit, "LIGHT") == {}


def test_one_of_a_group_of_one_takes_the_place_of_the_other() -> None:
    assert choices.put(RACK, {"SMALL": ONE}, "LARGE") == {"LARGE": 1}


def test_what_the_customer_may_not_buy_is_closed() -> None:
    found = answer({}, "LOCK", {"LOCK": Rule.NOT_SELLABLE})
    assert (found.state, found.why) == (State.CLOSED, Why(Rule.NOT_SELLABLE))


def test_a_choice_that_would_leave_a_required_group_empty_is_closed() -> None:
    only_glass = Configuration(
        "R", None, (RACK.groups[0], Group("shelves", (Option("GLASS"),), required=True)), RACK.excludes
    )
    found = choices.answers(only_glass, {}, only_glass.groups[0])
    assert found[0].why == Why(Rule.LEAVES_NOTHING, group="shelves")
    assert found[1].state is State.OPEN


FITTED = replace(
    RACK, parts={"FRAME": ONE}, excludes=(*RACK.excludes, frozenset({"FRAME", "WIRE"})),
    requires=(*RACK.requires, ("FRAME", "LOCK"), ("FRAME", "SCREWS")),
)  # fmt: skip


def of_fitted(chosen: dict[str, Decimal], product: str) -> Answer:
    group, _ = FITTED.place(product)
    assert group is not None
    return next(x for x in choices.answers(FITTED, chosen, group) if x.option.product == product)


def test_what_a_part_needs_is_open_with_the_reason_and_still_to_be_chosen() -> None:
    assert of_fitted({}, "LOCK") == Answer(
        Option("LOCK"), State.OPEN, ONE, Why(Rule.NEEDED, ("FRAME",), always=True)
    )
    assert choices.dues({"RACK": FITTED}, "RACK", {}).keys() == {"LOCK", "SCREWS"}
    assert (choices.missing(RACK.groups[2], {}), choices.lacking(FITTED, RACK.groups[2], {})) == (0, 1)
    chosen = choices.put(FITTED, {}, "LOCK")
    assert of_fitted(chosen, "LOCK").state is State.REQUIRED
    assert choices.lacking(FITTED, RACK.groups[2], chosen) == 0


def test_what_a_part_needs_and_no_group_offers_is_brought_in_at_every_level() -> None:
    both = {"RACK": FITTED, "SHOP": Configuration("SHOP", None, parts={"RACK": ONE})}
    assert choices.brought({"RACK": FITTED}, "RACK", {}) == {"SCREWS": 1}
    assert choices.brought(both, "SHOP", {}) == {"RACK/SCREWS": 1}


def test_a_choice_that_does_not_go_with_a_part_says_that_nothing_opens_it() -> None:
    why = of_fitted({}, "WIRE").why
    assert why == Why(Rule.EXCLUDED, ("FRAME",), always=True)


def test_a_quantity_between_two_steps_is_refused() -> None:
    with pytest.raises(RuleBroken, match="quantity_step"):
        choices.put(RACK, {}, "WIRE", Decimal(2))
    assert choices.put(RACK, {}, "WIRE", Decimal(3)) == {"WIRE": 3}


def test_inside_an_article_the_same_holds_and_goes_when_the_article_goes() -> None:
    all_bills = {"STORE": Configuration("STORE", None, (Group("rack", (Option("RACK"),)),)), "RACK": RACK}
    chosen: dict[str, Decimal] = {}
    for path in ("RACK", "RACK/SMALL", "RACK/LIGHT"):
        chosen = choices.put_at(all_bills, "STORE", chosen, path)
    assert set(chosen) == {"RACK", "RACK/SMALL", "RACK/LIGHT", "RACK/CABLE"}
    assert [stage.path for stage in bills.stages(all_bills, "STORE", chosen)] == ["", "RACK", "RACK", "RACK"]
    with pytest.raises(RuleBroken, match="choice_closed"):
        choices.put_at(all_bills, "STORE", chosen, "RACK/GLASS")
    assert not choices.is_complete(all_bills, "STORE", chosen)
    assert choices.drop_at(all_bills, "STORE", chosen, "RACK") == {}


def test_what_was_chosen_by_older_rules_is_kept_as_far_as_it_still_fits() -> None:
    old = {"SMALL": ONE, "GLASS": ONE, "GONE": ONE, "CABLE": ONE, "LIGHT": ONE}
    assert choices.fitting({"RACK": RACK}, "RACK", old) == {"SMALL": 1, "LIGHT": 1, "CABLE": 1}


# -- what always holds ------------------------------------------------------------------------------

NAMES = tuple("ABCDEFGH")


@st.composite
def racks(draw: st.DrawFn) -> Configuration:
    names = list(draw(st.permutations(NAMES)))
    groups = []
    while len(names) > 1:
        size = draw(st.integers(1, min(4, len(names) - 1)))
        here, names = names[:size], names[size:]
        most = draw(st.integers(1, size))
        options = tuple(
            Option(each, Decimal(draw(st.sampled_from((0, 1, 2)))), Decimal(6), Decimal(2)) for each in here
        )
        groups.append(Group(here[0], options, draw(st.booleans()), draw(st.integers(0, most)), most))
    pair = st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True)
    told = draw(st.lists(pair, max_size=3))
    needs = [tuple(each) for each in draw(st.lists(pair, max_size=3))]
    hidden = frozenset(needed for _, needed in needs if draw(st.booleans()))
    offered = {option.product for group in groups for option in group.options}
    requires = tuple((a, b) for a, b in needs if b in offered | hidden)
    return Configuration("HOST", None, tuple(groups), tuple(map(frozenset, told)), requires, hidden)


def options(of: Configuration) -> list[str]:
    return [option.product for group in of.groups for option in group.options]


def wander(of: Configuration, chance: random.Random) -> dict[str, Decimal]:
    """Return what somebody chose who tries this and that and takes things out again."""
    chosen: dict[str, Decimal] = {}
    for _ in range(chance.randint(0, 12)):
        product = chance.choice(options(of))
        try:
            dropping = chance.random() < 0.2 and product in chosen
            chosen = choices.drop(of, chosen, product) if dropping else choices.put(of, chosen, product)
        except RuleBroken:
            continue
    return chosen


usual = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@usual
@given(of=racks(), seed=st.integers(0, 1 << 30))
def test_whatever_is_reached_lacks_something_or_explodes(of: Configuration, seed: int) -> None:
    chosen = wander(of, random.Random(seed))
    lacking = sum(choices.missing(group, chosen) for group in of.groups)
    assert choices.is_complete({"HOST": of}, "HOST", chosen) == (not lacking)
    if not lacking:
        assert bills.explode({"HOST": of}, "HOST", chosen) == chosen


@usual
@given(of=racks(), seed=st.integers(0, 1 << 30))
def test_a_closed_choice_is_never_accepted_and_an_open_one_always(of: Configuration, seed: int) -> None:
    chosen = wander(of, random.Random(seed))
    for group in of.groups:
        for found in choices.answers(of, chosen, group):
            product = found.option.product
            if found.state in (State.CLOSED, State.HIDDEN):
                with pytest.raises(RuleBroken):
                    choices.put(of, chosen, product)
                if found.why is not None and found.why.rule is not Rule.KEPT:  # that would swap, not add
                    with pytest.raises(RuleBroken):
                        configuration.check(of, {**chosen, product: found.quantity})
            elif found.state is State.OPEN:
                assert product in choices.put(of, chosen, product)
            elif found.state is State.REQUIRED:
                with pytest.raises(RuleBroken):
                    configuration.check(of, {each: q for each, q in chosen.items() if each != product})


@usual
@given(of=racks(), seed=st.integers(0, 1 << 30))
def test_the_order_of_choosing_does_not_matter(of: Configuration, seed: int) -> None:
    chance = random.Random(seed)
    chosen = wander(of, chance)
    told = list(chosen.items())
    chance.shuffle(told)
    assert choices.fitting({"HOST": of}, "HOST", dict(told)) == chosen
