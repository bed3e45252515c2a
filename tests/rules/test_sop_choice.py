"""The most special template wins; one that would leave a store undecided may not be published."""

from __future__ import annotations

from datetime import date

import pytest

from fieldcrm.rules.sop_choice import Edition, choose, may_finish, tie

ON = date(2026, 11, 18)
FIRST = date(2026, 1, 1)
FOR = {"mall": ("mall",), "audit": "audit", "flagship": ("flagship",)}


def edition(code: str, number: int = 1, *, mall: bool = False, audit: bool = False, flagship: bool = False,
            since: date = FIRST, sunset: date | None = None) -> Edition:  # fmt: skip
    return Edition(
        code, code, number, ("mall",) if mall else (), since, None, "audit" if audit else "",
        ("flagship",) if flagship else (), sunset,
    )  # fmt: skip


def chosen(*editions: Edition) -> str:
    found = choose(editions, "mall", ON, purpose="audit", types={"flagship", "24 h"})
    return "" if found is None else str(found.id)


def test_purpose_beats_type_beats_channel_beats_all() -> None:
    every = [
        edition("all"), edition("channel", mall=True), edition("type", flagship=True),
        edition("purpose", audit=True), edition("whole", audit=True, flagship=True, mall=True),
    ]  # fmt: skip
    order = []
    while every:
        order.append(chosen(*every))
        every = [each for each in every if each.id != order[-1]]
    assert order == ["whole", "purpose", "type", "channel", "all"]


def test_a_template_of_another_purpose_or_type_does_not_fit() -> None:
    assert choose([edition("a", audit=True)], "mall", ON) is None
    assert choose([edition("a", flagship=True)], "mall", ON, types=["corner"]) is None


def test_a_newer_edition_for_fewer_stores_takes_the_older_one_out_of_use() -> None:
    assert choose([edition("a"), edition("a", 2, audit=True)], "mall", ON) is None


def test_two_templates_for_the_same_stores_are_a_tie() -> None:
    assert tie(edition("b", mall=True), [edition("a", mall=True)]) is not None


@pytest.mark.parametrize(
    "other", [edition("a"), edition("a", mall=True, audit=True), edition("b", mall=True)]
)
def test_another_rank_or_another_edition_of_its_own_is_no_tie(other: Edition) -> None:
    assert tie(edition("b", 2, mall=True), [other]) is None


def test_a_tie_that_begins_later_is_seen_too() -> None:
    later = edition("a", since=date(2027, 1, 1))
    assert tie(edition("b"), [later]) is later


def test_an_older_edition_may_be_finished_until_the_sunset_of_the_newer() -> None:
    newer = edition("a", 2, since=date(2026, 11, 1), sunset=ON)
    assert may_finish(edition("a"), [newer], ON)
    assert not may_finish(edition("a"), [newer], date(2026, 11, 19))
    assert may_finish(edition("a", 2), [newer], date(2026, 11, 19))
