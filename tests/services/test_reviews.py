from datetime import timedelta

import pytest

from fieldcrm.clock import business_day
from fieldcrm.errors import Invalid
from fieldcrm.ids import new_id
from fieldcrm.model.evidence import VisitFinding
from fieldcrm.model.users import Territory
from fieldcrm.model.visits import Decision, Visit
from fieldcrm.rules.findings import Code, Finding, Weight
from fieldcrm.services import reviews
from fieldcrm.services.reviews import About, Flag, ReviewState
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    make_account,
    make_answer,
    make_check_in,
    make_check_out,
    make_product,
    make_sop,
    make_territory,
    make_user,
    make_visit,
)

CHECK = {"key": "cooler", "label": "Cooler is ours", "type": "check", "required": True}
STEPS = [{"key": "shelf", "title": "Shelf", "hint": "", "required": True, "fields": [CHECK]}]


class World:
    def __init__(self, laptop: Database) -> None:
        self.laptop = laptop
        territory = make_territory()
        self.rep, self.boss = make_user(territory), make_user(territory, login="boss", name="Shen")
        self.store, self.sop = make_account(territory), make_sop(steps=STEPS)
        with laptop.writing() as session:
            session.add_all([territory, self.rep, self.boss, self.store, self.sop])

    def visit(self, minutes: int = 30, distance: int | None = 10, answer: str = "pass") -> Visit:
        visit = make_visit(self.rep, self.store, sop_template_id=self.sop.id)
        with self.laptop.writing() as session:
            session.add_all(
                [
                    visit,
                    make_check_in(visit, distance_m=distance),
                    make_check_out(visit, at=MORNING + timedelta(minutes=minutes)),
                    make_answer(visit, answers={"cooler": answer}),
                ]
            )
        return visit

    def inbox(self):
        with self.laptop.reading() as session:
            return reviews.inbox(session, [self.rep.id], since=MORNING - timedelta(1))

    def say(self, visit: Visit, decision: Decision, text: str = "", later: int = 1) -> None:
        with self.laptop.writing() as session:
            reviews.say(
                session,
                visit.id,
                decision,
                me=self.boss.id,
                at=MORNING + timedelta(hours=later),
                text=text,
            )


@pytest.fixture
def world(laptop: Database) -> World:
    return World(laptop)


def test_a_clean_report_waits_without_flags(world: World) -> None:
    world.visit()
    [line] = world.inbox()
    assert (line.state, line.flags, line.seen) == (ReviewState.WAITING, (), False)


@pytest.mark.parametrize(
    ("facts", "flag"),
    [
        ({"minutes": 3}, Flag.SHORT),
        ({"distance": 400}, Flag.FAR),
        ({"distance": None}, Flag.NO_POSITION),
        ({"answer": "fail"}, Flag.FAILED_CHECK),
    ],
)
def test_what_stands_out_is_flagged(world: World, facts: dict[str, object], flag: Flag) -> None:
    world.visit(**facts)
    assert world.inbox()[0].flags == (flag,)


def test_flagged_reports_come_first_and_approved_ones_last(world: World) -> None:
    approved, clean, short = world.visit(minutes=2), world.visit(), world.visit(minutes=2)
    world.say(approved, Decision.APPROVED)
    assert [line.visit_id for line in world.inbox()] == [short.id, clean.id, approved.id]


def test_what_the_server_found_in_an_approved_visit_stays_in_the_inbox(world: World) -> None:
    visit = world.visit()
    world.say(visit, Decision.APPROVED)
    odd = Finding(Code.EDITED, Weight.STRONG, {"what": "photo", "at": 0})
    with world.laptop.writing() as session:
        of = {"visit_id": visit.id, "rep_id": world.rep.id}
        session.add(VisitFinding(id=new_id(), at=MORNING, found=[odd.told()], **of))
    assert world.inbox()[0].flags == (Flag.EDITED,)


def test_returning_needs_words(world: World) -> None:
    visit = world.visit()
    with pytest.raises(Invalid, match="required"):
        world.say(visit, Decision.RETURNED)
    world.say(visit, Decision.RETURNED, "The cooler photo is missing")
    assert world.inbox()[0].state == ReviewState.RETURNED


def test_a_new_answer_after_the_return_resubmits_the_report(world: World) -> None:
    visit = world.visit()
    world.say(visit, Decision.RETURNED, "Look again")
    with world.laptop.writing() as session:
        session.add(make_answer(visit, answered_at=MORNING + timedelta(hours=2), answers={"cooler": "pass"}))
    assert world.inbox()[0].state == ReviewState.RESUBMITTED


def test_a_comment_does_not_decide(world: World) -> None:
    visit = world.visit()
    world.say(visit, Decision.COMMENT, "Well done")
    assert world.inbox()[0].state == ReviewState.WAITING


def test_opening_a_report_is_noted_once(world: World) -> None:
    visit = world.visit()
    for _ in range(2):
        with world.laptop.writing() as session:
            reviews.mark_seen(session, visit.id, me=world.boss.id, at=MORNING)
    assert world.inbox()[0].seen
    with world.laptop.reading() as session:
        from fieldcrm.model.visits import VisitReview

        assert session.query(VisitReview).count() == 1


