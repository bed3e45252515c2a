"""A rep's week before his manager (V2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.model.plans import WeekState
from fieldcrm.services import plan_weeks
from fieldcrm.services.plan_weeks import Week
from fieldcrm.storage.database import Database
from tests.builders import MORNING, make_account, make_plan, make_territory, make_user

MONDAY = date(2026, 3, 2)


class World:
    def __init__(self, laptop: Database) -> None:
        self.laptop = laptop
        self.territory = make_territory()
        self.rep, self.boss = make_user(self.territory), make_user(self.territory, login="boss")
        with laptop.writing() as session:
            session.add_all([self.territory, self.rep, self.boss])

    def plan(self, days: int) -> None:
        store = make_account(self.territory, code=f"C{days}", name=f"Shop {days}")
        with self.laptop.writing() as session:
            session.add_all([store, make_plan(self.rep, store, on=MONDAY + timedelta(days))])

    def submit(self) -> None:
        with self.laptop.writing() as session:
            plan_weeks.submit(session, self.rep.id, MONDAY, MORNING)

    def decide(self, approved: bool, note: str = "") -> None:
        with self.laptop.writing() as session:
            plan_weeks.decide(
                session, self.rep.id, MONDAY, approved=approved, me=self.boss.id, at=MORNING, note=note
            )

    @property
    def week(self) -> Week:
        with self.laptop.reading() as session:
            return plan_weeks.week(session, self.rep.id, MONDAY)


@pytest.fixture
def world(laptop: Database) -> World:
    return World(laptop)


def test_an_empty_week_is_not_submitted(world: World) -> None:
    world.plan(7)  # the Monday after
    with pytest.raises(RuleBroken, match="empty_week"):
        world.submit()
    assert world.week.state is None


def test_a_week_is_submitted_and_approved_and_tells_what_came_later(world: World) -> None:
    world.plan(0)
    world.plan(6)
    world.submit()
    assert (world.week.state, world.week.visits, world.week.since) == (WeekState.SUBMITTED, 2, 0)
    world.decide(approved=True)
    world.plan(3)
    assert (world.week.state, world.week.visits, world.week.since) == (WeekState.APPROVED, 3, 1)


def test_a_returned_week_needs_a_word_and_is_submitted_again_as_the_same_week(world: World) -> None:
    world.plan(0)
    world.submit()
    with pytest.raises(Invalid, match="required"):
        world.decide(approved=False, note=" ")
    world.decide(approved=False, note="More A stores")
    assert (world.week.state, world.week.note) == (WeekState.RETURNED, "More A stores")
    world.submit()
    assert (world.week.state, world.week.note) == (WeekState.SUBMITTED, "")


def test_a_week_that_was_never_submitted_is_not_decided(world: World) -> None:
    with pytest.raises(NotFound):
        world.decide(approved=True)
