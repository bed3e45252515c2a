"""The address of one's calendar is made, shown once, and ended, against a real server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests
from pytestqt.qtbot import QtBot

from fieldcrm.ids import new_id
from fieldcrm.storage.database import Database
from fieldcrm.sync.remote import Remote
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.settings.calendar_card import CalendarCard
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.ui.conftest import make_context


@pytest.fixture
def card(laptop_db: Database, jobs: Jobs, shared_server: ServerProcess, qtbot: QtBot) -> CalendarCard:
    remote = Remote(shared_server.url, str(new_id()))
    remote.login("rep2", PASSWORD, "Calendar laptop")
    context: Any = make_context(laptop_db, jobs)
    context = SimpleNamespace(
        **{name: getattr(context, name) for name in ("jobs", "shell", "now")},
        laptop=SimpleNamespace(remote=remote),
    )
    made = CalendarCard(context)
    qtbot.addWidget(made.card)
    return made


def test_an_address_is_shown_once_and_ends_when_asked(card: CalendarCard, qtbot: QtBot) -> None:
    card.load()
    card._make()
    qtbot.waitUntil(lambda: bool(card.address.text()))
    assert not card.address.isHidden()
    address = card.address.text()
    assert requests.get(address, timeout=30).status_code == 200
    card._end()
    qtbot.waitUntil(lambda: card.address.isHidden())
    assert requests.get(address, timeout=30).status_code == 404
