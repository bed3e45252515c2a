"""A rep at the door of the next store of the day, with photo files on the laptop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy.orm import Session

from fieldcrm.rules.positions import Position
from fieldcrm.services import today, visits
from fieldcrm.services.today import Stop
from fieldcrm.services.visits import Arrival
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.visit.page import VisitPage
from tests.ui.conftest import NOW, make_context

CHANNEL = "supermarket"  # its template has every kind of question


@dataclass
class AtStore:
    """The rep, the stop they stand at, and what their pages are given."""

    context: Context
    stop: Stop

    @property
    def shell(self) -> Any:
        return self.context.shell

    def read(self, fn: Callable[[Session], Any]) -> Any:
        with self.context.database.reading() as session:
            return fn(session)

    def write(self, fn: Callable[[Session], Any]) -> Any:
        with self.context.database.writing() as session:
            return fn(session)

    def start(self) -> Any:
        """Check in at the store, as measured there."""
        me, stop = self.context.me.id, self.stop
        return self.write(
            lambda s: visits.start(s, stop.account_id, Arrival(), me=me, at=NOW, plan_id=stop.plan_id)
        )


@pytest.fixture
def at_store(laptop_db: Database, jobs: Jobs, tmp_path: Any) -> AtStore:
    files = Files(tmp_path / "photos", laptop_db.file_key())
    context = make_context(laptop_db, jobs, files=files)
    with laptop_db.reading() as session:
        day = today.day(session, context.me.id, NOW)
        account = next(s for s in day.stops if s.channel == CHANNEL and s.position is not None)
    return AtStore(context, account)


@pytest.fixture
def open_page(qtbot: QtBot, settle: Callable[[], None]) -> Callable[[QWidget], None]:
    """Show a page as the shell does."""

    def show(page: QWidget) -> None:
        qtbot.addWidget(page)
        page.resize(1216, 828)
        page.show()
        settle()

    return show


@pytest.fixture
def running(at_store: AtStore, open_page: Any, settle: Any) -> VisitPage:
    """The workspace of a visit that has just begun."""
    visit_id = at_store.start()
    page = VisitPage(at_store.context)
    at_store.shell.widget = page
    page.show_place(visit_id=visit_id)
    open_page(page)
    return page


def near(position: Position, metres: float) -> Position:
    """Return a position so many metres to the north."""
    return Position(position.latitude_e7 + round(metres * 90), position.longitude_e7, position.datum)
