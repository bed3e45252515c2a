"""The shell: sections, way back, keys, counts, toasts, errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from fieldcrm.errors import Offline
from fieldcrm.model.users import Role
from fieldcrm.storage.database import Database
from fieldcrm.ui import sections, sidebar
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.main_window import MainWindow
from fieldcrm.ui.page import Page
from fieldcrm.ui.preferences import Preferences
from fieldcrm.ui.sections import EVERYONE, FIELD, Section
from fieldcrm.ui.shell import ShellView
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import Header, card
from fieldcrm.ui.widgets.typing import LineField
from tests.ui.conftest import make_context


class Sample(Page):
    """A page with a header, a field and a button, which remembers where it was asked to go."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.place: dict[str, Any] = {}
        self.left = 0
        self.field = LineField("", "Name")
        self.button = Button("开始拜访", "primary")
        self.outer.addWidget(Header("今天", "11月18日 星期三", [self.field, self.button]))
        self.outer.addWidget(card(QLabel("")))
        self.outer.addStretch(1)
        self.pressed: list[str] = []
        self.bind("M", lambda: self.pressed.append("M"), "Move")

    def show_place(self, **where: Any) -> None:
        self.place = where

    def leaving(self) -> None:
        self.left += 1

    def panes(self) -> list[QWidget]:
        return [self]


@pytest.fixture
def plain_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sections,
        "SECTIONS",
        (
            Section("today", "Settings", Sample, "calendar-today", FIELD, count=lambda s, c: 6),
            Section("accounts", "Manual", Sample, "storefront-outline", EVERYONE),
            Section("sync", "Undo", Sample, "cloud-sync-outline", EVERYONE, tone="bad", count=lambda s, c: 2),
            Section("visit", "Page", Sample, under="today"),
            Section("account", "Page", Sample, under="accounts"),
        ),
    )


@pytest.fixture
def shell(laptop_db: Database, jobs: Jobs, plain_sections: None, qtbot: QtBot) -> Iterator[ShellView]:
    view = ShellView()
    window = MainWindow(Preferences())
    qtbot.addWidget(window)
    window.show_content(view)
    view.start(make_context(laptop_db, jobs, shell=view))
    window.resize(1440, 900)
    window.show()
    yield view
    window.close()


def page(shell: ShellView) -> Sample:
    shown = shell.page
    assert isinstance(shown, Sample)
    return shown


def test_a_rep_and_a_manager_have_their_own_sections(plain_sections: None) -> None:
    assert [each.key for each in sections.visible("rep")] == ["today", "accounts", "sync"]
    assert [each.key for each in sections.visible("manager")] == ["accounts", "sync"]


def test_a_page_opens_where_it_was_told_and_escape_goes_back(shell: ShellView, qtbot: QtBot) -> None:
    today = page(shell)
    shell.open("visit", visit_id=7)
    assert page(shell).place == {"visit_id": 7}
    assert today.left == 1
    qtbot.keyClick(page(shell), Qt.Key.Key_Escape)
    assert shell.page is today


def test_going_back_from_a_page_opened_first_leads_to_its_section(shell: ShellView) -> None:
    shell.open("accounts")
    shell.open("visit", visit_id=1)
    shell.back()
    assert shell.place == "accounts"
    shell.back()
    assert shell.place == "accounts"


def test_control_and_a_number_go_to_a_section(shell: ShellView, qtbot: QtBot) -> None:
    qtbot.keyClick(shell.page, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert shell.place == "accounts"


def test_single_letters_do_not_act_while_a_field_has_the_focus(shell: ShellView, qtbot: QtBot) -> None:
    shown = page(shell)
    qtbot.keyClick(shown, Qt.Key.Key_M)
    shown.field.setFocus()
    qtbot.keyClick(shown.field, Qt.Key.Key_M)
    assert shown.pressed == ["M"]
    assert shown.field.text() == "m"


def test_counts_stand_beside_their_sections(shell: ShellView, settle: Callable[[], None]) -> None:
    settle()
    assert shell._sidebar is not None
    assert [item._count for item in shell._sidebar.items] == [6, 0, 2]


def test_a_narrow_window_has_a_rail_of_icons(shell: ShellView, qtbot: QtBot) -> None:
    assert shell._sidebar is not None
    assert shell._sidebar.width() == 224
    shell.window().resize(1280, 720)
    qtbot.waitUntil(lambda: shell._sidebar is not None and shell._sidebar.width() == 64)


def test_undo_in_a_toast_runs_once_and_the_toast_goes(shell: ShellView, qtbot: QtBot) -> None:
    undone: list[int] = []
    shell.toast("已改约到周五", lambda: undone.append(1))
    assert shell._toast is not None
    shell._toast._act()
    qtbot.waitUntil(lambda: shell._toast is None)
    assert undone == [1]


def test_an_error_says_what_was_kept_and_offers_to_retry(shell: ShellView) -> None:
    again: list[int] = []
    shell.show_error(Offline("unreachable"), lambda: again.append(1))
    assert shell.error_bar.isVisible()
    assert shell.error_bar.text == (
        "没连上公司服务器。 内容都在本机。连上网络后会自动再发，也可以现在「重试」。"
    )
    shell.error_bar._on_again()
    assert again == [1]
    assert not shell.error_bar.isVisible()


def test_find_anything_finds_a_store_by_part_of_its_name(
    shell: ShellView, settle: Callable[[], None], qtbot: QtBot
) -> None:
    overlay = shell.find_anything()
    panel = overlay.panel
    panel.field.setText("超市")
    panel.field.settle_now()
    settle()
    assert [hit.page for hit in panel.model.rows][:1] == ["account"]
    qtbot.keyClick(overlay, Qt.Key.Key_Escape)
    assert overlay.isHidden()


def test_rebuilding_keeps_the_place(shell: ShellView) -> None:
    shell.open("visit", visit_id=3)
    shell.rebuild()
    assert shell.place == "visit"
    assert page(shell).place == {"visit_id": 3}


def test_leaving_lets_every_page_save_what_is_half_typed(shell: ShellView) -> None:
    shown = page(shell)
    shell.leaving()
    assert shown.left == 1


@pytest.mark.parametrize(("language", "mode"), [("zh_CN", "light"), ("en", "dark")])
def test_the_shell_looks_right(
    language: str, mode: str, look: Callable[[str, str], None], shell: ShellView, shoot: Callable[..., Path]
) -> None:
    look(language, mode)
    shell.rebuild()
    shell.context.connection.update(waiting=7)
    shell.toast("Saved", lambda: None)
    assert shoot(shell.window(), f"shell-{language}-{mode}").exists()


def test_managers_land_on_their_first_section(
    laptop_db: Database, jobs: Jobs, plain_sections: None, qtbot: QtBot
) -> None:
    view = ShellView()
    qtbot.addWidget(view)
    view.start(make_context(laptop_db, jobs, Role.MANAGER, shell=view))
    assert view.place == "accounts"


@pytest.mark.parametrize(
    ("language", "minutes", "said"),
    [("zh_CN", -10, "时钟快了 10 分钟"), ("en", 95, "Clock 1 h 35 min slow"), ("en", -4, ""), ("en", 4, "")],
)
def test_a_clock_that_is_wrong_by_more_than_five_minutes_is_always_in_view(
    language: str, minutes: int, said: str, context: Context, look: Callable[[str, str], None]
) -> None:
    look(language, "light")
    context.connection.update(clock_ahead=timedelta(minutes=minutes))
    lines = sidebar.words(context.connection, context)[3]
    assert [line for line in lines if "lock" in line or "时钟" in line] == ([said] if said else [])
