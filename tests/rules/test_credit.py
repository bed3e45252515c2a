"""Exposure, risk, early warning and release by decision 11 (F6); and how an order is paid (F5)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import Invalid
from fieldcrm.rules import credit, money
from fieldcrm.rules.credit import Alarm, Exposure, Risk
from tests.builders import TODAY

cents = st.integers(0, 10**8).map(lambda n: Decimal(n) / 100)


def at_stake(receivable: int = 0, confirmed: int = 0, receipts: int = 0, late: int | None = None) -> Exposure:
    since = None if late is None else TODAY - timedelta(late)
    return Exposure(Decimal(100), Decimal(receivable), Decimal(confirmed), Decimal(receipts), since)


def test_exposure_is_receivables_and_confirmed_orders_less_receipts_not_applied() -> None:
    found = at_stake(30, 20, 5)
    assert (found.owed, found.free, found.used_percent(Decimal(10))) == (45, 55, 55)
    assert Exposure(None, Decimal(30)).free is None


@pytest.mark.parametrize(("found", "risk", "alarms"), [
    (at_stake(10), Risk.A, []),
    (at_stake(80), Risk.B, [Alarm.NEAR_LIMIT]),
    (at_stake(10, late=1), Risk.B, [Alarm.OVERDUE]),
    (at_stake(10, late=31), Risk.C, [Alarm.OVERDUE]),
    (at_stake(60, 41), Risk.C, [Alarm.OVER_LIMIT]),
    (at_stake(10, late=61), Risk.D, [Alarm.OVERDUE]),
    (at_stake(0, late=61), Risk.A, []),
])  # fmt: skip
def test_risk_follows_from_how_late_and_how_full(found: Exposure, risk: Risk, alarms: list[Alarm]) -> None:
    assert credit.risk(found, TODAY) == risk
    assert credit.warnings(found, TODAY) == alarms


def test_finance_releases_any_order_and_a_manager_as_far_as_he_may() -> None:
    over = Decimal(50)
    assert credit.may_release("finance", over, Decimal())
    assert credit.may_release("manager", over)
    assert credit.may_release("manager", over, Decimal(50))
    assert not credit.may_release("manager", over, Decimal(49))
    assert not credit.may_release("rep", over)
    assert credit.may_release("rep", Decimal())


@given(cents, cents, cents, st.none() | cents)
def test_what_each_purse_pays_with_credit_and_the_rest_is_what_is_due(
    due: Decimal, prepay: Decimal, cash: Decimal, free: Decimal | None
) -> None:
    held = {money.PREPAY: prepay, money.CASH: cash}
    pays = money.payment(due, held, free)
    assert sum(pays.used.values(), Decimal()) + pays.on_credit + pays.uncovered == due
    assert all(0 < part <= held[purse] for purse, part in pays.used.items())
    assert free is None or pays.on_credit <= free
    assert free is not None or not pays.uncovered
    assert money.plan(money.told(pays.used), due) == dict(pays.used)


@pytest.mark.parametrize("said", [
    {"prepay": "-1"}, {"gold": "1"}, {"cash": "1.001"}, {"cash": "NaN"}, {"cash": "11"}, ["cash"],
    {"cash": []},
])  # fmt: skip
def test_what_cannot_be_paid_so_is_refused(said: object) -> None:
    with pytest.raises(Invalid):
        money.plan(said, Decimal(10))


def test_an_order_of_use_names_each_purse_at_most_once() -> None:
    assert money.checked_order(["cash"]) == ["cash"]
    for wrong in (["cash", "cash"], ["credit"]):
        with pytest.raises(Invalid):
            money.checked_order(wrong)
