"""Settings take effect at once and are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from fieldcrm.storage.database import Database
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.preferences import Preferences
from fieldcrm.ui.settings.page import SettingsPage
from tests.ui.conftest import make_context


def test_a_choice_is_kept_and_the_shell_looks_anew(
    laptop_db: Database, jobs: Jobs, tmp_path: Path, qtbot: QtBot
) -> None:
    context = make_context(laptop_db, jobs, settings=Preferences(tmp_path))
    page = SettingsPage(context)
    qtbot.addWidget(page)
    page.theme.button("dark").click()
    page.density.button("compact").click()
    shell: Any = context.shell
    again = Preferences(tmp_path)
    assert (again.theme, again.is_compact) == ("dark", True)
    assert again.row_height(52) == 44
    assert shell.relooks == 2


def test_what_cannot_be_read_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"theme": "pink", "density": 7')
    kept = Preferences(tmp_path)
    assert (kept.theme, kept.is_compact) == ("system", False)
    kept.set("accounts.sort", ["name", "up"])
    assert Preferences(tmp_path).get("accounts.sort") == ["name", "up"]
