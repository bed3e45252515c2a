"""The screens before the shell: sign in, the passphrase, the first sync."""

from __future__ import annotations

from pathlib import Path

from fieldcrm.ui.i18n import tr
from fieldcrm.ui.signin.door import door
from fieldcrm.ui.signin.page import SignInPage
from fieldcrm.ui.signin.progress import FirstSync, Part
from tests.screens.stage import SIZES, Stage


def walk(stage: Stage, home: Path) -> None:
    """Come in for the first time."""
    page = SignInPage(stage.jobs, door(home), [], "https://sync.example.com")
    stage.window.show_content(page)
    stage.window.resize(*SIZES[0])
    stage.window.show()
    stage.window.activateWindow()
    form = page.ask_to_sign_in()
    form.account.setText("rep1")
    form.device.setText("办公室")
    form.password.setFocus()
    stage.take("01-sign-in")
    page._ask_for_new()
    stage.take("02-passphrase")
    progress = FirstSync("陈嘉禾")
    page.show_panel(progress)
    parts = [
        Part(tr("Stores"), 86, 86, finished=True),
        Part(tr("Items and prices"), 1204, 1860),
        Part(tr("Orders and visits")),
        Part(tr("Photos"), 0, 38),
    ]
    progress.show_parts(parts, 0.42, 25)
    progress.allow_work()
    progress.setFocus()
    stage.take("03-first-sync")
