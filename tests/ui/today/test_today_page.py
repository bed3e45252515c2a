"""Today as a rep uses it: the next store, keys, skip and move with undo, a store added."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select, update

from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.visits import Visit
from fieldcrm.services import visits
from fieldcrm.services.today import StopState
from fieldcrm.services.visits import Arrival
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import Departed
from fieldcrm.ui.context import Context
from fieldcrm.ui.shell import ShellView
from fieldcrm.ui.today import dialogs
from fieldcrm.ui.today.add_store import AddStore
from fieldcrm.ui.today.page import TodayPage
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.overlays import Dialog
from tests.ui.conftest import LOOKS, NOW, TODAY, make_context

Settle = Callable[[], None]


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> TodayPage:
    made = TodayPage(context)
    made.setWindowTitle("Today")
    qtbot.addWidget(made)
    context.shell.widget = made  # type: ignore[attr-defined]  # the recording shell
    made.resize(1216, 800)
    made.show()
    settle()
    return made


def shell(page: TodayPage) -> Any:
    return page.context.shell


def dialog(page: TodayPage) -> Dialog:
    return next(each for each in page.window().findChildren(Dialog) if each.isVisible())


def press(panel: QWidget, kind: str) -> None:
    buttons = panel.findChildren(Button)
    next(each for each in buttons if each.property("kind") == kind).click()


def plan(page: TodayPage, plan_id: Any) -> VisitPlan:
    with page.context.database.reading() as session:
        found = session.get(VisitPlan, plan_id)
        assert found is not None
        return found


def test_enter_goes_to_the_check_in_of_the_next_store(page: TodayPage, qtbot: QtBot) -> None:
    stop = page.stop
    assert stop is not None
    assert stop.state is StopState.NEXT
    qtbot.keyClick(page.route, Qt.Key.Key_Return)
    assert shell(page).opened == [("check_in", {"account_id": stop.account_id, "plan_id": stop.plan_id})]


def test_another_stop_can_be_chosen_and_left_again(page: TodayPage) -> None:
    first = page.stop
    page.route.pick(page.model.rowCount() - 1)
    assert page.stop is not None
    assert page.stop.number == page.model.rowCount()
    assert page.step_back()
    assert page.stop == first
    assert not page.step_back()


def test_a_skip_takes_a_reason_and_can_be_undone(page: TodayPage, qtbot: QtBot, settle: Settle) -> None:
    stop = page.stop
    assert stop is not None
    qtbot.keyClick(page.route, Qt.Key.Key_S)
    press(dialog(page), "primary")
    settle()
    skipped = plan(page, stop.plan_id)
    assert (skipped.status, skipped.reason) == (PlanStatus.SKIPPED, "今天店休")
    assert page.stop is not None
    assert page.stop.account_id != stop.account_id
    shell(page).undo()
    settle()
    assert plan(page, stop.plan_id).status is PlanStatus.PLANNED


def test_a_stop_moves_to_another_day_and_back(page: TodayPage, qtbot: QtBot, settle: Settle) -> None:
    stop = page.stop
    assert stop is not None
    qtbot.keyClick(page.route, Qt.Key.Key_M)
    press(dialog(page), "primary")
    settle()
    moved = plan(page, stop.plan_id)
    assert (moved.status, moved.moved_to) == (PlanStatus.MOVED, TODAY + timedelta(days=1))
    shell(page).undo()
    settle()
    assert plan(page, stop.plan_id).status is PlanStatus.PLANNED


def test_a_store_is_added_by_search(page: TodayPage, qtbot: QtBot, settle: Settle) -> None:
    before = page.model.rowCount()
    qtbot.keyClick(page.route, Qt.Key.Key_A)
    settle()
    adding = dialog(page)
    assert isinstance(adding, AddStore)
    due = adding.model.rows[0]
    adding.search.setText(due.name[:4])
    adding.search.settle_now()
    settle()
    assert due.account_id in [row.account_id for row in adding.model.rows]
    qtbot.keyClick(adding.search, Qt.Key.Key_Return)
    settle()
    assert page.model.rowCount() == before + 1
    shell(page).undo()
    settle()
    assert page.model.rowCount() == before


def test_a_running_visit_is_what_today_is_about(page: TodayPage, settle: Settle) -> None:
    stop = page.stop
    assert stop is not None
    me = page.context.me.id
    page.jobs.write(
        page,
        lambda s: visits.start(s, stop.account_id, Arrival(), me=me, at=NOW, plan_id=stop.plan_id),
    )
    settle()
    assert page.stop is not None
    assert (page.stop.account_id, page.stop.state) == (stop.account_id, StopState.CURRENT)
    page.start()
    assert shell(page).opened == [("visit", {"visit_id": page.stop.visit_id})]


def test_a_day_without_a_plan_is_built_from_what_is_due(
    page: TodayPage, laptop_db: Database, settle: Settle
) -> None:
    clear_day(laptop_db)
    page.refresh()
    settle()
    assert page.stop is None
    page.hero.build.emit()
    settle()
    assert page.model.rowCount() > 0


def moved_away(page: TodayPage, *plans: Any, reason: str = "moved") -> None:
    """Let the stores of these stops leave the laptop, as a pull does."""
    with page.context.database.writing() as session:
        for stop in plans:
            account = session.get_one(Account, stop.account_id)
            session.add(Departed(row_id=account.id, entity="account", label=account.name,
                                 left_at=NOW - timedelta(days=3), reason=reason))  # fmt: skip
            session.delete(account)


def test_a_planned_store_that_moved_away_leads_to_why(page: TodayPage, settle: Settle) -> None:
    stop = page.model.rows[-1].stop
    moved_away(page, stop)
    page.refresh()
    settle()
    assert stop.account_id not in [row.stop.account_id for row in page.model.rows]
    [line] = [each for each in lines(page) if stop.name in each.accessibleName()]
    assert "原定今天拜访" in line.accessibleName()
    line.click()
    assert shell(page).opened == [("sync", {"row_id": stop.account_id})]


def test_many_that_moved_away_are_one_line(page: TodayPage, settle: Settle) -> None:
    stops = [row.stop for row in page.model.rows[-4:]]
    moved_away(page, *stops)
    page.refresh()
    settle()
    assert [each.accessibleName() for each in lines(page) if "4 家门店" in each.accessibleName()]


def lines(page: TodayPage) -> list[QAbstractButton]:
    return [each for each in page.attention.findChildren(QAbstractButton) if each.isVisible()]


def test_calling_offers_the_number(page: TodayPage) -> None:
    stop = page.stop
    assert stop is not None
    asked = dialogs.show_phone(page, stop)
    assert asked.accessibleName()
    asked.leave()


def clear_day(database: Database) -> None:
    with database.writing() as session:
        session.execute(update(VisitPlan).where(VisitPlan.on == TODAY).values(archived_at=NOW))


def forget_day(database: Database, me: Any) -> None:
    clear_day(database)
    with database.writing() as session:
        planned = Visit.plan_id.is_not(None)
        session.execute(update(Visit).where(Visit.rep_id == me, planned).values(archived_at=NOW))


def finish_day(database: Database, me: Any) -> None:
    with database.writing() as session:
        plans = session.scalars(select(VisitPlan).where(VisitPlan.on == TODAY, VisitPlan.rep_id == me)).all()
        for number, each in enumerate(plans):
            at = NOW + timedelta(minutes=30 * number - 90)
            visit_id = visits.start(session, each.account_id, Arrival(), me=me, at=at, plan_id=each.id)
            session.flush()
            visits._close(session, visits.load(session, visit_id), at + timedelta(minutes=20), "", None, ())
            session.flush()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_screens(
    laptop_db: Database, jobs: Any, qtbot: QtBot, look: Any, shoot: Any, settle: Settle,
    language: str, theme: str,
) -> None:  # fmt: skip
    look(language, theme)

    view = ShellView()
    qtbot.addWidget(view)
    view.start(make_context(laptop_db, jobs, shell=view), "today")

    def shown(name: str) -> None:
        view.page.refresh()
        settle()
        shoot(view, f"{name}-{language[:2]}-{theme}")

    shown("today")
    me = make_context(laptop_db, jobs).me.id
    finish_day(laptop_db, me)
    shown("today-done")
    forget_day(laptop_db, me)
    shown("today-empty")