def test_the_report_holds_answers_evidence_and_what_was_said(world: World) -> None:
    visit = world.visit(answer="fail")
    world.say(visit, Decision.COMMENT, "Why?")
    with world.laptop.reading() as session:
        full = reviews.report(session, visit.id)
    assert full.steps[0].answers == {"cooler": "fail"}
    assert full.evidence.distance_m == 10
    assert [(said.by, said.text) for said in full.said] == [("Shen", "Why?")]
    assert full.report.failed == ("Cooler is ours",)


def test_a_report_explains_what_does_not_fit_the_visits_around_it(world: World) -> None:
    there = {"source": "device", "latitude_e7": 302_000_000, "longitude_e7": 1_201_000_000, "accuracy_m": 20}
    first, second = make_visit(world.rep, world.store), make_visit(world.rep, world.store)
    second.started_at = MORNING + timedelta(minutes=30)
    with world.laptop.writing() as session:
        session.add_all([first, second, make_check_in(first, **there)])
        session.add(make_check_in(second, **there | {"latitude_e7": 322_000_000}))
        session.add_all(
            [make_check_out(each, at=each.started_at + timedelta(minutes=10)) for each in (first, second)]
        )
    with world.laptop.reading() as session:
        full = reviews.report(session, second.id)
        assert not reviews.report(session, first.id).findings
    assert full.findings[0].facts["kmh"] == pytest.approx(666, rel=0.02)
    assert Flag.TRAVEL in full.report.flags
    assert [line.visit_id for line in world.inbox() if Flag.TRAVEL in line.flags] == [second.id]


def test_a_clock_two_hours_back_is_flagged_with_how_much_it_was_off(world: World) -> None:
    visit = make_visit(world.rep, world.store, sop_template_id=world.sop.id)
    with world.laptop.writing() as session:
        session.add_all([visit, make_check_in(visit, distance_m=10, clock_off_s=-7_200)])
        session.add(make_check_out(visit, at=MORNING + timedelta(minutes=30), clock_off_s=-7_190))
    with world.laptop.reading() as session:
        full = reviews.report(session, visit.id)
    assert (full.report.flags, full.evidence.clock_off_s) == ((Flag.CLOCK,), -7_200)


def test_what_changed_at_the_store_comes_before_flags_and_names_its_article(world: World) -> None:
    stock = {"key": "count", "label": "Stock", "type": "stock"}
    sop = make_sop(steps=[{"key": "shelf", "title": "Shelf", "required": True, "fields": [stock]}], code="S2")
    article = make_product(name="Green tea")
    with world.laptop.writing() as session:
        session.add_all([sop, article])
    visits = [make_visit(world.rep, world.store, sop_template_id=sop.id) for _ in range(2)]
    for number, visit in enumerate(visits):
        visit.started_at = MORNING + timedelta(days=number)
        with world.laptop.writing() as session:
            session.add_all([
                visit,
                make_check_in(visit, distance_m=10),
                make_check_out(visit, at=visit.started_at + timedelta(minutes=20)),
                make_answer(visit, answers={"count": {str(article.id): "8" if number == 0 else "0"}}),
            ])  # fmt: skip
    world.say(visits[0], Decision.APPROVED)
    flagged = make_visit(world.rep, make_account_of(world))
    flagged.started_at = MORNING + timedelta(days=2)
    with world.laptop.writing() as session:
        session.add_all([flagged, make_check_out(flagged, at=flagged.started_at + timedelta(minutes=2))])
    first, second, third = world.inbox()
    assert [line.visit_id for line in (first, second, third)] == [visits[1].id, flagged.id, visits[0].id]
    assert [(str(change.kind), change.before) for change in first.serious] == [("out_of_stock", "8")]
    assert third.changes == ()
    with world.laptop.reading() as session:
        assert reviews.changed_names(session, [first]) == {str(article.id): "Green tea"}
        full = reviews.report(session, visits[1].id)
    assert full.compared.since == business_day(MORNING)
    assert full.names[str(article.id)] == "Green tea"


def make_account_of(world: World):
    with world.laptop.writing() as session:
        account = make_account(session.get(Territory, world.store.territory_id), name="Other", code="O")
        session.add(account)
    return account


def test_a_plain_report_has_neither_flags_nor_serious_changes_nor_a_decision(world: World) -> None:
    plain, short = world.visit(), world.visit(minutes=2)
    assert {line.visit_id: line.plain for line in world.inbox()} == {plain.id: True, short.id: False}
    world.say(plain, Decision.APPROVED)
    assert not any(line.plain for line in world.inbox())


def test_a_comment_points_at_an_answer_or_a_spot_of_a_photo(world: World) -> None:
    visit, photo = world.visit(), new_id()
    abouts = [About("shelf", "cooler"), About("shelf", photo_id=photo, spot=(250, 900)), About()]
    with world.laptop.writing() as session:
        for minute, about in enumerate(abouts):
            at = MORNING + timedelta(hours=1, minutes=minute)
            reviews.say(
                session, visit.id, Decision.COMMENT, me=world.boss.id, at=at, text="Look", about=about
            )
    with world.laptop.reading() as session:
        assert [said.about for said in reviews.report(session, visit.id).said] == abouts
