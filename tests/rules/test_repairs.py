"""A store's position is mended by what sharp check-ins agree on, in whatever datum each was given."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from fieldcrm.rules import positions, repairs
from fieldcrm.rules.evidence import Fix
from fieldcrm.rules.positions import Position, of_degrees
from fieldcrm.rules.repairs import Proposal, Reading

HERE = of_degrees(30.2741, 120.1551)
WRONG = of_degrees(30.2761, 120.1551)  # 220 m north of it
DAY = date(2026, 3, 2)
_M = 1 / 111_000


def readings(count: int, seed: int = 1, at: Position = HERE, noise_m: float = 15) -> list[Reading]:
    random = Random(seed)
    return [
        Reading(
            of_degrees(
                at.latitude + random.gauss(0, noise_m) * _M, at.longitude + random.gauss(0, noise_m) * _M
            ),
            DAY + timedelta(days=n),
        )
        for n in range(count)
    ]


def away(found: Proposal | None) -> float:
    assert found is not None
    return positions.distance_m(found.position, HERE)


@pytest.mark.parametrize("seed", range(8))
def test_five_sharp_check_ins_on_several_days_find_the_store(seed: int) -> None:
    found = repairs.proposal(readings(5, seed), WRONG)
    assert away(found) < 25
    assert found is not None
    assert (found.readings, found.days) == (5, 5)
    assert found.away_m == pytest.approx(222, abs=30)


def test_visits_met_elsewhere_do_not_drag_the_store_along() -> None:
    elsewhere = readings(4, 2, of_degrees(30.30, 120.20))
    assert away(repairs.proposal([*readings(6), *elsewhere], WRONG)) < 40


def test_a_store_without_a_position_gets_one() -> None:
    found = repairs.proposal(readings(6), None)
    assert away(found) < 25
    assert found is not None
    assert found.away_m is None


def test_a_store_that_is_where_it_should_be_is_left_alone() -> None:
    assert repairs.proposal(readings(9), HERE) is None


def test_too_few_readings_or_days_propose_nothing() -> None:
    assert repairs.proposal(readings(4), WRONG) is None
    one_day = [Reading(each.position, DAY) for each in readings(9)]
    assert repairs.proposal(one_day, WRONG) is None


def test_readings_that_disagree_propose_nothing() -> None:
    assert repairs.proposal(readings(9, noise_m=200), WRONG) is None


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_datum_is_no_distance(datum: str) -> None:
    mixed = [Reading(each.position.to(datum), each.on) for each in readings(6)]
    assert repairs.proposal(mixed, HERE.to(datum)) is None
    assert away(repairs.proposal(mixed, WRONG.to("bd09"))) < 25


def test_a_store_that_moved_follows_the_latest_readings() -> None:
    old = readings(40, 3, WRONG)
    assert away(repairs.proposal([*old, *readings(12)], WRONG)) < 25


def test_what_was_refused_comes_back_only_with_as_many_new_readings() -> None:
    old = [Reading(each.position, each.on, after_refusal=False) for each in readings(8)]
    assert repairs.proposal(old, WRONG, [HERE]) is None
    assert repairs.proposal([*old, *readings(4, 5)], WRONG, [HERE]) is None
    assert away(repairs.proposal([*old, *readings(5, 5)], WRONG, [HERE])) < 25
    other = of_degrees(30.30, 120.20)
    assert repairs.proposal(old, WRONG, [other]) is not None


def test_only_measured_fresh_and_precise_fixes_count_however_far_away() -> None:
    assert repairs.is_sharp(Fix("device", 20, 5, 5_000))
    assert repairs.is_sharp(Fix("device", 20, 5, None))
    for dull in (
        Fix("typed", None, None, 5),
        Fix("device", 900, 5, 5),
        Fix("device", 20, 999, 5),
        Fix("none"),
    ):
        assert not repairs.is_sharp(dull)
