"""Phone calls: kept with what follows from them, corrected and taken back by further events."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fieldcrm.errors import Invalid
from fieldcrm.model.accounts import Account
from fieldcrm.model.calls import CallOutcome, PhoneCall
from fieldcrm.model.plans import VisitPlan
from fieldcrm.model.users import User
from fieldcrm.services import call_lists, calls, todos
from fieldcrm.services.calls import Report
from fieldcrm.storage.database import Database
from tests.builders import MORNING, TODAY, make_account, make_contact, make_territory, make_user

TOMORROW = TODAY + timedelta(1)


class Office:
    def __init__(self, laptop: Database) -> None:
        area = make_territory()
        self.rep: User = make_user(area)
        self.stores: list[Account] = [
            make_account(area, code=f"C{n}", name=f"Store {n}", grade="AB"[n % 2]) for n in range(4)
        ]
        self.person = make_contact(self.stores[0])
        self.laptop = laptop
        with laptop.writing() as session:
            session.add_all([area, self.rep, *self.stores, self.person])

    def keep(self, n: int, report: Report, at: datetime = MORNING) -> calls.Kept:
        with self.laptop.writing() as session:
            return calls.keep(session, self.stores[n].id, report, me=self.rep.id, at=at, today=TODAY)

    def of(self, n: int) -> tuple[calls.CallRow, ...]:
        with self.laptop.reading() as session:
            return calls.of_account(session, self.stores[n].id)


@pytest.fixture
def office(laptop: Database) -> Office:
    return Office(laptop)


def test_a_call_is_kept_with_its_next_steps(office: Office) -> None:
    report = Report(
        CallOutcome.REACHED, office.person.id, "13800000001", 95, " Wants tea ",
        visit_on=TOMORROW, todo="Send prices", todo_due=TOMORROW,
    )  # fmt: skip
    kept = office.keep(0, report)
    [call] = office.of(0)
    assert (call.outcome, call.seconds, call.note, call.person) == ("reached", 95, "Wants tea", "王芳")
    with office.laptop.reading() as session:
        assert session.get_one(VisitPlan, kept.plan_id).on == TOMORROW
        assert [row.title for row in todos.of_account(session, office.stores[0].id)] == ["Send prices"]


def test_taking_a_call_back_takes_back_what_followed_and_erases_nothing(office: Office) -> None:
    kept = office.keep(0, Report(CallOutcome.REACHED, visit_on=TOMORROW, todo="Send prices"))
    with office.laptop.writing() as session:
        calls.take_back(session, kept, MORNING)
    assert office.of(0) == ()
    with office.laptop.reading() as session:
        assert todos.of_account(session, office.stores[0].id) == []
        assert session.get_one(VisitPlan, kept.plan_id).archived_at is not None
        assert session.get_one(PhoneCall, kept.call_id).outcome is CallOutcome.REACHED
        assert session.query(PhoneCall).count() == 2


def test_a_correction_stands_for_the_call_it_replaces(office: Office) -> None:
    kept = office.keep(0, Report(CallOutcome.REACHED))
    with office.laptop.writing() as session:
        calls.correct(session, kept.call_id, Report(CallOutcome.WRONG_NUMBER), me=office.rep.id)
    assert [call.outcome for call in office.of(0)] == ["wrong_number"]


def test_calling_back_needs_a_time_that_is_still_to_come(office: Office) -> None:
    with pytest.raises(Invalid):
        office.keep(0, Report(CallOutcome.CALL_BACK))
    with pytest.raises(Invalid):
        office.keep(0, Report(CallOutcome.CALL_BACK, call_back_at=MORNING - timedelta(hours=1)))
    assert office.of(0) == ()


def test_a_list_is_kept_under_its_name_and_the_same_name_means_the_new_filter(office: Office) -> None:
    me = office.rep.id
    with office.laptop.writing() as session:
        first = call_lists.save(session, " Quiet A ", {"chip": "quiet"}, me=me)
        session.flush()
        assert call_lists.save(session, "Quiet A", {"city": "杭州市"}, me=me) == first
        with pytest.raises(Invalid):
            call_lists.save(session, "  ", {}, me=me)
    with office.laptop.writing() as session:
        [saved] = call_lists.of_user(session, me)
        assert (saved.name, saved.filters) == ("Quiet A", {"city": "杭州市"})
        call_lists.remove(session, first, MORNING)
        session.flush()
        assert call_lists.of_user(session, me) == []
