"""A check-out nobody states is closed by rule after three days, at the last sign of the visit, and marked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.visits import CheckOut, Visit
from fieldcrm.services import missed_visits, reviews
from fieldcrm.services.reviews import Flag
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    make_account,
    make_answer,
    make_photo,
    make_territory,
    make_user,
    make_visit,
)


def begun(session: Session) -> Visit:
    area = make_territory()
    rep = make_user(area)
    store = make_account(area)
    visit = make_visit(rep, store)
    session.add_all([area, rep, store, visit])
    session.add(make_answer(visit, answered_at=MORNING + timedelta(minutes=12)))
    session.add(make_photo(visit, taken_at=MORNING + timedelta(minutes=20)))
    session.add(make_answer(visit, answered_at=MORNING + timedelta(days=1)))  # looked at again next day
    session.flush()
    return visit


def test_three_days_later_it_ends_with_its_last_sign_and_is_marked(laptop: Database) -> None:
    with laptop.writing() as session:
        visit = begun(session)
        now = MORNING + timedelta(days=3)
        [closed] = missed_visits.close_overdue(session, visit.rep_id, now)
        session.flush()
        assert closed.visit_id == visit.id
        out = session.scalars(select(CheckOut)).one()
        assert out.at == MORNING + timedelta(minutes=20)
        assert Flag.CLOSED_BY_RULE in reviews.report(session, visit.id).report.flags
        assert missed_visits.close_overdue(session, visit.rep_id, now) == []


@pytest.mark.parametrize("days", [0, 1, 2])
def test_before_that_the_rep_may_still_say_when_he_left(laptop: Database, days: int) -> None:
    with laptop.writing() as session:
        visit = begun(session)
        assert missed_visits.close_overdue(session, visit.rep_id, MORNING + timedelta(days=days)) == []
