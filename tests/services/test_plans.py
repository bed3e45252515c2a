from datetime import timedelta

import pytest

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.services import plan_board, plans
from fieldcrm.services.plan_board import StopState
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    TODAY,
    make_account,
    make_check_out,
    make_plan,
    make_territory,
    make_user,
    make_visit,
)

TOMORROW = TODAY + timedelta(1)


class World:
    def __init__(self, laptop: Database) -> None:
        self.territory = make_territory()
        self.rep = make_user(self.territory)
        self.stores = [
            make_account(self.territory, code=f"C{n}", name=f"Store {n}", latitude_e7=302741000 + n * 90000)
            for n in range(5)
        ]
        self.laptop = laptop
        with laptop.writing() as session:
            session.add_all([self.territory, self.rep, *self.stores])

    def plan(self, n: int, on=TODAY, **fields):
        plan = make_plan(self.rep, self.stores[n], on, **fields)
        with self.laptop.writing() as session:
            session.add(plan)
        return plan.id

    def states(self, on=TODAY):
        with self.laptop.reading() as session:
            [day] = plan_board.days(session, self.rep.id, on, on, TODAY)
            return [(stop.account, stop.state) for stop in day.stops]


@pytest.fixture
def world(laptop: Database) -> World:
    return World(laptop)


def test_a_visit_makes_its_plan_current_and_its_check_out_done(world: World) -> None:
    plan_id = world.plan(0)
    visit = make_visit(world.rep, world.stores[0], plan_id=plan_id)
    with world.laptop.writing() as session:
        session.add(visit)
    assert world.states() == [("Store 0", StopState.CURRENT)]
    with world.laptop.writing() as session:
        session.add(make_check_out(visit))
    assert world.states() == [("Store 0", StopState.DONE)]


def test_a_missed_visit_of_yesterday_is_overdue(world: World) -> None:
    yesterday = TODAY - timedelta(1)
    world.plan(0, yesterday)
    assert world.states(yesterday) == [("Store 0", StopState.OVERDUE)]


def test_moving_todays_visit_leaves_a_trace(world: World) -> None:
    plan_id = world.plan(0)
    with world.laptop.writing() as session:
        new_id = plans.move(session, plan_id, TOMORROW, today=TODAY, reason="Closed")
    assert world.states() == [("Store 0", StopState.MOVED)]
    assert world.states(TOMORROW) == [("Store 0", StopState.PLANNED)]
    with world.laptop.writing() as session:
        plans.unmove(session, plan_id, new_id, MORNING)
    assert world.states() == [("Store 0", StopState.PLANNED)]


def test_moving_a_future_visit_just_changes_it(world: World) -> None:
    plan_id = world.plan(0, TOMORROW)
    with world.laptop.writing() as session:
        assert plans.move(session, plan_id, TODAY, today=TODAY) == plan_id
    assert world.states(TOMORROW) == []


def test_a_store_is_planned_once_a_day(world: World) -> None:
    world.plan(0)
    with pytest.raises(RuleBroken, match="already_planned"), world.laptop.writing() as session:
        plans.add(session, world.stores[0].id, TODAY, rep_id=world.rep.id, today=TODAY)


def test_the_past_cannot_be_planned(world: World) -> None:
    with pytest.raises(Invalid) as error, world.laptop.writing() as session:
        plans.add(session, world.stores[0].id, TODAY - timedelta(1), rep_id=world.rep.id, today=TODAY)
    assert error.value.field == "on"


def test_an_unknown_store_cannot_be_planned(world: World) -> None:
    with pytest.raises(NotFound), world.laptop.writing() as session:
        plans.add(session, world.rep.id, TODAY, rep_id=world.rep.id, today=TODAY)


def test_skipping_needs_a_reason_and_can_be_undone(world: World) -> None:
    plan_id = world.plan(0)
    with pytest.raises(Invalid), world.laptop.writing() as session:
        plans.skip(session, plan_id, "  ")
    with world.laptop.writing() as session:
        plans.skip(session, plan_id, "Owner away")
    assert world.states() == [("Store 0", StopState.SKIPPED)]
    with world.laptop.writing() as session:
        plans.unskip(session, plan_id)
    assert world.states() == [("Store 0", StopState.PLANNED)]


def test_a_finished_visit_cannot_be_moved(world: World) -> None:
    plan_id = world.plan(0)
    visit = make_visit(world.rep, world.stores[0], plan_id=plan_id)
    with world.laptop.writing() as session:
        session.add_all([visit, make_check_out(visit)])
    with pytest.raises(RuleBroken, match="already_visited"), world.laptop.writing() as session:
        plans.move(session, plan_id, TOMORROW, today=TODAY)


def test_repeating_a_week_leaves_out_what_is_planned_already(world: World) -> None:
    world.plan(0)
    world.plan(1)
    world.plan(1, TODAY + timedelta(7))
    with world.laptop.writing() as session:
        made = plans.repeat_week(session, world.rep.id, TODAY, today=TODAY)
    assert len(made) == 1
    assert sorted(name for name, _ in world.states(TODAY + timedelta(7))) == ["Store 0", "Store 1"]


def test_stores_that_fall_due_and_are_not_planned_are_listed(world: World) -> None:
    world.plan(0)
    visit = make_visit(world.rep, world.stores[1])
    with world.laptop.writing() as session:
        session.add(visit)
    with world.laptop.reading() as session:
        due = plan_board.unplanned(session, [world.territory.id], world.rep.id, TODAY, TODAY + timedelta(6))
    assert sorted(store.account for store in due) == ["Store 2", "Store 3", "Store 4"]


def test_coverage_counts_each_planned_store_once(world: World) -> None:
    world.plan(0)
    world.plan(0, TOMORROW)
    world.plan(1)
    with world.laptop.reading() as session:
        [grade_c] = plan_board.coverage(session, [world.territory.id], world.rep.id, TODAY)
    assert (grade_c.covered, grade_c.accounts) == (2, 5)
