"""A rep's context with photos on disk and the real shell around the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.accounts import Account
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import outbox
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.shell import ShellView
from tests.fixtures.laptop import KEY
from tests.ui.conftest import NOW, RecordingShell, Settle, make_context

Show = Callable[[type], QWidget]


@pytest.fixture
def rep_context(laptop_db: Database, jobs: Jobs, tmp_path: Path) -> Context:
    """What a rep's pages are given, with an outbox and a folder of photos."""
    outbox.attach(laptop_db)
    shell = RecordingShell()
    context = make_context(laptop_db, jobs, shell=shell, files=Files(tmp_path / "photos", KEY))
    context.connection.update(last_sync=NOW)
    return context


@pytest.fixture
def show(rep_context: Context, qtbot: QtBot, settle: Settle) -> Show:
    """Make a page in a window of its own: ``show(AccountsPage)``."""

    def make(kind: type) -> QWidget:
        page: QWidget = kind(rep_context)
        rep_context.shell.widget = page  # type: ignore[attr-defined]  # a RecordingShell
        qtbot.addWidget(page)
        page.resize(1216, 900)
        page.show()
        settle()
        return page

    return make


@pytest.fixture
def window(laptop_db: Database, jobs: Jobs, qtbot: QtBot, tmp_path: Path) -> ShellView:
    """The real shell with its sidebar; start it at a page with ``at``."""
    shell = ShellView()
    qtbot.addWidget(shell)
    context = make_context(laptop_db, jobs, shell=shell, files=Files(tmp_path / "photos", KEY))
    context.connection.update(last_sync=NOW)
    shell.resize(1440, 900)
    shell.start(context, "accounts")
    return shell


@pytest.fixture
def settle(settle: Settle, qtbot: QtBot) -> Settle:
    """Wait until commits were announced and everything that followed was delivered."""

    def wait() -> None:
        for _ in range(3):
            settle()

    return wait


@pytest.fixture
def busiest(laptop_db: Database) -> UUID:
    """The account that owes most."""
    with laptop_db.reading() as session:
        found = session.scalar(select(Account.id).order_by(Account.receivable.desc()).limit(1))
    assert found is not None
    return found
