"""Each figure of the visit board, by the formula that is stated, with the rows behind it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.rules.cadence import Rhythm, pace
from fieldcrm.rules.next_period import Change, proposals
from fieldcrm.rules.visit_board import MOVED, Board, Plan, Stay, Store, board
from fieldcrm.rules.workdays import Workdays

REP, OTHER = UUID(int=1), UUID(int=2)
MONDAY = date(2026, 11, 16)
FRIDAY = MONDAY + timedelta(4)
TODAY = MONDAY + timedelta(2)


def shop(n: int) -> UUID:
    return UUID(int=1000 + n)


def plan(n: int, on: date = MONDAY, sequence: int = 0, rep: UUID = REP, **fields: object) -> Plan:
    return Plan(UUID(int=n), shop(n), rep, on, sequence or n, **fields)  # type: ignore[arg-type]


def stay(n: int, begin: str = "09:00", minutes: int | None = 30, on: date = MONDAY, **fields: object) -> Stay:
    at = datetime.combine(on, datetime.strptime(begin, "%H:%M").time(), DEFAULT_ZONE)  # noqa: DTZ007
    usual = {"account_id": shop(n), "rep_id": REP, "plan_id": UUID(int=n), "ordered": False}
    end = None if minutes is None else at + timedelta(minutes=minutes)
    return Stay(**{"id": UUID(int=500 + n), "begin": at, "end": end} | usual | fields)  # type: ignore[arg-type]


def week(plans: list[Plan], stays: list[Stay], stores: list[Store] | None = None) -> Board:
    return board(plans, stays, stores or [], MONDAY, FRIDAY, today=TODAY, workdays=Workdays())


def test_nothing_to_count_is_not_nought() -> None:
    found = week([], [])
    for figure in (found.done, found.missed, found.strike, found.route, found.in_store, found.on_road):
        assert figure.share is None
    assert (found.planned.part, found.coverage) == (0, {})


def test_done_missed_and_open_add_up_to_planned() -> None:
    plans = [plan(1), plan(2), plan(3, word="skipped", reason="店休"), plan(4, TODAY), plan(5, FRIDAY)]
    found = week(plans, [stay(1), stay(4, on=TODAY, minutes=None)])
    assert (found.planned.part, found.done.part, found.missed.part) == (5, 1, 2)
    assert found.done.share == pytest.approx(1 / 3)  # today's and Friday's are still open
    assert found.reasons == (("", 1), ("店休", 1))
    assert {line.account_id for line in found.missed.lines} == {shop(2), shop(3)}


def test_a_visit_moved_within_the_span_counts_once_and_one_moved_out_is_missed() -> None:
    inside = plan(1, word="moved", moved_to=FRIDAY)
    outside = plan(2, word="moved", moved_to=MONDAY + timedelta(8))
    found = week([inside, plan(3, FRIDAY), outside], [])
    assert (found.planned.part, found.missed.part) == (2, 1)
    assert found.reasons == ((MOVED, 1),)


def test_coverage_counts_stores_and_not_visits() -> None:
    stores = [Store(shop(n), REP, grade, Rhythm(pace(7))) for n, grade in ((1, "A"), (2, "A"), (3, "B"))]
    found = week([], [stay(1), stay(1, "14:00"), stay(9)], stores)
    assert (found.coverage["A"].part, found.coverage["A"].whole) == (1, 2)
    assert found.coverage["B"].share == 0
    assert [line.counts for line in found.coverage["A"].lines] == [True, False]


def test_the_strike_rate_counts_finished_visits_planned_or_not() -> None:
    found = week([], [stay(1, ordered=True), stay(2, plan_id=None), stay(3, minutes=None, ordered=True)])
    assert (found.strike.part, found.strike.whole) == (1, 2)


def test_the_route_kept_is_the_longest_part_in_the_planned_order() -> None:
    plans = [plan(n, sequence=n) for n in (1, 2, 3, 4)]
    walked = [stay(1, "09:00"), stay(4, "10:00"), stay(2, "11:00"), stay(3, "13:00")]
    found = week(plans, walked)
    assert (found.route.part, found.route.whole) == (3, 4)
    assert [line.account_id for line in found.route.lines if not line.counts] == [shop(4)]


def test_a_day_with_one_visit_says_nothing_of_the_route_and_reps_are_not_mixed() -> None:
    assert week([plan(1)], [stay(1)]).route.share is None
    plans = [plan(1, sequence=2), plan(2, sequence=1, rep=OTHER)]
    assert week(plans, [stay(1), stay(2, "11:00", rep_id=OTHER)]).route.share is None


def test_time_in_store_and_on_the_road_are_told_apart_and_a_long_pause_is_neither() -> None:
    walked = [stay(1, "09:00", 30), stay(2, "09:45", 20), stay(3, "14:00", 10)]
    found = week([], walked)
    assert (found.in_store.part, found.in_store.whole) == (60, 3)
    assert (found.on_road.part, found.on_road.whole) == (15, 1)


def test_a_store_is_in_time_until_its_last_day() -> None:
    late, fine = MONDAY - timedelta(20), MONDAY - timedelta(6)
    stores = [
        Store(shop(n), REP, "A", Rhythm(pace(7)), days) for n, days in ((1, (late,)), (2, (fine,)), (3, ()))
    ]
    found = week([], [], stores)
    assert (found.in_time.part, found.in_time.whole) == (1, 2)


def changes(*days: int, plans: tuple[Plan, ...] = (), every: int = 7) -> list[tuple[Change, int]]:
    visited = tuple(sorted(TODAY - timedelta(ago) for ago in days))
    store = Store(shop(1), REP, "A", Rhythm(pace(every)), visited)
    found = proposals([store], list(plans), frozenset(), Workdays(), TODAY)
    return [(each.change, each.days) for each in found]


def test_a_rhythm_that_was_never_met_becomes_the_one_that_was_reached() -> None:
    assert changes(2, 22, 42, 64) == [(Change.SLOWER, 20)]


def test_a_store_overdue_again_and_again_goes_first() -> None:
    assert changes(2, 9, 30, 51, 58) == [(Change.FIRST, 0)]
    assert changes(20, 41, 48, 55) == [(Change.FIRST, 0)]  # the running gap counts once it is late


def test_a_store_in_its_rhythm_needs_no_change() -> None:
    assert changes(2, 9, 16, 23, 30) == []
    assert changes() == []


def test_what_is_missed_three_times_for_one_reason_is_shown_with_the_reason() -> None:
    days = [TODAY - timedelta(n) for n in (8, 15, 22)]
    plans = tuple(Plan(UUID(int=n), shop(1), REP, on, 1, "skipped", "店休") for n, on in enumerate(days))
    assert changes(2, 9, 16, plans=plans) == [(Change.REASON, 3)]
    assert changes(2, 9, 16, plans=plans[:2]) == []
