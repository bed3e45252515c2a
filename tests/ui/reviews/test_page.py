from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm.model.users import Role
from fieldcrm.model.visits import Decision, VisitReview
from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.reviews.page import ReviewsPage
from tests.ui.conftest import LOOKS, Settle, Shoot, make_context


def decisions(database: Database) -> list[tuple[str, str]]:
    """Return what was said since the page opened; the demo's own reviews are stored ones."""
    with database.reading() as session:
        rows = session.query(VisitReview).filter(VisitReview.version == 0).order_by(VisitReview.at.desc())
        return [(str(row.decision), row.text) for row in rows]


@pytest.fixture
def page(manager_context: Context, qtbot: QtBot, settle: Settle) -> ReviewsPage:
    made = ReviewsPage(manager_context)
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    settle()
    return made


def test_the_first_waiting_report_is_open_and_counts_as_seen(page: ReviewsPage, laptop_db: Database) -> None:
    assert page._full is not None
    assert page._full.report.visit_id == page.model.rows[0].visit_id
    assert decisions(laptop_db)[0][0] == Decision.SEEN


def test_approving_opens_the_next_report_and_is_written_when_the_page_is_left(
    page: ReviewsPage, laptop_db: Database, settle: Settle
) -> None:
    first, waiting = page._full.report.visit_id, page.model.rowCount()
    page._on_approve()
    settle()
    assert page.model.rowCount() == waiting - 1
    assert page._full.report.visit_id != first
    page.leaving()
    settle()
    assert Decision.APPROVED in [decision for decision, _ in decisions(laptop_db)]


def test_an_approval_can_be_taken_back(page: ReviewsPage, laptop_db: Database, settle: Settle) -> None:
    waiting = page.model.rowCount()
    page._on_approve()
    settle()
    page.context.shell.undo()
    settle()
    page.leaving()
    settle()
    assert page.model.rowCount() == waiting
    assert Decision.APPROVED not in [decision for decision, _ in decisions(laptop_db)]


def test_returning_without_words_asks_for_them(
    page: ReviewsPage, laptop_db: Database, settle: Settle
) -> None:
    page._on_return()
    page.leaving()
    settle()
    assert decisions(laptop_db)[0][0] == Decision.SEEN
    page._reply.setText("缺冰柜照片")
    page._on_return()
    page.leaving()
    settle()
    assert ("returned", "缺冰柜照片") in decisions(laptop_db)


def test_a_filter_without_hits_says_so(page: ReviewsPage, settle: Settle) -> None:
    page._search.setText("没有这家店")
    page._search.settle_now()
    assert page._lists.currentWidget() is page._nothing


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    language: str,
    mode: str,
    look: Callable[[str, str], None],
    laptop_db: Database,
    jobs: Jobs,
    shoot: Shoot,
    qtbot: QtBot,
) -> None:
    look(language, mode)
    made = ReviewsPage(make_context(laptop_db, jobs, Role.MANAGER))
    qtbot.addWidget(made)
    shoot(made, f"reviews-{language}-{mode}", ((1216, 900), (1216, 720)))
