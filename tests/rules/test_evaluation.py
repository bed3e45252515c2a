"""A month of an account against its rhythm and its target."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fieldcrm.rules.cadence import Rhythm, pace
from fieldcrm.rules.evaluation import Month, Verdict, months

TODAY = date(2026, 11, 15)


def test_months_are_counted_back_and_the_running_one_wants_only_what_is_over() -> None:
    visited = [date(2026, 11, 3), date(2026, 10, 31), date(2026, 10, 1), date(2026, 9, 30)]
    ordered = [(date(2026, 10, 31), Decimal(100)), (date(2026, 10, 1), Decimal(50))]
    now, before, earlier = months(Rhythm(pace(7)), visited, ordered, None, today=TODAY, number=3)
    assert (now.first, now.wanted, now.visits) == (date(2026, 11, 1), 2, 1)
    assert (before.first, before.wanted, before.visits, before.orders) == (date(2026, 10, 1), 4, 2, 2)
    assert (before.sales, before.strike) == (Decimal(150), 1.0)
    assert (earlier.visits, earlier.strike) == (1, 0.0)


@pytest.mark.parametrize(
    ("wanted", "visits", "sales", "target", "share", "verdict"),
    [
        (4, 4, 0, None, 1.0, Verdict.REACHED),
        (4, 3, 0, None, 1.0, Verdict.MISSED),
        (4, 4, 900, 1000, 1.0, Verdict.BEHIND),
        (2, 2, 500, 1000, 0.5, Verdict.REACHED),
        (4, 1, 900, 1000, 1.0, Verdict.MISSED),
        (0, 3, 0, None, 1.0, Verdict.NOTHING),
    ],
)
def test_the_verdict_looks_at_visits_and_sales_by_the_part_of_the_month_that_is_over(
    wanted: int, visits: int, sales: int, target: int | None, share: float, verdict: Verdict
) -> None:
    wished = None if target is None else Decimal(target)
    month = Month(TODAY.replace(day=1), wanted, visits, 0, Decimal(sales), wished, share)
    assert month.verdict is verdict


def test_a_store_is_not_judged_for_months_before_its_first_visit() -> None:
    found = months(Rhythm(pace(7)), [date(2026, 10, 20)], [], None, today=TODAY)
    assert [month.first for month in found] == [date(2026, 11, 1), date(2026, 10, 1)]


def test_a_month_without_a_visit_has_no_strike_rate() -> None:
    [now] = months(Rhythm(pace(7)), [], [], None, today=TODAY, number=1)
    assert now.strike is None
