"""An honest month stays quiet, and each planted fraud is found and explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from fieldcrm.rules.findings import Code, Finding, Seen, findings, telling
from tests.rules.honest_days import month


@pytest.mark.parametrize("seed", range(5))
def test_an_honest_month_gives_under_one_percent_of_flags(seed: int) -> None:
    visits = month(seed)
    found = findings(visits)
    assert len(visits) > 1_500
    assert len(found) < len(visits) / 100, [each for some in found.values() for each in some][:5]


def found(visits: list[Seen], seen: Seen) -> dict[Code, Finding]:
    return {each.code: each for each in findings(visits).get(seen.visit_id, ())}


def day(visits: list[Seen]) -> tuple[Seen, Seen]:
    """Return two neighbours of one day, at stores that are not neighbours, both measured well."""
    for before, after in pairwise(visits):
        near = after.started_at - before.started_at < timedelta(hours=2) and before.rep_id == after.rep_id
        alone = int(before.account_id) % 10 not in (0, 1)
        if near and alone and _precise(before) and _precise(after):
            return before, after
    raise AssertionError("no such day")


def _precise(seen: Seen) -> bool:
    return seen.position is not None and seen.source == "device" and seen.accuracy_m < 50


def planted(visits: list[Seen], old: Seen, new: Seen) -> list[Seen]:
    return [new if each is old else each for each in visits]


def test_ten_visits_in_twenty_minutes_are_found_and_so_are_all_ten() -> None:
    visits = month(1)
    begin = visits[40].started_at + timedelta(hours=14)
    ten = [
        replace(visits[n], visit_id=UUID(int=n), rep_id=visits[40].rep_id, account_id=UUID(int=n + 5_000),
                started_at=begin + timedelta(minutes=2 * n), left_at=begin + timedelta(minutes=2 * n + 1))
        for n in range(10)
    ]  # fmt: skip
    for seen in ten:
        assert found([*visits, *ten], seen)[Code.BURST].facts["visits"] == 10


def test_a_trip_that_no_road_allows_is_found_with_its_speed() -> None:
    visits = month(2)
    before, after = day(visits)
    assert before.left_at is not None
    assert before.position is not None
    there = replace(before.position, latitude_e7=before.position.latitude_e7 + 3_000_000)
    fast = replace(after, position=there, started_at=before.left_at + timedelta(minutes=5))
    finding = found(planted(visits, after, fast), fast)[Code.TRAVEL]
    assert finding.facts["other"] == before.account
    assert finding.facts["kmh"] == pytest.approx(399, rel=0.02)


def test_a_check_out_before_its_check_in_is_found() -> None:
    visits = month(3)
    old = visits[7]
    new = replace(old, left_at=old.started_at - timedelta(hours=2))
    assert found(planted(visits, old, new), new)[Code.BACKWARDS].facts == {"seconds": 7_200}


def test_one_position_for_two_stores_far_apart_is_found_and_for_neighbours_is_not() -> None:
    visits = month(4)
    before, after = day(visits)
    assert before.store is not None
    away = replace(before.store, latitude_e7=before.store.latitude_e7 + 150_000)
    near = replace(before.store, latitude_e7=before.store.latitude_e7 + 1_500)
    copied = replace(after, position=before.position, store=away)
    assert found(planted(visits, after, copied), copied)[Code.SAME_SPOT].facts == {"other": before.account}
    mall = replace(copied, store=near)
    assert Code.SAME_SPOT not in found(planted(visits, after, mall), mall)


def test_the_counts_of_the_store_before_are_found_and_all_passed_is_not() -> None:
    visits = month(1)
    before, after = day(visits)
    counted = {"shelf": {"facings": {"a": "3", "b": "4", "c": "2", "d": "7"}}}
    pair = [replace(before, answers=counted), replace(after, answers=counted)]
    assert found(pair, pair[1])[Code.SAME_ANSWERS].facts == {"other": before.account, "answers": 4}
    passed = {"check": {f"point {n}": "pass" for n in range(20)}}
    assert findings([replace(each, answers=passed) for each in pair]) == {}


def test_zero_and_pass_tell_nothing() -> None:
    assert telling({"s": {"a": "0", "b": "pass", "c": True, "d": {"x": "0.00", "y": "2"}}}) == {
        ("s", "d", "y"): "2"
    }


def test_visits_of_two_people_are_never_compared() -> None:
    visits = month(1)
    before, after = day(visits)
    other = replace(after, rep_id=UUID(int=77), started_at=before.started_at)
    assert other.visit_id not in findings([before, other])
