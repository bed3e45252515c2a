"""Two people at one store: two records, one visit (V3)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldcrm.clock import business_day
from fieldcrm.errors import FieldCrmError, Invalid, NotFound, RuleBroken
from fieldcrm.model.joint_visits import JointState, JointVisit
from fieldcrm.model.plans import VisitPlan
from fieldcrm.model.users import Role, User
from fieldcrm.model.visits import PositionSource
from fieldcrm.rules.positions import Position
from fieldcrm.services import joint_visits, plan_board, visits
from fieldcrm.services.visits import Arrival
from fieldcrm.storage.database import Database
from tests.builders import MORNING, make_account, make_plan, make_territory, make_user

TODAY = business_day(MORNING)
HERE = Position(302_741_000, 1_201_551_000)


class World:
    def __init__(self, laptop: Database) -> None:
        self.laptop = laptop
        territory = make_territory()
        self.rep, self.mate = make_user(territory), make_user(territory, login="mate", name="Li")
        self.boss = make_user(territory, login="boss", name="Shen", role=Role.MANAGER)
        self.store = make_account(territory)
        self.plan = make_plan(self.rep, self.store, on=TODAY, start_time="10:00")
        with laptop.writing() as session:
            session.add_all([territory, self.rep, self.mate, self.boss, self.store, self.plan])

    def invite(self, guest: User, by: User):
        with self.laptop.writing() as session:
            return joint_visits.invite(session, self.plan.id, guest.id, me=by.id, today=TODAY)

    def mine(self, user: User) -> joint_visits.Joint:
        with self.laptop.reading() as session:
            [joint] = joint_visits.mine(session, user.id, TODAY)
        return joint

    def check_in(self, user: User, minutes: int = 0, north_e7: int = 0):
        place = Position(HERE.latitude_e7 + north_e7, HERE.longitude_e7)
        arrival = Arrival(PositionSource.DEVICE, place, 10, 1)
        at = MORNING + timedelta(minutes=minutes)
        with self.laptop.writing() as session:
            return visits.start(session, self.store.id, arrival, me=user.id, at=at)

    def do(self, act, *given, **more) -> None:
        with self.laptop.writing() as session:
            act(session, *given, **more)

    def plans_of(self, user: User) -> list[VisitPlan]:
        with self.laptop.reading() as session:
            return list(session.scalars(select(VisitPlan).where(VisitPlan.rep_id == user.id)))


@pytest.fixture
def world(laptop: Database) -> World:
    return World(laptop)


def test_a_manager_joins_without_asking_and_has_the_visit_in_his_own_plan(world: World) -> None:
    world.invite(world.boss, by=world.boss)
    joint = world.mine(world.rep)
    assert (joint.state, joint.partner, joint.i_am_host) == (JointState.AGREED, "Shen", True)
    [plan] = world.plans_of(world.boss)
    assert (plan.account_id, plan.on, plan.start_time) == (world.store.id, TODAY, "10:00")


def test_who_is_invited_agrees_or_declines_with_a_reason(world: World) -> None:
    row_id = world.invite(world.boss, by=world.rep)
    joint = world.mine(world.boss)
    assert (joint.i_was_asked, joint.state) == (True, JointState.INVITED)
    with pytest.raises(Invalid, match="required"):
        world.do(joint_visits.decline, row_id, "  ", me=world.boss.id)
    with pytest.raises(NotFound):
        world.do(joint_visits.agree, row_id, me=world.rep.id, today=TODAY)
    world.do(joint_visits.agree, row_id, me=world.boss.id, today=TODAY)
    assert world.mine(world.boss).state is JointState.AGREED
    assert len(world.plans_of(world.boss)) == 1
    with pytest.raises(NotFound):
        world.do(joint_visits.decline, row_id, "late", me=world.boss.id)


def test_a_visit_is_accompanied_once_and_nobody_accompanies_himself(world: World) -> None:
    with pytest.raises(Invalid, match="not_oneself"):
        world.invite(world.rep, by=world.rep)
    world.invite(world.boss, by=world.boss)
    with pytest.raises(RuleBroken, match="already_accompanied"):
        world.invite(world.mate, by=world.rep)


def test_both_check_ins_find_the_visit_and_both_sign_for_themselves(world: World) -> None:
    row_id = world.invite(world.boss, by=world.boss)
    with pytest.raises(RuleBroken, match="not_visited_yet"):
        world.do(joint_visits.sign, row_id, was_there=True, me=world.rep.id, at=MORNING)
    host, guest = world.check_in(world.rep), world.check_in(world.boss, minutes=4, north_e7=1800)
    joint = world.mine(world.rep)
    assert (joint.my_visit_id, joint.partner_visit_id) == (host, guest)
    world.do(joint_visits.sign, row_id, was_there=True, me=world.rep.id, at=MORNING)
    world.do(joint_visits.sign, row_id, was_there=False, me=world.boss.id, at=MORNING)
    for visit_id in (host, guest):
        with world.laptop.reading() as session:
            both = joint_visits.together(session, visit_id)
        assert both is not None
        assert (both.host_signed, both.guest_signed) == ("yes", "no")
        assert (both.minutes_apart, both.metres_apart) == (4, 20)


def test_a_visit_alone_has_no_companion(world: World) -> None:
    visit_id = world.check_in(world.rep)
    with world.laptop.reading() as session:
        assert joint_visits.together(session, visit_id) is None


def test_a_declined_visit_is_not_linked_by_a_check_in(world: World) -> None:
    row_id = world.invite(world.boss, by=world.rep)
    world.do(joint_visits.decline, row_id, "Ill", me=world.boss.id)
    world.check_in(world.rep)
    assert world.mine(world.rep).my_visit_id is None


def test_what_has_begun_is_not_called_off_and_what_was_called_off_comes_back(world: World) -> None:
    row_id = world.invite(world.boss, by=world.boss)
    world.do(joint_visits.call_off, row_id, MORNING, me=world.rep.id)
    with world.laptop.reading() as session:
        assert joint_visits.mine(session, world.rep.id, TODAY) == []
    world.do(joint_visits.bring_back, row_id)
    world.check_in(world.rep)
    with pytest.raises(RuleBroken, match="already_visited"):
        world.do(joint_visits.call_off, row_id, MORNING, me=world.rep.id)


def test_a_colleague_takes_the_visit_over_by_file_and_both_rows_are_one_visit(world: World) -> None:
    """Each laptop knows only its own row; the manager's holds both."""
    row_id = world.invite(world.mate, by=world.rep)
    with world.laptop.writing() as session:
        content = joint_visits.handed_over(session, row_id, me=world.rep.id)
        session.get_one(JointVisit, row_id).archived_at = MORNING  # the colleague's laptop has no such row
    with world.laptop.writing() as session:
        taken = joint_visits.taken_over(session, content, me=world.mate.id, today=TODAY)
    with world.laptop.writing() as session:
        session.get_one(JointVisit, row_id).archived_at = None
        again = joint_visits.taken_over(session, content, me=world.mate.id, today=TODAY)
        row = session.get_one(JointVisit, taken)
        assert (row.rep_id, row.state) == (world.mate.id, JointState.AGREED)
    assert again in (taken, row_id)
    with world.laptop.writing() as session:
        session.get_one(JointVisit, row_id).state = JointState.AGREED
    host, guest = world.check_in(world.rep), world.check_in(world.mate, minutes=1)
    world.do(joint_visits.sign, row_id, was_there=True, me=world.rep.id, at=MORNING)
    world.do(joint_visits.sign, taken, was_there=True, me=world.mate.id, at=MORNING)
    with world.laptop.reading() as session:
        both = joint_visits.together(session, guest)
    assert both is not None
    assert (both.host_signed, both.guest_signed, both.minutes_apart) == ("yes", "yes", 1)
    assert host != guest


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"form": "other"}, "not_a_joint_visit"), ({"edition": 2}, "not_a_joint_visit"),
        ({"on": "soon"}, "not_a_joint_visit"), ({"joint_id": "x"}, "not_a_joint_visit"),
        ({"start_time": "25:99"}, "not_a_time"), ({"host_name": None}, None),
        ({"guest_id": "0190a000-0000-7000-8000-000000000001"}, "file_for_somebody_else"),
        ({"account_id": "0190a000-0000-7000-8000-000000000001"}, "store_not_here"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_for_me_or_not_whole_is_refused_in_words(
    world: World, change: dict[str, object], code: str | None
) -> None:
    row_id = world.invite(world.mate, by=world.rep)
    with world.laptop.reading() as session:
        told = json.loads(joint_visits.handed_over(session, row_id, me=world.rep.id))
    content = json.dumps(told | change).encode()
    if code is None:
        world.do(joint_visits.taken_over, content, me=world.mate.id, today=TODAY)
        return
    with pytest.raises(FieldCrmError, match=code):
        world.do(joint_visits.taken_over, content, me=world.mate.id, today=TODAY)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b"7", b'{"form":' + b" " * 20_000])
def test_any_other_file_is_refused(world: World, content: bytes) -> None:
    with pytest.raises(Invalid, match="not_a_joint_visit"):
        world.do(joint_visits.taken_over, content, me=world.mate.id, today=TODAY)


def test_the_plan_knows_who_comes_along(world: World) -> None:
    world.invite(world.boss, by=world.boss)
    with world.laptop.reading() as session:
        assert plan_board.partners(session, world.rep.id, TODAY, TODAY) == {(world.store.id, TODAY): "Shen"}
