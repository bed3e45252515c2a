"""Accompanied visits on the screen: every act has its place, and only when it makes sense (V3)."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from sqlalchemy.orm import Session

from fieldcrm.model.joint_visits import JointState
from fieldcrm.model.users import Role
from fieldcrm.model.visits import PositionSource
from fieldcrm.services import joint_visits, plan_board, visits
from fieldcrm.services.plan_board import PlannedVisit
from fieldcrm.services.visits import Arrival
from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.joint.page import JointPage
from fieldcrm.ui.plan.page import PlanPage
from fieldcrm.ui.widgets.buttons import Button
from tests.ui.conftest import NOW, TODAY, Settle, make_context, person


def first_stop(session: Session, rep_id: object) -> PlannedVisit:
    [day] = plan_board.days(session, rep_id, TODAY, TODAY, TODAY)  # type: ignore[arg-type]
    return day.stops[0]


@pytest.fixture
def invited(laptop_db: Database) -> None:
    """The manager is invited to the rep's first store of today."""
    rep, boss = person(laptop_db, Role.REP), person(laptop_db, Role.MANAGER)
    with laptop_db.writing() as session:
        stop = first_stop(session, rep.id)
        joint_visits.invite(session, stop.plan_id, boss.id, me=rep.id, today=TODAY)


def opened(context: Context, qtbot: QtBot, settle: Settle) -> JointPage:
    page = JointPage(context)
    qtbot.addWidget(page)
    context.shell.widget = page
    page.resize(1216, 720)
    page.show()
    settle()
    return page


def offered(page: JointPage) -> set[str]:
    return {key for key, button in page._buttons.items() if button.isVisible()}


def test_nothing_yet_leads_to_the_plan(context: Context, qtbot: QtBot, settle: Settle) -> None:
    page = opened(context, qtbot, settle)
    assert page._stack.currentIndex() == 1
    next(b for b in page._empty.findChildren(Button) if b.isVisible()).click()
    assert context.shell.opened[-1][0] == "plan"


@pytest.mark.usefixtures("invited")
def test_an_invitation_is_agreed_to_then_leads_to_the_check_in(
    manager_context: Context, qtbot: QtBot, settle: Settle
) -> None:
    page = opened(manager_context, qtbot, settle)
    assert offered(page) == {"agree", "decline"}
    assert "1 个邀请" in page.header.facts.text()
    page._do_primary()
    settle()
    assert offered(page) == {"off", "check_in"}
    page._do_primary()
    assert manager_context.shell.opened[-1][0] == "check_in"


@pytest.mark.usefixtures("invited")
def test_declining_needs_a_reason_that_the_other_reads(
    manager_context: Context, laptop_db: Database, jobs: Jobs, qtbot: QtBot, settle: Settle
) -> None:
    page = opened(manager_context, qtbot, settle)
    page._ask_decline()
    field = next(f for f in page.window().findChildren(QLineEdit) if f.accessibleName() == "原因")
    answer = next(b for b in page.window().findChildren(Button) if b.text() == "婉拒")
    answer.click()
    settle()
    assert page._shown.state is JointState.INVITED
    field.setText("下午开会")
    answer.click()
    settle()
    host = opened(make_context(laptop_db, jobs), qtbot, settle)
    assert host._shown.state is JointState.DECLINED
    assert "下午开会" in host._about.text()
    assert offered(host) == set()


@pytest.mark.usefixtures("invited")
def test_after_both_check_ins_each_signs_once(
    manager_context: Context, laptop_db: Database, qtbot: QtBot, settle: Settle
) -> None:
    page = opened(manager_context, qtbot, settle)
    page._do_primary()
    settle()
    with laptop_db.writing() as session:
        account = page._shown.account_id
        for who in (person(laptop_db, Role.REP), manager_context.me):
            visits.start(session, account, Arrival(PositionSource.NONE), me=who.id, at=NOW, far_reason="x")
    page.refresh()
    settle()
    assert offered(page) == {"sign", "away"}
    page._do_primary()
    settle()
    assert offered(page) == set()
    assert page._facts["my_word"].value.text() == "我们一起到店"


def test_a_visit_goes_to_a_colleague_by_file_and_a_wrong_file_is_refused_in_words(
    context: Context,
    manager_context: Context,
    laptop_db: Database,
    qtbot: QtBot,
    settle: Settle,
    tmp_path: Path,
) -> None:
    with laptop_db.writing() as session:
        stop = first_stop(session, context.me.id)
        row_id = joint_visits.invite(
            session, stop.plan_id, manager_context.me.id, me=context.me.id, today=TODAY
        )
    host = opened(context, qtbot, settle)
    assert "hand" in offered(host)
    host.hand_over(tmp_path / "joint.fieldcrm-visit")
    settle()
    with laptop_db.writing() as session:
        joint_visits.call_off(session, row_id, NOW, me=context.me.id)
    guest = opened(manager_context, qtbot, settle)
    (tmp_path / "other").write_bytes(b"no")
    guest.take_over(tmp_path / "other")
    settle()
    assert guest._shown is None
    assert manager_context.shell.errors
    guest.take_over(tmp_path / "joint.fieldcrm-visit")
    settle()
    assert guest._shown.state is JointState.AGREED


def test_a_manager_joins_from_the_card_of_the_reps_plan_and_the_card_says_so(
    manager_context: Context, qtbot: QtBot, settle: Settle
) -> None:
    page = PlanPage(manager_context)
    qtbot.addWidget(page)
    manager_context.shell.widget = page
    page.show()
    qtbot.waitUntil(lambda: bool(page._board.columns[TODAY.weekday()].day.stops))
    stop = page._board.columns[TODAY.weekday()].day.stops[0]
    page._invite(stop, manager_context.me.id, manager_context.me.name)
    settle()
    again = page._board.columns[TODAY.weekday()].day.stops[0]
    assert again.partner == manager_context.me.name
    page._take_back()
    settle()
    assert page._board.columns[TODAY.weekday()].day.stops[0].partner == ""


def test_when_the_other_can_is_said_here_and_taken_back_by_undo(
    manager_context: Context, invited: None, qtbot: QtBot, settle: Settle
) -> None:
    page = opened(manager_context, qtbot, settle)
    page.when.first.setText("9:30")
    page.when.first.left.emit()
    page.when.last.setText("9:00")
    page.when.last.left.emit()
    settle()
    assert page._shown is not None
    assert page._shown.from_time is None
    page.when.last.setText("11")
    page.when.last.left.emit()
    settle()
    page.refresh()
    settle()
    assert (page._shown.from_time, page._shown.until_time) == ("09:30", "11:00")
    assert page.context.shell.undo is not None
    page.context.shell.undo()
    settle()
    page.refresh()
    settle()
    assert page._shown.from_time is None
