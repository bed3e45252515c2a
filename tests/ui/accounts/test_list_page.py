from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fieldcrm.rules.standing import Standing
from fieldcrm.storage.account_list import Chip, Sort
from fieldcrm.ui.accounts.list_page import AccountsPage
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.context import Context
from tests.ui.conftest import LOOKS, NOW, Settle, Shoot


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> AccountsPage:
    context.connection.update(last_sync=NOW)
    made = AccountsPage(context)
    context.shell.widget = made
    qtbot.addWidget(made)
    made.resize(1216, 900)
    made.show()
    settle()
    settle()
    return made


def names(page: AccountsPage) -> list[str]:
    return [page.model.row(n).name for n in range(min(page.model.rowCount(), 90))]


def test_every_store_is_listed_and_counted(page: AccountsPage) -> None:
    assert page.model.rowCount() == 86
    assert page._around.counts.all == 86
    assert page.chips._buttons[Chip.ALL].text().endswith("86")


def test_each_chip_shows_as_many_as_it_says(page: AccountsPage, settle: Settle) -> None:
    for chip, button in list(page.chips._buttons.items()):
        button.click()
        settle()
        assert page.model.rowCount() == int(button.text().rpartition(" ")[2].replace(",", "")), chip


def test_search_narrows_the_list_and_esc_clears_it(page: AccountsPage, settle: Settle) -> None:
    wanted = names(page)[3]
    page.search.setText(wanted)
    page.search.settle_now()
    settle()
    assert names(page) == [wanted]
    assert page.step_back()
    settle()
    assert page.model.rowCount() == 86


def test_a_header_sorts_and_the_sort_is_remembered(page: AccountsPage, settle: Settle, qtbot: QtBot) -> None:
    header = page.table.horizontalHeader()
    header.sectionClicked.emit(0)
    settle()
    assert page.query.sort is Sort.NAME
    assert not page.query.descending
    header.sectionClicked.emit(0)
    settle()
    assert page.query.descending
    again = AccountsPage(page.context)
    qtbot.addWidget(again)
    assert again.query.sort is Sort.NAME


def test_the_inspector_follows_the_row(page: AccountsPage, settle: Settle) -> None:
    page.table.pick(5)
    settle()
    assert page._shown is not None
    assert page.inspector._name.text() == names(page)[5] == page._shown.page.name


def test_enter_opens_and_n_schedules_with_undo(page: AccountsPage, settle: Settle, qtbot: QtBot) -> None:
    rows = (page.model.row(n) for n in range(90))
    page.table.pick(next(n for n, row in enumerate(rows) if row and row.standing is not Standing.TODAY))
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert page.context.shell.opened[-1][0] == "account"
    row = page.table.row()
    page._plan(row, page.context.today())
    settle()
    assert row.name in page.context.shell.toasts[-1]
    page.context.shell.undo()
    settle()


def test_a_search_without_hits_offers_to_clear(page: AccountsPage, settle: Settle) -> None:
    page.search.setText("没有这家店")
    page.search.settle_now()
    settle()
    assert page._stack.currentIndex() == 1
    page._on_empty()
    settle()
    assert page.model.rowCount() == 86


def test_the_selection_stays_when_rows_change(page: AccountsPage, settle: Settle) -> None:
    page.table.pick(4)
    settle()
    chosen = page.table.row().id
    page.show_query(page.query.cleared())
    page.table.horizontalHeader().sectionClicked.emit(0)
    settle()
    settle()
    assert page.table.row().id == chosen


@pytest.mark.parametrize(("language", "mode"), LOOKS[:1])
def test_pictures(
    context: Context, qtbot: QtBot, shoot: Shoot, settle: Settle, look: Callable[[str, str], None],
    language: str, mode: str,
) -> None:  # fmt: skip
    look(language, mode)
    assert isinstance(context.connection, Connection)
    context.connection.update(last_sync=NOW)
    made = AccountsPage(context)
    qtbot.addWidget(made)
    made.resize(1216, 900)
    made.show()
    settle()
    settle()
    made.table.pick(3)
    made.table.setFocus()
    made._preview()
    settle()
    shoot(made, f"accounts-drawer-{language}-{mode}", ((1216, 720),))
