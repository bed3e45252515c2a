from collections.abc import Callable
from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from fieldcrm.services.plan_board import PlannedVisit, StopState
from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.plan.page import PlanPage
from fieldcrm.ui.widgets.buttons import Button
from tests.ui.conftest import LOOKS, TODAY, Settle, Shoot, make_context

FRIDAY = TODAY + timedelta(2)


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> PlanPage:
    made = PlanPage(context)
    qtbot.addWidget(made)
    context.shell.widget = made
    made.resize(1440, 900)
    made.show()
    settle()
    return made


def day(page: PlanPage, on: date) -> list[PlannedVisit]:
    return list(page._board.columns[on.weekday()].day.stops)


def test_the_week_of_today_is_shown_with_its_stores(page: PlanPage) -> None:
    assert page._monday == TODAY - timedelta(TODAY.weekday())
    assert all(stop.state == StopState.PLANNED for stop in day(page, TODAY))
    assert len(day(page, TODAY)) == 9


def test_a_digit_sends_a_waiting_store_to_that_day_and_undo_takes_it_back(
    page: PlanPage, qtbot: QtBot, settle: Settle
) -> None:
    waiting, before = len(page._due.rows), len(day(page, FRIDAY))
    page._due.setFocus()
    qtbot.keyClick(page._due, Qt.Key.Key_5)
    settle()
    assert (len(page._due.rows), len(day(page, FRIDAY))) == (waiting - 1, before + 1)
    page._take_back()
    settle()
    assert (len(page._due.rows), len(day(page, FRIDAY))) == (waiting, before)


def test_a_card_moved_to_friday_leaves_a_trace_today(page: PlanPage, settle: Settle) -> None:
    stop = day(page, TODAY)[0]
    page._put(stop, FRIDAY, 0)
    settle()
    assert day(page, TODAY)[0].state == StopState.MOVED
    assert day(page, FRIDAY)[0].account == stop.account
    page._take_back()
    settle()
    assert day(page, TODAY)[0].state == StopState.PLANNED
    assert stop.account not in [s.account for s in day(page, FRIDAY) if s.state == StopState.PLANNED]


def test_alt_and_arrows_reorder_a_day(page: PlanPage, qtbot: QtBot, settle: Settle) -> None:
    first, second = day(page, FRIDAY)[:2]
    cards = page._board.columns[4].cards
    cards.setFocus()
    cards.current = 1
    qtbot.keyClick(cards, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    settle()
    assert [stop.plan_id for stop in day(page, FRIDAY)[:2]] == [second.plan_id, first.plan_id]


def test_skipping_asks_for_a_reason_and_keeps_asking_without_one(
    page: PlanPage, qtbot: QtBot, settle: Settle
) -> None:
    stop = day(page, TODAY)[2]
    page._ask_skip(stop)
    skip = next(b for b in page.window().findChildren(Button) if b.text() == "跳过这家")
    skip.click()
    settle()
    assert day(page, TODAY)[2].state == StopState.PLANNED
    field = next(f for f in page.window().findChildren(QLineEdit) if f.accessibleName() == "原因")
    field.setText("店休")
    skip.click()
    settle()
    assert (day(page, TODAY)[2].state, day(page, TODAY)[2].reason) == (StopState.SKIPPED, "店休")


def test_the_month_opens_the_week_of_a_day(page: PlanPage, settle: Settle) -> None:
    page._on_span("month")
    settle()
    assert len(page._grid._days) in (28, 35, 42)
    page._grid.opened.emit(TODAY + timedelta(7))
    settle()
    assert page._monday == TODAY + timedelta(7 - TODAY.weekday())
    assert not page._shows_month


def test_repeating_the_week_can_be_undone(page: PlanPage, settle: Settle) -> None:
    def planned() -> int:
        return sum(len(column.day.stops) for column in page._board.columns)

    page._go(1)
    settle()
    before = planned()
    page._go(-1)
    settle()
    page._on_repeat()
    settle()
    page._take_back()
    page._go(1)
    settle()
    assert planned() == before


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    language: str, mode: str, look: Callable[[str, str], None], laptop_db: Database, jobs: Jobs,
    shoot: Shoot, qtbot: QtBot, settle: Settle,
) -> None:  # fmt: skip
    look(language, mode)
    made = PlanPage(make_context(laptop_db, jobs))
    qtbot.addWidget(made)
    shoot(made, f"plan-week-{language}-{mode}", ((1216, 900), (1216, 720)))
    made._on_span("month")
    settle()
    shoot(made, f"plan-month-{language}-{mode}", ((1216, 900), (1216, 720)))
