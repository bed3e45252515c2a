"""A day becomes a question and an offer becomes plans again; what is done or fixed never moves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.errors import Invalid
from fieldcrm.ids import new_id
from fieldcrm.model.joint_visits import JointState, JointVisit
from fieldcrm.rules.routing.day import Terms
from fieldcrm.rules.routing.offers import Offer, first, offers
from fieldcrm.rules.routing.planning import Keep
from fieldcrm.rules.workdays import Workdays
from fieldcrm.services import joint_visits, plan_board, plans, routes
from fieldcrm.services.routes import NO_WISHES, DayQuestion, Wishes
from fieldcrm.storage.database import Database
from tests.builders import (
    TODAY,
    make_account,
    make_check_out,
    make_plan,
    make_territory,
    make_user,
    make_visit,
)

TERMS = Terms()
TOMORROW = TODAY + timedelta(1)


class Road:
    """Five stores in a row to the north, planned today in a zigzag."""

    def __init__(self, laptop: Database) -> None:
        self.laptop = laptop
        self.territory = make_territory()
        self.rep = make_user(self.territory)
        self.stores = [
            make_account(self.territory, code=f"C{n}", name=f"Store {n}", latitude_e7=302741000 + n * 90000)
            for n in range(5)
        ]
        self.plans = [
            make_plan(self.rep, self.stores[n], TODAY, sequence=place)
            for place, n in enumerate((3, 0, 4, 1, 2))
        ]
        with laptop.writing() as session:
            session.add_all([self.territory, self.rep, *self.stores, *self.plans])
        self.ids = [plan.id for plan in self.plans]

    def ask(self, at: datetime | None = None, wishes: Wishes = NO_WISHES) -> DayQuestion:
        with self.laptop.reading() as session:
            return routes.ask(session, self.rep.id, TODAY, today=TODAY, terms=TERMS, at=at, wishes=wishes)

    def take(self, asked: DayQuestion, offer: Offer) -> None:
        with self.laptop.writing() as session:
            plans.arrange(session, self.rep.id, TODAY, asked.order(offer))

    def names(self) -> list[str]:
        with self.laptop.reading() as session:
            [day] = plan_board.days(session, self.rep.id, TODAY, TODAY, TODAY)
            return [stop.account for stop in day.stops]

    def visited(self, place: int, at: datetime, *, over: bool = True) -> None:
        store = next(s for s in self.stores if s.id == self.plans[place].account_id)
        with self.laptop.writing() as session:
            visit = make_visit(self.rep, store, plan_id=self.ids[place], started_at=at)
            session.add(visit)
            if over:
                session.flush()
                session.add(make_check_out(visit))


@pytest.fixture
def road(laptop: Database) -> Road:
    return Road(laptop)


def of(found: tuple[Offer, ...], keep: Keep) -> Offer:
    return next(offer for offer in found if offer.keep is keep)


def noon(hour: int, minute: int = 0) -> datetime:
    return datetime(TODAY.year, TODAY.month, TODAY.day, hour, minute, tzinfo=DEFAULT_ZONE)


def test_the_best_order_can_be_taken_over_and_is_not_bettered_again(road: Road) -> None:
    asked = road.ask()
    best = of(offers(asked.question), Keep.BEST)
    road.take(asked, best)
    assert road.names() in ([f"Store {n}" for n in range(5)], [f"Store {n}" for n in reversed(range(5))])
    again = of(offers(road.ask().question), Keep.BEST)
    assert [stop.key for stop in again.route.stops] == [stop.key for stop in best.route.stops]


def test_what_is_done_stays_first_and_the_rest_begins_there_and_now(road: Road) -> None:
    road.visited(2, noon(9))  # Store 4, the far end
    asked = road.ask(noon(12, 5))
    best = of(offers(asked.question), Keep.BEST)
    assert asked.question.terms.depart == 12 * 60 + 5
    assert asked.question.terms.start == routes.place_of(road.stores[4])
    road.take(asked, best)
    assert road.names() == ["Store 4", "Store 3", "Store 2", "Store 1", "Store 0"]


def test_a_visit_under_way_is_finished_first(road: Road) -> None:
    road.visited(0, noon(12), over=False)
    assert road.ask(noon(12, 5)).question.terms.depart == 12 * 60 + road.plans[0].minutes


def test_after_its_time_lunch_is_over(road: Road) -> None:
    assert road.ask(noon(11)).question.terms.lunch is not None
    assert road.ask(noon(14)).question.terms.lunch is None


def test_late_at_night_everything_is_left_out_and_nothing_breaks(road: Road) -> None:
    asked = road.ask(noon(23))
    assert all(len(offer.left_out) == 5 for offer in first(asked.question))


def test_a_locked_visit_keeps_its_time_even_when_it_cannot_be_reached(road: Road) -> None:
    with road.laptop.writing() as session:
        plan = session.get_one(type(road.plans[1]), road.ids[1])
        plan.locked, plan.start_time = True, "09:30"
    asked = road.ask(noon(13))
    best = of(first(asked.question), Keep.BEST)
    assert [out.why.key for out in best.left_out] == [road.ids[1]]
    assert asked.order(best)[0] == (road.ids[1], "09:30")


def test_wishes_change_the_day_that_is_asked_about(road: Road) -> None:
    wishes = Wishes(
        lunch_minutes=30, day_longer=30, shorter={road.ids[0]: 10}, to_day={road.ids[1]: TOMORROW},
        without=frozenset({road.ids[2]}),
    )  # fmt: skip
    plain, asked = road.ask(), road.ask(wishes=wishes)
    assert (asked.question.terms.lunch_minutes, asked.question.terms.latest) == (30, TERMS.latest + 30)
    minutes = {stop.key: stop.minutes for stop in asked.question.stops}
    assert minutes[road.ids[0]] == {s.key: s.minutes for s in plain.question.stops}[road.ids[0]] - 10
    assert road.ids[1] not in minutes
    last = asked.order(of(first(asked.question), Keep.BEST))[-1]
    assert last == (road.ids[2], None)


def test_the_other_days_are_working_days_ahead(road: Road) -> None:
    days = [other.on for other in road.ask().question.others]
    assert days == sorted(days)
    assert all(day > TODAY and Workdays().is_open(day) for day in days)


def test_a_visit_together_is_at_the_time_two_agreed_on_and_is_not_offered_another_day(road: Road) -> None:
    with road.laptop.writing() as session:
        shared = JointVisit(
            id=new_id(), joint_id=new_id(), rep_id=road.rep.id, host_id=road.rep.id, guest_id=new_id(),
            host_name="", guest_name="", account_id=road.plans[2].account_id, on=TODAY,
            start_time="10:30", state=JointState.AGREED,
        )  # fmt: skip
        session.add(shared)
    asked = road.ask()
    best = of(first(asked.question), Keep.BEST)
    assert [stop.begin for stop in best.route.stops if stop.key == road.ids[2]] == [10 * 60 + 30]
    assert all(road.ids[2] not in other.here for other in asked.question.others)


def test_what_was_added_to_a_day_with_times_has_no_place_in_its_order_yet(road: Road) -> None:
    assert all(stop.placed for stop in road.ask().question.stops)  # nothing is timed: the order is the rep's
    asked = road.ask(wishes=Wishes(without=frozenset(road.ids[4:])))
    road.take(asked, of(first(asked.question), Keep.ORDER))
    assert {stop.key for stop in road.ask().question.stops if not stop.placed} == {road.ids[4]}


def test_a_visit_together_lies_within_the_times_that_the_other_can(road: Road) -> None:
    with road.laptop.writing() as session:
        shared = JointVisit(
            id=new_id(), joint_id=new_id(), rep_id=road.rep.id, host_id=road.rep.id, guest_id=new_id(),
            host_name="", guest_name="", account_id=road.plans[2].account_id, on=TODAY,
            start_time="08:30", state=JointState.AGREED,
        )  # fmt: skip
        session.add(shared)
        session.flush()
        joint_visits.say_when(session, shared.id, "14", "15：30", me=road.rep.id)
        assert (shared.from_time, shared.until_time) == ("14:00", "15:30")
    asked = road.ask()
    best = of(first(asked.question), Keep.BEST)
    [together] = [stop for stop in best.route.stops if stop.key == road.ids[2]]
    assert 14 * 60 <= together.begin < 15 * 60 + 30
    assert all(road.ids[2] not in other.here for other in asked.question.others)


@pytest.mark.parametrize(
    ("times", "code"),
    [(("25", "26"), "not_a_time"), (("10:00", ""), "required"), (("11", "10:30"), "ends_before_it_begins")],
)
def test_times_that_make_no_sense_are_refused(road: Road, times: tuple[str, str], code: str) -> None:
    with road.laptop.writing() as session:
        shared = JointVisit(
            id=new_id(), joint_id=new_id(), rep_id=road.rep.id, host_id=road.rep.id, guest_id=new_id(),
            host_name="", guest_name="", account_id=road.plans[2].account_id, on=TODAY,
        )  # fmt: skip
        session.add(shared)
        session.flush()
        with pytest.raises(Invalid) as caught:
            joint_visits.say_when(session, shared.id, *times, me=road.rep.id)
        assert caught.value.code == code
        assert shared.from_time is None
