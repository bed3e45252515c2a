from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from fieldcrm.model.users import Role
from fieldcrm.model.visits import Decision, VisitReview
from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.reviews.large_photo import LargePhoto
from fieldcrm.ui.reviews.page import ReviewsPage
from fieldcrm.ui.widgets.buttons import Button, IconButton
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


def test_the_report_that_was_asked_for_last_is_shown_however_the_answers_come(
    page: ReviewsPage, settle: Settle
) -> None:
    earlier, later = page._full, page.model.row(1)
    page.show_visit(later.visit_id)
    page.refresh()
    settle()
    page._show_report(earlier)
    assert page._full.report.visit_id == later.visit_id != earlier.report.visit_id


def test_nothing_is_decided_while_the_report_that_was_chosen_is_on_its_way(
    page: ReviewsPage, settle: Settle
) -> None:
    waiting = page.model.rowCount()
    page.show_visit(page.model.row(1).visit_id)
    page._on_approve()
    assert (page._pending, page.model.rowCount()) == (None, waiting)
    settle()
    page._on_approve()
    assert page._pending is not None


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


def test_plain_reports_are_approved_together_and_taken_back_together(
    page: ReviewsPage, laptop_db: Database, settle: Settle
) -> None:
    calm = [replace(report, flags=(), changes=()) for report in page._reports[:4]]
    page._on_reports([*calm, *page._reports[4:]], page._names)
    plain, waiting = len(page._plain_ones()), page.model.rowCount()
    assert plain >= 2
    page._ask_approve_plain()
    button = next(b for b in page.window().findChildren(Button) if b.text() == "全部批准")
    button.click()
    settle()
    assert page.model.rowCount() == waiting - plain
    page.context.shell.undo()
    settle()
    assert page.model.rowCount() == waiting
    page._approve_plain(calm)
    page.leaving()
    settle()
    assert [decision for decision, _ in decisions(laptop_db)].count(Decision.APPROVED) == len(calm)


def test_a_comment_on_an_answer_says_on_which(page: ReviewsPage, laptop_db: Database, settle: Settle) -> None:
    speak = next(b for b in page._view.findChildren(IconButton) if b.accessibleName().startswith("对「"))
    speak.click()
    assert page._subject.isVisibleTo(page)
    page._reply.setText("请补一张照片")
    page._on_comment()
    settle()
    with laptop_db.reading() as session:
        said = session.query(VisitReview).filter(VisitReview.text == "请补一张照片").one()
        assert (bool(said.step_key), bool(said.field_key), said.photo_id) == (True, True, None)
    assert not page._subject.isVisibleTo(page)


def test_a_spot_of_a_photo_is_taken_by_click_or_by_keys(qtbot: QtBot) -> None:
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    photo = LargePhoto(image, QSize(1000, 800), [(100, 100)])
    qtbot.addWidget(photo)
    photo.show()
    taken: list[tuple[int, int]] = []
    photo.taken.connect(lambda x, y: taken.append((x, y)))
    area = photo._area()
    qtbot.mouseClick(
        photo, Qt.MouseButton.LeftButton, pos=QPoint(round(area.width() / 4), round(area.height() / 2))
    )
    qtbot.keyClick(photo, Qt.Key.Key_Right)
    qtbot.keyClick(photo, Qt.Key.Key_Up)
    qtbot.keyClick(photo, Qt.Key.Key_Return)
    assert taken[0] == (pytest.approx(250, abs=2), pytest.approx(500, abs=2))
    assert taken[1] == (520, 480)


def test_what_is_as_last_time_is_folded_until_asked_for(page: ReviewsPage, settle: Settle) -> None:
    for number in range(page.model.rowCount()):
        page._list.pick(number)
        settle()
        fold = next((b for b in page._view.findChildren(Button) if "项与上次一样" in b.text()), None)
        if fold is not None:
            break
    assert fold is not None
    shown = [w for w in page._view.findChildren(IconButton) if w.isVisible()]
    fold.click()
    assert len([w for w in page._view.findChildren(IconButton) if w.isVisible()]) > len(shown)
