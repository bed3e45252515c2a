"""Which rule holds for a store, and whether it is done, due or overdue on a day."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import Invalid
from fieldcrm.rules import cadence
from fieldcrm.rules.cadence import Cadences, Rhythm, Rule, Season, Source, Standing, Store, outlook, pace
from fieldcrm.rules.workdays import Workdays

MONDAY = date(2026, 11, 2)
PLAIN = Workdays()


def rule(id_: str, every: int, *, grade: str = "", channel: str = "", area: str = "") -> Rule:
    return cadence.rule(id_, every, None, None, [], grade=grade, channel=channel, area=area)


def test_the_most_specific_rule_wins_in_the_order_that_is_stated() -> None:
    store = Store("A", "campus", "hz-west", every=3)
    rules = [
        rule("1", 40), rule("2", 30, grade="A"), rule("3", 20, channel="campus"),
        rule("4", 10, channel="campus", grade="A"),
    ]  # fmt: skip
    expected = [(3, Source.ACCOUNT), (10, Source.CHANNEL_AND_GRADE), (20, Source.CHANNEL), (30, Source.GRADE)]
    expected += [(40, Source.EVERYONE), (7, Source.USUAL)]
    for every, source in expected:
        found = Cadences(tuple(rules)).rhythm(store)
        assert (found.pace.every, found.source) == (every, source)
        if store.every is not None:
            store = Store("A", "campus", "hz-west")
        else:
            rules = rules[:-1]


def test_among_equals_the_nearest_area_wins_and_other_areas_say_nothing() -> None:
    above = {"hz-west": "hz", "hz": "zj"}
    rules = (rule("1", 9, grade="A"), rule("2", 8, grade="A", area="zj"), rule("3", 6, grade="A", area="hz"),
             rule("4", 5, grade="A", area="nb"))  # fmt: skip
    held = Cadences(rules, above=above)
    assert held.rhythm(Store("A", area="hz-west")).pace.every == 6
    assert held.rhythm(Store("A", area="zj")).pace.every == 8
    assert held.rhythm(Store("A", area="sh")).pace.every == 9


def test_of_two_rules_for_the_same_stores_the_later_counts() -> None:
    held = Cadences((rule("01", 5, grade="B"), rule("02", 9, grade="B")))
    assert held.rhythm(Store("B")).pace.every == 9
    assert cadence.same_stores(held.rules, held.rules[0]) == held.rules[1]


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (MONDAY + timedelta(6), Standing.DONE),
        (MONDAY + timedelta(7), Standing.DUE),
        (MONDAY + timedelta(11), Standing.DUE),
        (MONDAY + timedelta(12), Standing.OVERDUE),
    ],
)
def test_a_store_is_done_then_due_then_overdue(today: date, standing: Standing) -> None:
    found = outlook(Rhythm(pace(7)), PLAIN, MONDAY, today)
    assert (found.standing, found.due_on) == (standing, MONDAY + timedelta(7))
    assert found.earliest_on == MONDAY + timedelta(4)


def test_a_store_never_visited_is_due_at_once_and_not_overdue() -> None:
    found = outlook(Rhythm(pace(7)), PLAIN, None, MONDAY)
    assert (found.standing, found.due_on, found.is_wanted) == (Standing.NEW, MONDAY, True)


def test_a_closed_day_gives_way_to_the_day_before_and_after_only_where_that_is_too_near() -> None:
    saturday = date(2026, 10, 31)
    assert Rhythm(pace(7)).due(saturday, PLAIN) == date(2026, 11, 6)
    assert Rhythm(pace(7, least=7)).due(saturday, PLAIN) == date(2026, 11, 9)


def test_no_store_becomes_overdue_on_a_day_nobody_works() -> None:
    before = date(2026, 2, 9)  # most: 11 days, in the Spring Festival
    rhythm = Rhythm(pace(7))
    assert rhythm.due(before, PLAIN) == date(2026, 2, 14)
    assert rhythm.latest(before, PLAIN) == date(2026, 2, 24)
    assert outlook(rhythm, PLAIN, before, date(2026, 2, 23)).standing is Standing.DUE
    assert outlook(rhythm, PLAIN, before, date(2026, 2, 25)).standing is Standing.OVERDUE


def test_a_season_has_its_own_pace_and_the_due_day_looks_at_the_season_it_falls_in() -> None:
    summer = Rhythm(pace(14), (Season("06-01", "08-31", pace(7)),))
    every_day = Workdays({date(2026, 1, 1) + timedelta(n): True for n in range(365)})
    assert summer.due(date(2026, 5, 10), every_day) == date(2026, 5, 24)
    assert summer.due(date(2026, 5, 22), every_day) == date(2026, 6, 1)  # ten days: summer asks for seven
    assert summer.due(date(2026, 7, 1), every_day) == date(2026, 7, 8)
    assert summer.due(date(2026, 8, 28), every_day) == date(2026, 9, 11)


def test_a_season_may_reach_over_the_new_year() -> None:
    winter = Season("12-15", "02-10", pace(5))
    assert winter.holds(date(2026, 1, 3))
    assert winter.holds(date(2026, 12, 31))
    assert not winter.holds(date(2026, 3, 1))


@pytest.mark.parametrize(
    ("every", "least", "most", "field"),
    [
        (0, None, None, "every_days"), (366, None, None, "every_days"), ("7", None, None, "every_days"),
        (7, 8, None, "least_days"), (7, None, 6, "most_days"), (7, 0, None, "least_days"),
    ],
)  # fmt: skip
def test_a_pace_that_makes_no_sense_is_refused_by_the_name_of_its_field(
    every: Any, least: Any, most: Any, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        cadence.checked_pace(every, least, most)
    assert refused.value.field == field


def test_seasons_may_not_overlap_and_must_be_days() -> None:
    summer = {"from": "06-01", "to": "08-31", "every": 5}
    with pytest.raises(Invalid, match="seasons_overlap"):
        cadence.checked_seasons([summer, {"from": "08-31", "to": "09-30", "every": 6}])
    with pytest.raises(Invalid, match="not_a_month_day"):
        cadence.checked_seasons([summer | {"to": "06-31"}])
    assert len(cadence.checked_seasons([summer, {"from": "12-20", "to": "01-10", "every": 6}])) == 2


def test_a_season_of_another_version_is_left_out_and_the_rule_still_counts() -> None:
    found = cadence.seasons_of([{"from": "06-01"}, "x", {"from": "06-01", "to": "06-30", "every": 4}])
    assert [season.pace.every for season in found] == [4]


def test_rules_read_from_text_say_the_same() -> None:
    seasons = [{"from": "06-01", "to": "08-31", "every": 5}]
    text = cadence.to_text(
        [("1", 9, None, None, seasons, "A", "", "hz")], [("", "2026-11-20", 0)], {"hz-west": "hz"}
    )
    held = cadence.from_text(text)
    assert held.rhythm(Store("A", area="hz-west")).on(date(2026, 7, 1)).every == 5
    assert not held.workdays("hz-west").is_open(date(2026, 11, 20))
    assert json.loads(text)[2] == {"hz-west": "hz"}


@given(
    every=st.integers(1, 60), last=st.dates(date(2025, 1, 1), date(2026, 12, 1)), season=st.integers(1, 60),
    least=st.integers(1, 10),
)  # fmt: skip
def test_due_is_never_too_near_and_never_after_the_day_it_is_overdue(
    every: int, last: date, season: int, least: int
) -> None:
    rhythm = Rhythm(pace(every, min(least, every)), (Season("06-01", "08-31", pace(season)),))
    due = rhythm.due(last, PLAIN)
    assert last < due <= rhythm.latest(last, PLAIN)
    assert due >= rhythm.earliest(last)
    assert PLAIN.is_open(due)


@pytest.mark.parametrize("every", [-(10**12), 0, 10**12])
def test_a_rule_that_no_version_writes_still_gives_a_day_within_two_years(every: int) -> None:
    wild = cadence.rule("1", every, every, -every, [], grade="", channel="", area="")
    due = wild.rhythm.due(MONDAY, PLAIN)
    assert MONDAY < due <= wild.rhythm.latest(MONDAY, PLAIN) < MONDAY + timedelta(800)
