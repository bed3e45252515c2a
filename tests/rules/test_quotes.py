"""Where a round of a quote stands, and who may do what with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules import quotes
from fieldcrm.rules.items import Item
from fieldcrm.rules.quotes import Act, Done, Round, State

REP, BOSS = UUID(int=1), UUID(int=2)
TODAY = date(2026, 3, 2)
PLAIN = Round(REP, "c1", None, date(2026, 3, 31))
CHEAP = replace(PLAIN, approver="manager")
APPROVED = [Done(Act.SUBMITTED, "c1", REP), Done(Act.APPROVED, "c1", BOSS)]


def stands(of: Round, *acts: Done, newer: bool = False, today: date = TODAY) -> State:
    return quotes.state(of, acts, today, newer=newer)


def test_a_change_of_the_content_voids_the_approval() -> None:
    assert stands(CHEAP, *APPROVED) is State.APPROVED
    assert stands(replace(CHEAP, content="c2"), *APPROVED) is State.DRAFT


def test_nobody_approves_his_own() -> None:
    with pytest.raises(RuleBroken) as refused:
        quotes.check(CHEAP, State.WAITING, Act.APPROVED, REP, "manager", is_top=True)
    assert refused.value.code == "quote_own"
    assert stands(CHEAP, Done(Act.SUBMITTED, "c1", REP), Done(Act.APPROVED, "c1", REP)) is State.WAITING


def test_what_needs_consent_is_not_sent_without_it() -> None:
    with pytest.raises(RuleBroken) as refused:
        quotes.check(CHEAP, State.DRAFT, Act.SENT, REP, "rep")
    assert refused.value.code == "quote_unapproved"
    assert stands(CHEAP, Done(Act.SENT, "c1", REP)) is State.DRAFT
    assert stands(CHEAP, *APPROVED, Done(Act.SENT, "c1", REP)) is State.SENT


def test_above_the_managers_rung_only_the_manager_at_the_top_decides() -> None:
    high = replace(PLAIN, approver="director")
    with pytest.raises(RuleBroken):
        quotes.check(high, State.WAITING, Act.APPROVED, BOSS, "manager")
    quotes.check(high, State.WAITING, Act.APPROVED, BOSS, "manager", is_top=True)
    with pytest.raises(RuleBroken):
        quotes.check(CHEAP, State.WAITING, Act.APPROVED, BOSS, "rep")


def test_a_round_ends_with_its_validity_or_the_next_round_unless_it_was_confirmed() -> None:
    sent = Done(Act.SENT, "c1", REP)
    assert stands(PLAIN, sent, today=date(2026, 4, 1)) is State.EXPIRED
    assert stands(PLAIN, sent, newer=True) is State.SUPERSEDED
    assert stands(PLAIN, sent, Done(Act.CONFIRMED, "c1"), newer=True, today=date(2026, 4, 1)) is (
        State.CONFIRMED
    )


@given(st.lists(st.sampled_from(list(Act)), max_size=12))
def test_nothing_is_ordered_that_was_not_confirmed_and_nothing_sent_that_was_not_approved(
    acts: list[Act],
) -> None:
    done = [Done(act, "c1", BOSS if act in quotes.DECISIONS else REP) for act in acts]
    now = stands(CHEAP, *done)
    if now is State.ORDERED:
        assert {Act.CONFIRMED, Act.SENT, Act.APPROVED, Act.SUBMITTED} <= set(acts)
    if now is State.SENT:
        assert {Act.APPROVED, Act.SUBMITTED} <= set(acts)


ITEM = Item("water", "case", Decimal(3), Decimal(46), Decimal(138), Decimal(18))


def content(**other: object) -> str:
    said = {"account": "a", "valid_until": TODAY, "fees": [("Freight", Decimal(20))], "items": [ITEM],
            "total": Decimal(158), "note": ""}  # fmt: skip
    return quotes.content_of(**said | other)  # type: ignore[arg-type]


def test_all_that_the_customer_reads_is_in_the_content() -> None:
    assert content() == content(total=Decimal("158.00"))
    other = [
        content(account="b"), content(valid_until=date(2026, 3, 3)), content(fees=[]),
        content(items=[replace(ITEM, unit_price=Decimal(45))]), content(total=Decimal(1)), content(note="x"),
    ]  # fmt: skip
    assert len({content(), *other}) == 7


@pytest.mark.parametrize("amount", ["-1", "NaN", "0.001", "1000000000"])
def test_a_fee_that_cannot_be_is_refused_by_name(amount: str) -> None:
    with pytest.raises(Invalid) as refused:
        quotes.checked_fees([("Freight", Decimal(amount))])
    assert refused.value.data["field"] == "fees[0].amount"


def test_an_approval_that_seems_to_be_from_before_the_question_counts() -> None:
    assert stands(CHEAP, *reversed(APPROVED)) is State.APPROVED
