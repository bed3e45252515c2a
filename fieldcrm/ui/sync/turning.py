"""What a click in the send history does: another value stands, and the toast takes that back."""

from __future__ import annotations

from typing import Any

from fieldcrm.sync import digest
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.sync import merged, values
from fieldcrm.ui.sync.history import HistoryView
from fieldcrm.ui.sync.merged import Change
from fieldcrm.ui.sync.reading import Choice
from fieldcrm.ui.sync.settling import settle


def connect(history: HistoryView, page: Page) -> None:
    """Let the history's buttons write through its page."""
    history.swapped.connect(lambda choice: _swap(page, choice))
    history.turned.connect(lambda change: _turn(page, change))
    history.check_wanted.connect(lambda: _check_now(page))


def _check_now(page: Page) -> None:
    """Compare every record with the office, with the sync that begins now."""
    page.jobs.write(page, digest.want, then=lambda _done: page.context.shell.sync_now())


def _swap(page: Page, choice: Choice) -> None:
    wanted = not choice.mine_holds

    def write(mine: bool) -> None:
        page.jobs.write(page, lambda session: settle(session, [(choice, mine)]))

    write(wanted)
    _say(page, values.label(choice.entity, choice.field), lambda: write(not wanted))


def _turn(page: Page, change: Change) -> None:
    page.jobs.write(page, lambda session: merged.turn(session, change))

    def take_back() -> None:
        page.jobs.write(page, lambda session: merged.put(session, change, change.now))

    _say(page, values.label(change.first.entity, change.field), take_back)


def _say(page: Page, field: str, take_back: Any) -> None:
    page.context.shell.toast(tr("{field}: the other value is back", field=field), undo=take_back)
