"""Every section of the shell, for a rep and for a manager, as pictures to be looked at.

They go to ``demo-out/parts`` in both languages and both themes at 1440×900 and 1280×720.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.model.users import Role
from fieldcrm.storage.database import Database
from fieldcrm.ui import sections
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.main_window import MainWindow
from fieldcrm.ui.preferences import Preferences
from fieldcrm.ui.shell import ShellView
from tests.ui.conftest import LOOKS, NOW, make_context

MakeShell = Callable[[Role], ShellView]


@pytest.fixture
def make_shell(laptop_db: Database, jobs: Jobs, qtbot: QtBot) -> Iterator[MakeShell]:
    windows = []

    def make(role: Role) -> ShellView:
        view, window = ShellView(), MainWindow(Preferences())
        windows.append(window)
        qtbot.addWidget(window)
        window.show_content(view)
        context = make_context(laptop_db, jobs, role, shell=view)
        context.connection.update(waiting=7, last_sync=NOW.replace(hour=7, minute=42, tzinfo=DEFAULT_ZONE))
        window.resize(1440, 900)
        window.show()
        view.start(context)
        return view

    yield make
    for window in windows:
        window.close()


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER], ids=["rep", "manager"])
@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_every_section_can_be_opened_and_drawn(
    role: Role, language: str, mode: str, make_shell: MakeShell, look: Callable[[str, str], None],
    shoot: Callable[..., Path],
) -> None:  # fmt: skip
    look(language, mode)
    shell = make_shell(role)
    wanted = [section.key for section in sections.visible(role)] + ["settings", "manual"]
    for key in wanted:
        shell.open(key)
        assert shell.place == key
        assert shoot(shell.window(), f"{key}-{role}-{language}-{mode}").exists()
        assert not shell.error_bar.isVisible(), shell.error_bar.text
