"""The live board tells of each rep what has reached this laptop (V9)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fieldcrm.clock import business_day
from fieldcrm.model.orders import OrderStatus
from fieldcrm.model.plans import PlanStatus
from fieldcrm.services.team import Member
from fieldcrm.services.team_day import Doing, RepDay, team_day
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    make_account,
    make_check_in,
    make_check_out,
    make_order,
    make_plan,
    make_territory,
    make_user,
    make_visit,
)

TODAY = business_day(MORNING)


class World:
    def __init__(self, laptop: Database) -> None:
        self.laptop = laptop
        territory = make_territory()
        self.rep = make_user(territory)
        self.stores = [make_account(territory, code=f"C{n}", name=f"Shop {n}") for n in range(4)]
        self.plans = [
            make_plan(self.rep, store, on=TODAY, sequence=n, start_time=f"{9 + n:02d}:00")
            for n, store in enumerate(self.stores[:3])
        ]
        self.add(territory, self.rep, *self.stores, *self.plans)

    def add(self, *rows: object) -> None:
        with self.laptop.writing() as session:
            session.add_all(rows)

    def day(self, hours: float) -> RepDay:
        rep = Member(self.rep.id, self.rep.name, "", None)
        with self.laptop.reading() as session:
            [day] = team_day(session, [rep], TODAY, MORNING + timedelta(hours=hours))
        return day

    def visit(self, number: int, begun: float, ended: float | None, *, planned: bool = True) -> None:
        plan = self.plans[number].id if planned else None
        visit = make_visit(self.rep, self.stores[number], plan_id=plan)
        visit.started_at = MORNING + timedelta(hours=begun)
        self.add(visit, make_check_in(visit, latitude_e7=302_000_000 + number, longitude_e7=1_201_000_000))
        if ended is not None:
            self.add(make_check_out(visit, at=MORNING + timedelta(hours=ended)))


@pytest.fixture
def world(laptop: Database) -> World:
    return World(laptop)


def test_somebody_who_has_not_begun_is_late_for_each_stop_half_an_hour_past(world: World) -> None:
    assert (world.day(0.4).doing, world.day(0.4).late) == (Doing.NOT_BEGUN, 0)  # 09:24, meant for 09:00
    assert world.day(0.6).late == 1
    assert world.day(1.6).late == 2


def test_an_open_visit_puts_its_rep_into_that_store(world: World) -> None:
    world.visit(0, 0.1, 0.5)
    world.visit(1, 0.8, None)
    day = world.day(1.3)
    assert (day.doing, day.store, day.planned, day.done) == (Doing.IN_STORE, "Shop 1", 3, 1)
    assert day.position is not None
    assert day.position.latitude_e7 == 302_000_001
    assert day.minutes_in_store == 24 + 30


def test_after_a_check_out_the_rep_is_on_the_road_until_nothing_waits(world: World) -> None:
    world.visit(0, 0.1, 0.5)
    assert world.day(0.7).doing is Doing.ON_THE_ROAD
    for plan in world.plans[1:]:
        with world.laptop.writing() as session:
            session.merge(plan).status = PlanStatus.SKIPPED
    day = world.day(0.7)
    assert (day.doing, day.planned, day.dropped, day.late) == (Doing.FINISHED, 1, 2, 0)


def test_a_visit_besides_the_plan_is_counted_apart(world: World) -> None:
    world.visit(3, 0.1, 0.3, planned=False)
    day = world.day(0.4)
    assert (day.done, day.unplanned, day.planned) == (0, 1, 3)


def test_orders_of_the_day_are_added_up_without_drafts(world: World) -> None:
    for status, amount in (("submitted", "10.50"), ("draft", "99"), ("accepted", "5")):
        facts = {"status": OrderStatus(status), "ordered_on": TODAY, "total_amount": Decimal(amount)}
        world.add(make_order(world.rep, world.stores[0], **facts))
    day = world.day(1)
    assert (day.orders, day.amount) == (2, Decimal("15.50"))


def test_yesterday_is_not_today(world: World) -> None:
    world.visit(0, -24, -23.5)
    assert world.day(0).done == 0


def test_a_rep_without_a_plan_says_so(laptop: Database) -> None:
    territory = make_territory()
    rep = make_user(territory)
    with laptop.writing() as session:
        session.add_all([territory, rep])
    with laptop.reading() as session:
        [day] = team_day(session, [Member(rep.id, rep.name, "", None)], TODAY, MORNING)
    assert day.doing is Doing.NOTHING_PLANNED
