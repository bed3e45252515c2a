"""One visit at a time, from check-in to check-out, on a real encrypted file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import VisitPlan
from fieldcrm.model.users import User
from fieldcrm.model.visits import CheckIn, CheckOut, Decision, PositionSource, StepAnswer, Visit, VisitReview
from fieldcrm.rules.positions import of_degrees
from fieldcrm.rules.visits import VisitState
from fieldcrm.services import visits
from fieldcrm.services.visits import Arrival, Picture
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    TODAY,
    make_account,
    make_order,
    make_sop,
    make_territory,
    make_user,
)

AT_STORE = Arrival(PositionSource.DEVICE, of_degrees(30.2741, 120.1551), 20, 5)
FAR_OFF = Arrival(PositionSource.DEVICE, of_degrees(30.2841, 120.1551), 20, 5)


@dataclass
class Field:
    """A rep with one store and one template."""

    session: Session
    rep: User
    store: Account

    def start(self, arrival: Arrival = AT_STORE, at: datetime = MORNING, **more: Any) -> UUID:
        return visits.start(self.session, self.store.id, arrival, me=self.rep.id, at=at, **more)


@pytest.fixture
def work(laptop: Database) -> Iterator[Field]:
    with laptop.writing() as session:
        area = make_territory()
        rep = make_user(area)
        store = make_account(area)
        session.add_all([area, rep, store, make_sop()])
        session.flush()
        yield Field(session, rep, store)


def one(work: Field, kind: Any) -> Any:
    return work.session.scalars(select(kind)).one()


def test_a_check_in_keeps_the_position_as_given_and_measures_the_way(work: Field) -> None:
    work.start(Arrival(PositionSource.DEVICE, of_degrees(30.2745, 120.1551), 25, 7))
    event = one(work, CheckIn)
    assert (event.latitude_e7, event.accuracy_m, event.fix_age_s) == (302745000, 25, 7)
    assert event.distance_m == 44


def test_a_position_in_another_datum_is_stored_in_that_datum_and_measured_right(work: Field) -> None:
    work.start(Arrival(PositionSource.TYPED, of_degrees(30.2741, 120.1551).to("gcj02")))
    event = one(work, CheckIn)
    assert (event.datum, event.distance_m) == ("gcj02", 0)


def test_far_from_the_store_asks_for_a_reason_and_then_allows(work: Field) -> None:
    with pytest.raises(RuleBroken, match="far_reason_needed"):
        work.start(FAR_OFF)
    work.start(FAR_OFF, far_reason="met at the warehouse")
    assert one(work, CheckIn).far_reason == "met at the warehouse"


def test_no_position_is_said_and_not_made_up(work: Field) -> None:
    work.start(Arrival())
    event = one(work, CheckIn)
    assert (event.source, event.latitude_e7, event.distance_m) == (PositionSource.NONE, None, None)


def test_only_one_visit_is_open(work: Field) -> None:
    work.start()
    with pytest.raises(RuleBroken, match="visit_open"):
        work.start()


def test_a_visit_carries_the_accounts_territory_and_todays_template(work: Field) -> None:
    work.start()
    visit = one(work, Visit)
    assert visit.territory_id == work.store.territory_id
    assert visit.sop_template_id is not None


def test_a_corrected_answer_is_a_new_event_that_names_the_old(work: Field) -> None:
    visit_id = work.start()
    first = visits.answer(work.session, visit_id, "shelf", {"facings": "4"}, MORNING)
    second = visits.answer(work.session, visit_id, "shelf", {"facings": "5"}, MORNING + timedelta(minutes=1))
    rows = {row.id: row for row in work.session.scalars(select(StepAnswer))}
    assert second is not None
    assert rows[second].replaces_id == first
    assert visits.latest_answers(work.session, visit_id) == {"shelf": {"facings": "5"}}


def test_the_same_answer_twice_is_one_event(work: Field) -> None:
    visit_id = work.start()
    visits.answer(work.session, visit_id, "shelf", {"facings": "4"}, MORNING)
    assert visits.answer(work.session, visit_id, "shelf", {"facings": "4"}, MORNING) is None


def test_a_step_that_was_looked_at_is_an_event_without_answers(work: Field) -> None:
    visit_id = work.start()
    assert visits.answer(work.session, visit_id, "talk", {}, MORNING) is not None
    assert visits.latest_answers(work.session, visit_id) == {"talk": {}}


def test_a_missing_required_answer_gates_check_out(work: Field) -> None:
    visit_id = work.start()
    with pytest.raises(RuleBroken, match="visit_incomplete"):
        visits.check_out(work.session, visit_id, at=MORNING)
    visits.answer(work.session, visit_id, "shelf", {"facings": "4"}, MORNING)
    visits.check_out(work.session, visit_id, at=MORNING + timedelta(minutes=20), summary=" tidy ")
    assert one(work, CheckOut).summary == "tidy"
    assert visits.open_visits(work.session, work.rep.id, TODAY) == []


def test_a_closed_visit_takes_nothing_more(work: Field) -> None:
    visit_id = work.start()
    visits.answer(work.session, visit_id, "shelf", {"facings": "4"}, MORNING)
    visits.check_out(work.session, visit_id, at=MORNING)
    with pytest.raises(RuleBroken, match="visit_closed"):
        visits.answer(work.session, visit_id, "shelf", {"facings": "9"}, MORNING)


def test_a_report_sent_back_takes_answers_again(work: Field) -> None:
    visit_id = work.start()
    visits.answer(work.session, visit_id, "shelf", {"facings": "4"}, MORNING)
    visits.check_out(work.session, visit_id, at=MORNING)
    sent_back = VisitReview(
        id=new_id(),
        visit_id=visit_id,
        rep_id=work.rep.id,
        reviewer_id=work.rep.id,
        decision=Decision.RETURNED,
        text="count again",
        at=MORNING + timedelta(hours=1),
    )
    work.session.add(sent_back)
    work.session.flush()
    assert visits.answer(work.session, visit_id, "shelf", {"facings": "9"}, MORNING) is not None


def test_the_next_visit_becomes_a_plan(work: Field) -> None:
    visit_id = work.start()
    visits.answer(work.session, visit_id, "shelf", {"facings": "4"}, MORNING)
    visits.check_out(work.session, visit_id, at=MORNING, next_visit_on=date(2026, 3, 9), next_time="10:30")
    plan = one(work, VisitPlan)
    assert (plan.account_id, plan.on, plan.start_time) == (work.store.id, date(2026, 3, 9), "10:30")


def test_the_next_visit_lies_ahead(work: Field) -> None:
    visit_id = work.start()
    visits.answer(work.session, visit_id, "shelf", {"facings": "4"}, MORNING)
    with pytest.raises(Invalid):
        visits.check_out(work.session, visit_id, at=MORNING, next_visit_on=TODAY)


def test_a_check_out_forgotten_yesterday_is_closed_at_the_stated_time(work: Field) -> None:
    visit_id = work.start()
    tomorrow = MORNING + timedelta(days=1)
    [left_open] = visits.open_visits(work.session, work.rep.id, TODAY + timedelta(days=1))
    assert left_open.state is VisitState.MISSED_CHECK_OUT
    left_at = MORNING + timedelta(minutes=40)
    visits.close_missed(work.session, visit_id, left_at=left_at, now=tomorrow)
    event = one(work, CheckOut)
    assert event.at == left_at
    assert [gap["code"] for gap in event.gaps] == ["missed_check_out", "unanswered"]


def test_a_visit_of_today_cannot_dodge_its_steps_as_missed(work: Field) -> None:
    visit_id = work.start()
    with pytest.raises(RuleBroken):
        visits.close_missed(work.session, visit_id, left_at=MORNING, now=MORNING)


def test_the_stated_time_lies_between_arrival_and_now(work: Field) -> None:
    visit_id = work.start()
    with pytest.raises(Invalid):
        visits.close_missed(
            work.session,
            visit_id,
            left_at=MORNING - timedelta(minutes=1),
            now=MORNING + timedelta(days=1),
        )


def test_photos_and_orders_count_as_work(work: Field) -> None:
    visit_id = work.start()
    picture = Picture("a" * 64, 10, "image/jpeg", 4, 3, MORNING, "shelf", "facings")
    visits.add_photo(work.session, visit_id, picture)
    work.session.add(make_order(work.rep, work.store, visit_id=visit_id))
    work.session.flush()
    done = visits.work(work.session, visit_id)
    assert (done.photos["shelf", "facings"], done.orders) == (1, 1)
