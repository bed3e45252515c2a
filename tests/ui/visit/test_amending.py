"""A submitted report is opened again, changed, and sent with a reason; before that nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from fieldcrm.ids import new_id
from fieldcrm.model.visits import Decision, VisitAmendment
from fieldcrm.services import reviews, visits
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.reviews import amendments as card
from fieldcrm.ui.visit.page import VisitPage
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import TextField
from tests.ui.conftest import NOW
from tests.ui.visit.conftest import AtStore
from tests.ui.visit.test_visit_page import finish, to_step


@pytest.fixture
def submitted(running: VisitPage, settle: Any, tmp_path: Path) -> tuple[VisitPage, UUID]:
    """The workspace of a visit that was checked out."""
    finish(running, tmp_path, settle)
    running.go_on()
    settle()
    assert running.visit is not None
    return running, running.visit.visit_id


def amendments(at_store: AtStore) -> int:
    found = at_store.read(lambda s: s.scalar(select(func.count()).select_from(VisitAmendment)))
    assert isinstance(found, int)
    return found


def dialog_of(shown: QWidget) -> Dialog:
    return next(each for each in shown.window().findChildren(Dialog) if each.isVisible())


def press(dialog: Dialog, words: str) -> None:
    next(button for button in dialog.findChildren(Button) if button.text() == tr(words)).click()


def test_an_amendment_is_written_at_the_end_with_its_reason(
    submitted: tuple[VisitPage, UUID], at_store: AtStore, settle: Any, qtbot: QtBot
) -> None:
    page, visit_id = submitted
    assert page.amend_button.isVisible()
    page.amend()
    settle()
    to_step(page, "price", settle)
    assert page.step is not None
    page.step.answered.emit("tea_price", "6.0")
    to_step(page, "order", settle)
    assert at_store.read(lambda s: visits.latest_answers(s, visit_id))["price"]["tea_price"] == "5.5"
    page._go_to("wrap_up")
    settle()
    page.go_on()
    dialog = dialog_of(at_store.shell.window())
    press(dialog, "Send the amendment")  # without a reason it stays
    settle()
    assert amendments(at_store) == 0
    dialog.findChildren(TextField)[0].setText("the price tag was read wrongly")
    press(dialog, "Send the amendment")
    settle()
    assert amendments(at_store) == 1
    assert at_store.read(lambda s: visits.latest_answers(s, visit_id))["price"]["tea_price"] == "6.0"
    full = at_store.read(lambda s: reviews.report(s, visit_id))
    [one] = full.amended
    assert [(change.before, change.after) for change in one.changes] == [("5.5", "6.0")]
    shown = card.differences(full.amended, NOW)
    assert shown is not None
    qtbot.addWidget(shown)


def test_what_was_begun_comes_back_and_leaving_writes_nothing(
    submitted: tuple[VisitPage, UUID], at_store: AtStore, settle: Any
) -> None:
    page, visit_id = submitted
    page.amend()
    settle()
    to_step(page, "price", settle)
    page.step.answered.emit("tea_price", "6.0")  # type: ignore[union-attr]  # to_step says so
    settle()
    page.leaving()
    page._forget()
    page.show_place(visit_id=visit_id)
    settle()
    assert page.step is None
    page.amend()
    settle()
    assert page.progress.answers["price"]["tea_price"] == "6.0"
    assert amendments(at_store) == 0


def test_an_approved_report_offers_no_amendment(
    submitted: tuple[VisitPage, UUID], at_store: AtStore, settle: Any
) -> None:
    page, visit_id = submitted
    at_store.write(lambda s: reviews.say(s, visit_id, Decision.APPROVED, me=new_id(), at=NOW))
    page._read_visit(visit_id)
    settle()
    assert not page.amend_button.isVisible()
