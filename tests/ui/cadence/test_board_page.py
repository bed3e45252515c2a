"""The visit board over the demo's history: figures, their rows, the changes it proposes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import VisitPlan
from fieldcrm.rules.next_period import Change, Proposed
from fieldcrm.storage.database import Database
from fieldcrm.ui import formats
from fieldcrm.ui.cadence import figures
from fieldcrm.ui.cadence.board_page import BoardPage
from fieldcrm.ui.context import Context
from tests.ui.conftest import LOOKS, TODAY, Settle, Shoot


def shown(context: Context, qtbot: QtBot, settle: Settle) -> BoardPage:
    made = BoardPage(context)
    qtbot.addWidget(made)
    context.shell.widget = made  # type: ignore[attr-defined]
    made.resize(1440, 900)
    made.show()
    settle()
    return made


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> BoardPage:
    return shown(context, qtbot, settle)


def test_every_figure_opens_the_rows_it_was_counted_from(page: BoardPage, settle: Settle) -> None:
    page.go(-1)
    settle()
    assert page.found is not None
    for key, kind in figures.KINDS.items():
        page.choose(key)
        figure = kind.of(page.found.board)
        assert len(page.lines.rows) == len(figure.lines)
        if key in ("done", "covered", "strike", "route", "in_time"):
            assert sum(line.counts for line in page.lines.rows) == figure.part
    assert page.found.board.done.share is not None


def test_a_week_without_plans_says_a_dash_and_not_nought(page: BoardPage, settle: Settle) -> None:
    page.on = TODAY + timedelta(365)
    page.refresh()
    settle()
    assert page.tiles["done"].accessibleName().split()[1].rstrip(",") == formats.NONE
    assert "0%" not in page.tiles["strike"].accessibleName()


def test_day_week_and_month_have_their_own_bounds(page: BoardPage) -> None:
    page.span = "day"
    assert page.bounds() == (TODAY, TODAY)
    page.span = "week"
    assert [day.isoweekday() for day in page.bounds()] == [1, 7]
    page.span = "month"
    first, last = page.bounds()
    assert (first.day, (last + timedelta(1)).day) == (1, 1)


def test_a_click_plans_a_store_first_and_the_toast_takes_it_back(
    page: BoardPage, settle: Settle, laptop_db: Database
) -> None:
    with laptop_db.reading() as session:
        account = session.scalars(select(Account.id).order_by(Account.id)).first()
    assert account is not None
    page.take(Proposed(Change.FIRST, account, 7))
    settle()
    with laptop_db.reading() as session:
        days = session.scalars(
            select(VisitPlan.on).where(
                VisitPlan.account_id == account, VisitPlan.on > TODAY, VisitPlan.archived_at.is_(None)
            )
        ).all()
    monday = TODAY + timedelta(7 - TODAY.weekday())
    assert set(days) & {monday, monday + timedelta(1)}


def test_a_click_gives_a_store_the_rhythm_it_really_has_with_the_reason(
    page: BoardPage, settle: Settle, laptop_db: Database
) -> None:
    with laptop_db.reading() as session:
        account = session.scalars(select(Account.id).order_by(Account.id)).first()
    assert account is not None
    page.take(Proposed(Change.SLOWER, account, 7, (18, 20, 22), 20))
    settle()
    with laptop_db.reading() as session:
        found = session.get_one(Account, account)
        assert found.cadence_days == 20
        assert found.cadence_reason


def test_a_manager_sees_the_team_by_rep(manager_context: Context, qtbot: QtBot, settle: Settle) -> None:
    page = shown(manager_context, qtbot, settle)
    assert page.found is not None
    assert [rep.name for rep, _ in page.found.by_rep] == [row[0].name for row in page.reps.rows]
    assert page.people.isVisible()


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_board_looks_right(
    page: BoardPage, look: Callable[[str, str], None], settle: Settle, shoot: Shoot, language: str, mode: str
) -> None:
    look(language, mode)
    page.go(-1)
    settle()
    shoot(page, f"visit-board-{language}-{mode}")
