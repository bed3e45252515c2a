"""Phone work through the real page: call by call with the keyboard, kept, taken back, saved lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from fieldcrm.model.calls import CallOutcome
from fieldcrm.services import call_lists, calls
from fieldcrm.storage.account_list import Chip, Query
from fieldcrm.storage.database import Database
from fieldcrm.sync import outbox
from fieldcrm.ui.calls.page import CallsPage
from fieldcrm.ui.context import Context
from tests.ui.conftest import LOOKS, NOW, Settle, Shoot


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers handed to the phone program."""
    numbers: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: numbers.append(url.toString()))
    return numbers


@pytest.fixture
def page(context: Context, laptop_db: Database, qtbot: QtBot, settle: Settle) -> CallsPage:
    outbox.attach(laptop_db)
    context.connection.update(last_sync=NOW)
    made = CallsPage(context)
    qtbot.addWidget(made)
    context.shell.widget = made
    made.resize(1216, 900)
    made.show()
    for _ in range(3):
        settle()
    return made


def test_a_call_is_made_and_kept_with_the_keyboard_and_the_next_store_follows(
    page: CallsPage, context: Context, laptop_db: Database, qtbot: QtBot, settle: Settle, dialled: list[str]
) -> None:
    first, second = page.model.rows[:2]
    page.list.setFocus()
    qtbot.keyClick(page.list, Qt.Key.Key_C)
    qtbot.keyClick(page.list, Qt.Key.Key_2)
    qtbot.keyClick(page.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    for _ in range(3):
        settle()
    assert len(dialled) == 1
    assert dialled[0].startswith("tel:")
    with laptop_db.reading() as session:
        [call] = calls.of_account(session, first.id)
    assert call.outcome == "not_reached"
    assert page.list.row().id == second.id
    assert [each.called is not None for each in page.model.rows if each.id == first.id] == [True]
    assert page.form.outcome.current is None

    context.shell.undo()
    for _ in range(3):
        settle()
    with laptop_db.reading() as session:
        assert calls.of_account(session, first.id) == ()


def test_keeping_without_an_outcome_says_so_and_keeps_nothing(
    page: CallsPage, laptop_db: Database, settle: Settle
) -> None:
    entry = page.list.row()
    page.keep()
    settle()
    assert page.form.missing.text()
    with laptop_db.reading() as session:
        assert calls.of_account(session, entry.id) == ()


def test_calling_back_asks_for_a_time_to_come(page: CallsPage, laptop_db: Database, settle: Settle) -> None:
    entry = page.list.row()
    page.form.pick_outcome(list(CallOutcome).index(CallOutcome.CALL_BACK))
    page.form.time.setText("half past")
    page.keep()
    page.form.time.setText("14:30")
    page.keep()
    for _ in range(3):
        settle()
    with laptop_db.reading() as session:
        [call] = calls.of_account(session, entry.id)
    assert call.call_back_at is not None
    assert call.call_back_at > NOW


def test_what_was_typed_of_one_store_waits_until_one_comes_back(page: CallsPage, settle: Settle) -> None:
    page.form.note.setText("Ask again")
    page._go(1)
    for _ in range(3):
        settle()
    assert page.form.note.text() == ""
    page._go(-1)
    for _ in range(3):
        settle()
    assert page.form.note.text() == "Ask again"


def test_a_list_is_saved_under_a_name_chosen_again_and_removed_with_undo(
    page: CallsPage, context: Context, laptop_db: Database, settle: Settle
) -> None:
    page.show_place(query=Query(Chip.GRADE_A))
    settle()
    page.save("A stores")
    for _ in range(3):
        settle()
    with laptop_db.reading() as session:
        [saved] = [each for each in call_lists.of_user(session, context.me.id) if each.name == "A stores"]
    assert page.choice.value == saved.id
    page.remove(saved)
    for _ in range(3):
        settle()
    with laptop_db.reading() as session:
        assert saved not in call_lists.of_user(session, context.me.id)
    context.shell.undo()
    for _ in range(3):
        settle()
    with laptop_db.reading() as session:
        assert saved in call_lists.of_user(session, context.me.id)


def test_an_empty_list_says_how_to_fill_it(page: CallsPage, settle: Settle) -> None:
    page.show_place(query=Query(city="Nowhere"))
    settle()
    assert page._stack.currentIndex() == 1


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_phone_work_in_every_look(
    language: str, mode: str, look: Callable[[str, str], None], context: Context,
    qtbot: QtBot, settle: Settle, shoot: Shoot,
) -> None:  # fmt: skip
    look(language, mode)
    context.connection.update(last_sync=NOW)
    page = CallsPage(context)
    qtbot.addWidget(page)
    page.show()
    for _ in range(3):
        settle()
    page.form.pick_outcome(2)
    shoot(page, f"calls-{language}-{mode}", ((1216, 900), (1216, 648)))
