"""The departure check on the screen: the sentence, what is missing, and the click that fetches it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.departure.page import DeparturePage
from tests.ui.conftest import LOOKS, NOW, Settle, Shoot


@pytest.fixture
def page(context: Context, laptop_db: Database, qtbot: QtBot, settle: Settle) -> DeparturePage:
    context.connection.update(last_sync=NOW, lease_ms=14 * 86_400_000)
    made = DeparturePage(context)
    qtbot.addWidget(made)
    made.resize(1216, 800)
    made.show()
    settle()
    return made


def test_what_is_planned_for_tomorrow_is_listed(page: DeparturePage) -> None:
    assert page.found is not None
    assert len(page.model.rows) >= len(page.found.visits) == 9


def test_a_lease_that_runs_out_is_named_and_sync_is_one_click_away(
    page: DeparturePage, context: Context, settle: Settle
) -> None:
    context.connection.update(lease_ms=3_600_000)
    page.refresh()
    settle()
    assert page.found is not None
    assert page.found.lacking == 9
    assert page._fix.isVisible()
    page.sync.click()
    assert context.shell.syncs == 1


def test_a_longer_span_has_more_visits(page: DeparturePage, settle: Settle) -> None:
    page._on_span(7)
    settle()
    assert page.found is not None
    assert len(page.found.visits) > 9


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_departure_check_in_every_look(
    language: str, mode: str, look: Callable[[str, str], None], context: Context,
    qtbot: QtBot, settle: Settle, shoot: Shoot,
) -> None:  # fmt: skip
    look(language, mode)
    context.connection.update(last_sync=NOW, lease_ms=3_600_000)
    page = DeparturePage(context)
    qtbot.addWidget(page)
    page.show()
    settle()
    shoot(page, f"departure-{language}-{mode}", ((1216, 800), (1216, 648)))
