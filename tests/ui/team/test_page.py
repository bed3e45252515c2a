"""The live board follows what arrives, and leads to the report and the plan."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm.model.users import Role
from fieldcrm.model.visits import PositionSource
from fieldcrm.rules.positions import Position
from fieldcrm.services import team, today, visits
from fieldcrm.services.team_day import Doing
from fieldcrm.services.visits import Arrival
from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.team.page import TeamPage
from tests.ui.conftest import NOW, TODAY, Settle, person


@pytest.fixture
def page(manager_context: Context, qtbot: QtBot, settle: Settle) -> TeamPage:
    made = TeamPage(manager_context)
    qtbot.addWidget(made)
    made.resize(1216, 720)
    made.show()
    settle()
    return made


def check_in(page: TeamPage, database: Database, qtbot: QtBot) -> None:
    """Let the rep stand in his first store, as if the visit had just arrived by sync."""
    me = person(database, Role.REP).id
    with database.writing() as session:
        stop = today.day(session, me, NOW).stops[0]
        assert stop.position is not None
        here = Position(stop.position.latitude_e7, stop.position.longitude_e7, stop.position.datum)
        arrival = Arrival(PositionSource.DEVICE, here, 20, 5)
        visits.start(session, stop.account_id, arrival, me=me, at=NOW, plan_id=stop.plan_id)
    qtbot.waitUntil(lambda: page.model.rows[0].doing is Doing.IN_STORE)


def test_each_rep_of_the_manager_has_a_line(page: TeamPage, laptop_db: Database) -> None:
    with laptop_db.reading() as session:
        reps = team.reps_of(session, page.context.me.id)
    assert {day.id for day in page.model.rows} == {rep.id for rep in reps}
    assert "9" in page.header.facts.text()


def test_a_check_in_that_arrives_moves_the_line_and_the_map(
    page: TeamPage, laptop_db: Database, qtbot: QtBot
) -> None:
    assert page.model.rows[0].doing is not Doing.IN_STORE
    check_in(page, laptop_db, qtbot)
    day = page.model.rows[0]
    assert (day.doing, bool(day.store), day.position is not None) == (Doing.IN_STORE, True, True)
    assert len(page._placed) == 1
    assert "1 人在店内" in page.header.facts.text()


def test_a_disc_picks_its_rep_and_the_buttons_lead_on(
    page: TeamPage, laptop_db: Database, qtbot: QtBot
) -> None:
    check_in(page, laptop_db, qtbot)
    page._on_mark(0)
    assert page.table.row().id == page._placed[0].id
    page._open_chosen()
    assert page.context.shell.toasts[-1] == "拜访结束后才有报告。"
    page._open_plan()
    assert page.context.shell.opened[-1] == ("plan", {"on": TODAY, "rep_id": page._placed[0].id})


def test_offline_the_board_says_as_of_when_it_is(page: TeamPage) -> None:
    page.context.connection.update(online=False, last_sync=NOW - timedelta(hours=2))
    assert "离线，数据截至" in page.header.facts.text()
    page.context.connection.update(online=True)
    assert "离线" not in page.header.facts.text()
