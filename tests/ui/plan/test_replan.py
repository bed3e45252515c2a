"""A day is planned again on the screen: compared, helped along, taken, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.errors import WorkerLost
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.rules.routing.offers import offers
from fieldcrm.rules.routing.planning import Keep
from fieldcrm.rules.routing.relaxing import Change, Relaxation
from fieldcrm.services import solving
from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.plan.page import PlanPage
from fieldcrm.ui.plan.proposal import ProposalDialog
from fieldcrm.ui.plan.replan import Replan
from tests.ui.conftest import LOOKS, TODAY, Settle, Shoot


@pytest.fixture(autouse=True)
def search_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search in a thread: the process itself is tested by ``tests/services/test_solving.py``."""
    monkeypatch.setattr(solving, "solve", lambda _work, asked, *, stop, told: offers(asked, told, stop))


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle, laptop_db: Database) -> PlanPage:
    with laptop_db.writing() as session:
        for plan in session.scalars(select(VisitPlan).where(VisitPlan.on == TODAY)):
            plan.minutes = 90
    made = PlanPage(context)
    qtbot.addWidget(made)
    context.shell.widget = made
    made.resize(1440, 900)
    made.show()
    settle()
    return made


@pytest.fixture
def dialog(page: PlanPage, settle: Settle) -> Replan:
    page._on_order()
    settle()
    return opened(page)


def opened(page: PlanPage) -> Replan:
    found = page.findChild(Replan)
    assert isinstance(found, Replan)
    return found


def of_today(database: Database) -> list[tuple[UUID, date | None, str | None, int, PlanStatus]]:
    with database.reading() as session:
        found = select(VisitPlan).where(VisitPlan.on == TODAY, VisitPlan.archived_at.is_(None))
        plans = session.scalars(found.order_by(VisitPlan.sequence)).all()
        return [(p.id, p.moved_to, p.start_time, p.minutes, p.status) for p in plans]


def test_three_ways_are_compared_and_what_is_left_out_says_why(dialog: Replan) -> None:
    assert set(dialog._offers) == set(Keep)
    best = dialog._offers[Keep.BEST]
    assert best.is_final
    assert best.left_out
    assert all(out.relaxations or out.other_day for out in best.left_out)
    assert not dialog._progress.isVisible()


def test_the_plan_taken_is_the_one_shown_and_can_be_taken_back(
    page: PlanPage, dialog: Replan, settle: Settle, laptop_db: Database
) -> None:
    before = of_today(laptop_db)
    shown = [stop.key for stop in dialog._offers[Keep.BEST].route.stops]
    dialog.take.click()
    settle()
    assert [plan_id for plan_id, *_ in of_today(laptop_db)][: len(shown)] == shown
    page._take_back()
    settle()
    assert of_today(laptop_db) == before


def test_a_store_moved_to_another_day_is_moved_when_the_plan_is_taken_and_comes_back(
    page: PlanPage, dialog: Replan, settle: Settle, laptop_db: Database
) -> None:
    before = of_today(laptop_db)
    out = next(o for o in dialog._offers[Keep.BEST].left_out if o.other_day)
    assert out.other_day is not None
    dialog._move(out.why.key, out.other_day)
    settle()
    assert of_today(laptop_db) == before
    dialog.take.click()
    settle()
    moved = {plan_id: to for plan_id, to, *_ in of_today(laptop_db)}
    assert moved[out.why.key] == out.other_day
    page._take_back()
    settle()
    assert of_today(laptop_db) == before


def test_a_shorter_visit_is_kept_short_and_undo_gives_the_minutes_back(
    page: PlanPage, dialog: Replan, settle: Settle, laptop_db: Database
) -> None:
    before = of_today(laptop_db)
    key = dialog._offers[Keep.BEST].route.stops[0].key
    change = Relaxation[UUID](Change.VISIT_SHORTER, 30, 45.0)
    dialog._relax(key, change)
    settle()
    dialog.take.click()
    settle()
    assert next(minutes for plan_id, _, _, minutes, _ in of_today(laptop_db) if plan_id == key) == 60
    page._take_back()
    settle()
    assert of_today(laptop_db) == before


def test_a_wish_lets_more_in_and_undo_asks_as_before(dialog: Replan, settle: Settle) -> None:
    left_out = len(dialog._offers[Keep.BEST].left_out)
    day_longer = [
        (out.why.key, change)
        for out in dialog._offers[Keep.BEST].left_out
        for change in out.relaxations
        if change.change is Change.DAY_LONGER
    ]
    dialog._relax(*day_longer[0])
    settle()
    assert len(dialog._offers[Keep.BEST].left_out) < left_out
    dialog._back.click()
    settle()
    assert len(dialog._offers[Keep.BEST].left_out) == left_out


def test_the_arrow_keys_choose_the_way(dialog: Replan, qtbot: QtBot) -> None:
    qtbot.keyClick(dialog.ways.button(Keep.BEST), Qt.Key.Key_Left)
    assert dialog._chosen is Keep.SMALL


def test_a_lost_worker_leaves_the_first_plan_usable(
    page: PlanPage, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> object:
        raise WorkerLost(exit_code=9)

    monkeypatch.setattr(solving, "solve", lost)
    page._on_order()
    settle()
    dialog = opened(page)
    assert "什么都没有改" in dialog._note.text()
    assert dialog.take.isEnabled()
    assert set(dialog._offers) == set(Keep)


def test_closing_the_question_ends_the_search(
    page: PlanPage, settle: Settle, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []

    def endless(_work: object, _asked: object, *, stop: Callable[[], bool], told: object) -> object:
        while not stop():
            pass
        stopped.append(True)
        raise WorkerLost(exit_code=None)

    monkeypatch.setattr(solving, "solve", endless)
    page._on_order()
    qtbot.waitUntil(lambda: opened(page)._task is not None)
    opened(page).leave()
    settle()
    assert stopped == [True]
    assert page.context.shell.errors == []


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_question_looks_right(
    page: PlanPage, look: Callable[[str, str], None], settle: Settle, shoot: Shoot, language: str, mode: str
) -> None:
    look(language, mode)
    page._on_order()
    settle()
    shoot(page, f"replan-{language}-{mode}")


def test_each_visit_of_a_proposal_is_taken_moved_or_refused(
    page: PlanPage, settle: Settle, laptop_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solving, "solve", lambda work, asked, *, stop, told: work(asked, told, lambda: True))
    page._on_propose()
    settle()
    dialog = page.findChild(ProposalDialog)
    assert isinstance(dialog, ProposalDialog)
    refused, moved, *others = dialog.lines
    refused.tick.setChecked(False)
    last = max(line.on for line in dialog.lines)
    moved.put_on(last)
    before = open_plans(laptop_db)
    dialog.take.click()
    settle()
    assert open_plans(laptop_db) == before + len(others) + 1
    with laptop_db.reading() as session:
        days = session.scalars(
            select(VisitPlan.on).where(VisitPlan.account_id == moved.key, VisitPlan.archived_at.is_(None))
        ).all()
    assert last in days
    page._take_back()
    settle()
    assert open_plans(laptop_db) == before


def open_plans(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(VisitPlan.id).where(VisitPlan.archived_at.is_(None))).all())
