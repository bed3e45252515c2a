"""A submitted report is amended with a reason, whole; what stood before stays; a settled one is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.users import User
from fieldcrm.model.visits import Decision, StepAnswer, VisitAmendment
from fieldcrm.services import amending, reviews, visits
from fieldcrm.services.amending import Change
from fieldcrm.services.reviews import Flag
from fieldcrm.services.visits import Arrival, Picture
from fieldcrm.storage.database import Database
from tests.builders import MORNING, make_account, make_sop, make_territory, make_user


@dataclass
class Submitted:
    """A rep's report of one step, checked out."""

    session: Session
    rep: User
    visit_id: UUID

    def amend(self, at: datetime = MORNING + timedelta(hours=2), **said: Any) -> Any:
        given = {"reason": "counted again", "answers": {"shelf": {"facings": "6"}}, "me": self.rep.id}
        return amending.amend(self.session, self.visit_id, at=at, **given | said)

    def decide(self, decision: Decision, hours: int) -> None:
        at = MORNING + timedelta(hours=hours)
        reviews.say(self.session, self.visit_id, decision, me=new_id(), at=at, text="x")
        self.session.flush()

    def report(self) -> reviews.FullReport:
        self.session.flush()
        return reviews.report(self.session, self.visit_id)


@pytest.fixture
def submitted(laptop: Database) -> Iterator[Submitted]:
    with laptop.writing() as session:
        area = make_territory()
        rep = make_user(area)
        store = make_account(area)
        session.add_all([area, rep, store, make_sop()])
        session.flush()
        visit_id = visits.start(session, store.id, Arrival(), me=rep.id, at=MORNING)
        session.flush()
        visits.answer(session, visit_id, "shelf", {"facings": "4"}, MORNING)
        session.flush()
        visits.check_out(session, visit_id, at=MORNING + timedelta(minutes=30), summary="all well")
        session.flush()
        yield Submitted(session, rep, visit_id)


def test_an_amendment_shows_why_and_what_was_before_and_after(submitted: Submitted) -> None:
    submitted.amend(summary="two facings more")
    full = submitted.report()
    [one] = full.amended
    assert one.reason == "counted again"
    [change] = one.changes
    assert (change.step, change.asked["label"], change.before, change.after) == ("Shelf", "Facings", "4", "6")
    assert (one.summary_before, one.summary_after) == ("all well", "two facings more")
    assert full.summary == "two facings more"
    assert full.steps[0].answers == {"facings": "6"}
    assert Flag.AMENDED in full.report.flags


def test_every_version_is_kept_and_named_by_the_next(submitted: Submitted) -> None:
    submitted.amend()
    submitted.amend(at=MORNING + timedelta(hours=3), answers={"shelf": {"facings": "7"}})
    changes = [one.changes for one in submitted.report().amended]
    asked = changes[0][0].asked
    assert changes == [(Change("Shelf", asked, "4", "6"),), (Change("Shelf", asked, "6", "7"),)]
    rows = submitted.session.scalars(select(StepAnswer).order_by(StepAnswer.answered_at)).all()
    assert [row.replaces_id for row in rows] == [None, rows[0].id, rows[1].id]


def test_an_approved_report_is_settled_until_it_is_sent_back(submitted: Submitted) -> None:
    submitted.decide(Decision.APPROVED, 1)
    with pytest.raises(RuleBroken, match="visit_settled"):
        submitted.amend()
    submitted.decide(Decision.RETURNED, 2)
    submitted.amend(at=MORNING + timedelta(hours=3))
    assert len(submitted.report().amended) == 1


@pytest.mark.parametrize(
    "said", [{"reason": " "}, {"answers": {"shelf": {"facings": "4"}}}, {"me": UUID(int=7)}]
)
def test_without_a_reason_a_change_or_the_author_nothing_is_written(
    submitted: Submitted, said: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        submitted.amend(**said)
    submitted.session.flush()
    assert submitted.session.scalar(select(func.count()).select_from(VisitAmendment)) == 0


def test_a_running_visit_is_not_amended(submitted: Submitted) -> None:
    store = visits.load(submitted.session, submitted.visit_id).account_id
    again = visits.start(
        submitted.session, store, Arrival(), me=submitted.rep.id, at=MORNING + timedelta(hours=4)
    )
    submitted.session.flush()
    with pytest.raises(RuleBroken, match="visit_not_submitted"):
        amending.amend(
            submitted.session, again, reason="x", answers={}, summary="y", me=submitted.rep.id, at=MORNING
        )


def test_a_photo_can_be_added(submitted: Submitted) -> None:
    at = MORNING + timedelta(hours=2)
    added = submitted.amend(answers={}, pictures=[Picture("b" * 64, 9, "image/jpeg", 4, 3, at)])
    assert len(added) == 1
    assert submitted.report().amended[0].photos == 1
