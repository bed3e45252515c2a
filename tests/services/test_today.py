"""The day as events tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import OrderStatus
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.users import User
from fieldcrm.services import attention, today
from fieldcrm.services.store_facts import Agreed
from fieldcrm.services.today import Day, StopState
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    TODAY,
    make_account,
    make_check_out,
    make_contact,
    make_order,
    make_plan,
    make_territory,
    make_todo,
    make_user,
    make_visit,
)


@dataclass
class Field:
    """A rep with five stores along a street."""

    session: Session
    rep: User
    stores: list[Account]

    def plan(self, n: int, **more: object) -> VisitPlan:
        plan = make_plan(self.rep, self.stores[n], sequence=n, **more)
        self.add(plan)
        return plan

    def add(self, *rows: object) -> None:
        self.session.add_all(rows)
        self.session.flush()

    def day(self, minutes: int = 0) -> Day:
        return today.day(self.session, self.rep.id, MORNING + timedelta(minutes=minutes))

    def states(self, minutes: int = 0) -> list[StopState]:
        return [stop.state for stop in self.day(minutes).stops]


@pytest.fixture
def work(laptop: Database) -> Iterator[Field]:
    with laptop.writing() as session:
        area = make_territory()
        rep = make_user(area)
        stores = [
            make_account(area, code=f"C{n}", name=f"Store {n}", latitude_e7=302741000 + n * 100_000)
            for n in range(5)
        ]
        session.add_all([area, rep, *stores])
        session.flush()
        yield Field(session, rep, stores)


def test_the_first_open_stop_is_next(work: Field) -> None:
    work.plan(0, status=PlanStatus.SKIPPED, reason="closed")
    work.plan(1)
    work.plan(2)
    assert work.states() == [StopState.SKIPPED, StopState.NEXT, StopState.PLANNED]
    assert work.day().next_stop == work.day().stops[1]


def test_a_visit_makes_its_plan_current_and_then_done(work: Field) -> None:
    plan, _ = work.plan(0), work.plan(1)
    visit = make_visit(work.rep, work.stores[0], plan_id=plan.id)
    work.add(visit)
    assert work.states() == [StopState.CURRENT, StopState.PLANNED]
    work.add(make_check_out(visit))
    assert work.states() == [StopState.DONE, StopState.NEXT]


def test_a_visit_nobody_planned_is_a_stop_too(work: Field) -> None:
    work.plan(1)
    visit = make_visit(work.rep, work.stores[0])
    work.add(visit, make_check_out(visit))
    assert [(s.name, s.state) for s in work.day().stops] == [
        ("Store 0", StopState.DONE),
        ("Store 1", StopState.NEXT),
    ]


def test_past_its_time_a_stop_is_late(work: Field) -> None:
    work.plan(0)
    work.plan(1, start_time="09:30")
    assert work.states(minutes=45) == [StopState.NEXT, StopState.PLANNED]
    assert work.states(minutes=46) == [StopState.NEXT, StopState.LATE]
    assert work.day(46).late == 1


def test_the_next_stop_can_be_late_too(work: Field) -> None:
    work.plan(0, start_time="09:30")
    assert work.states(minutes=46) == [StopState.NEXT]
    assert work.day(46).late == 1


def test_done_and_left_add_up_to_what_was_not_put_off(work: Field) -> None:
    plan = work.plan(0)
    visit = make_visit(work.rep, work.stores[0], plan_id=plan.id)
    work.add(visit, make_check_out(visit))
    work.plan(1)
    work.plan(2, status=PlanStatus.MOVED, moved_to=date(2026, 3, 6))
    assert (work.day().done, work.day().left, len(work.day().stops)) == (1, 1, 3)


def test_the_way_skips_stores_that_were_put_off(work: Field) -> None:
    work.plan(0)
    work.plan(1, status=PlanStatus.SKIPPED)
    work.plan(2)
    stops = work.day().stops
    assert stops[1].leg_km is None
    assert stops[2].leg_km == pytest.approx(2.217 * 1.35, abs=0.01)
    assert work.day().km == pytest.approx(stops[2].leg_km)


def test_the_day_ends_after_the_last_stay(work: Field) -> None:
    work.plan(0, start_time="10:00", minutes=30)
    assert work.day().finish_at == MORNING + timedelta(minutes=90)


def test_a_visit_left_open_yesterday_is_missed_not_running(work: Field) -> None:
    work.add(make_visit(work.rep, work.stores[0], started_at=MORNING - timedelta(days=1)))
    day = work.day()
    assert day.running is None
    assert [visit.account for visit in day.missed] == ["Store 0"]


def test_a_stop_tells_what_to_know_before_walking_in(work: Field) -> None:
    store = work.stores[0]
    store.credit_limit, store.receivable = Decimal(10000), Decimal(3640)
    work.plan(0)
    last_week = make_visit(work.rep, store, started_at=MORNING - timedelta(days=7))
    order = make_order(
        work.rep,
        store,
        ordered_on=TODAY - timedelta(days=7),
        status=OrderStatus.SUBMITTED,
        total_amount=Decimal("360.50"),
    )
    draft = make_order(work.rep, store, total_amount=Decimal(999))
    contact = make_contact(store, name="王丽芬", is_primary=True)
    todo = make_todo(work.rep, account_id=store.id, title="跟进冰柜")
    work.add(last_week, order, draft, make_contact(store, name="Other"), contact, todo)
    facts = work.day().stops[0].facts
    assert (facts.contact, facts.last_visit_on) == ("王丽芬", TODAY - timedelta(days=7))
    assert (facts.last_order, facts.sales_30d, facts.ordered_today) == (
        Decimal("360.5"),
        Decimal("360.5"),
        Decimal(),
    )
    assert facts.credit_left == Decimal("5999.5")
    assert facts.todos == (Agreed("跟进冰柜"),)


def test_a_to_do_names_who_gave_it_wherever_today_shows_it(work: Field) -> None:
    boss = make_user(login="boss", name="陈经理")
    todo = make_todo(
        work.rep, account_id=work.stores[0].id, title="跟进冰柜", created_by=boss.id, due_on=TODAY
    )
    work.plan(0)
    work.add(boss, todo)
    assert work.day().stops[0].facts.todos == (Agreed("跟进冰柜", "陈经理"),)
    [item] = attention.needed(work.session, work.rep.id, TODAY)
    assert item.giver == "陈经理"


def test_five_stops_take_as_many_queries_as_one(work: Field) -> None:
    seen: list[str] = []
    event.listen(work.session.get_bind(), "before_cursor_execute", lambda *args: seen.append(args[2]))

    def queries() -> int:
        work.session.expire_all()
        seen.clear()
        work.day()
        return len(seen)

    work.plan(0)
    one_stop = queries()
    for n in range(1, 5):
        work.plan(n)
    assert queries() == one_stop
