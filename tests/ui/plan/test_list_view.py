"""The plan as a list: the same visits as the board, sorted, opened and changed by keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from fieldcrm.services.plan_board import StopState
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.plan.page import PlanPage
from tests.ui.conftest import LOOKS, TODAY, Settle, Shoot


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> PlanPage:
    made = PlanPage(context)
    qtbot.addWidget(made)
    context.shell.widget = made
    made.resize(1440, 900)
    made.show()
    settle()
    made._span.button("list").click()
    settle()
    return made


def test_the_list_holds_the_visits_of_the_board_day_by_day(page: PlanPage) -> None:
    board = [stop.plan_id for day in page._board.columns for stop in day.day.stops]
    assert page.list.isVisible()
    assert [row.plan_id for row in page.list.model.rows] == board != []


def test_a_heading_sorts_and_the_order_of_the_day_breaks_ties(page: PlanPage) -> None:
    page.list.model.sort(3)
    rows = page.list.model.rows
    assert [row.grade for row in rows] == sorted(row.grade for row in rows)
    alike = [row for row in rows if row.grade == rows[0].grade]
    assert [row.on for row in alike] == sorted(row.on for row in alike)


def test_keys_open_a_store_and_send_its_visit_to_another_day(
    page: PlanPage, qtbot: QtBot, settle: Settle
) -> None:
    table, friday = page.list.table, TODAY + timedelta(2)
    place = next(n for n, row in enumerate(page.list.model.rows) if row.on == TODAY)
    table.pick(place)
    table.setFocus()
    stop = table.row()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert page.context.shell.opened[-1] == ("account", {"account_id": stop.account_id})
    qtbot.keyClick(table, Qt.Key.Key_5)
    settle()
    states = {(row.account_id, row.on): row.state for row in page.list.model.rows}
    assert states[stop.account_id, TODAY] is StopState.MOVED
    assert states[stop.account_id, friday] is StopState.PLANNED


def test_space_offers_what_the_card_offers(page: PlanPage, qtbot: QtBot) -> None:
    table = page.list.table
    table.pick(next(n for n, row in enumerate(page.list.model.rows) if row.on == TODAY))
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Space)
    [menu] = page.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    offered = {action.text() for action in menu.actions()}
    menu.close()
    assert {tr("Open account"), tr("Skip…"), tr("Take out of the plan")} <= offered


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_list_in_every_look(
    language: str, mode: str, look: Callable[[str, str], None], context: Context, qtbot: QtBot,
    settle: Settle, shoot: Shoot,
) -> None:  # fmt: skip
    look(language, mode)
    page = PlanPage(context)
    qtbot.addWidget(page)
    page._on_span("list")
    shoot(page, f"plan-list-{language}-{mode}")
