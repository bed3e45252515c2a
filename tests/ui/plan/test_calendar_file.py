"""The plan as a calendar file, read back by an independent parser."""

from __future__ import annotations

from pathlib import Path

import pytest
from icalendar import Calendar
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.services.calendars import AHEAD, BEHIND
from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.plan import calendar_file
from tests.ui.conftest import TODAY, Settle


@pytest.fixture
def context(context: Context, qtbot: QtBot) -> Context:
    """With a window that the work belongs to."""
    window = QWidget()
    qtbot.addWidget(window)
    context.shell.widget = window  # type: ignore[attr-defined]
    return context


def test_every_visit_is_in_the_file_and_what_was_skipped_is_cancelled(
    context: Context, laptop_db: Database, tmp_path: Path, settle: Settle
) -> None:
    path = tmp_path / "visits.ics"
    calendar_file.save(context, context.me.id, path)
    settle()
    events = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    spanned = VisitPlan.on.between(TODAY - BEHIND, TODAY + AHEAD)
    mine = select(func.count()).where(VisitPlan.rep_id == context.me.id, spanned)
    with laptop_db.reading() as session:
        whole = session.scalar(mine)
        skipped = session.scalar(mine.where(VisitPlan.status == PlanStatus.SKIPPED))
    assert len(events) == whole
    assert sum(event["STATUS"] == "CANCELLED" for event in events) == skipped
    assert len({str(event["UID"]) for event in events}) == whole


def test_a_folder_that_cannot_be_written_is_no_success(
    context: Context, tmp_path: Path, settle: Settle
) -> None:
    calendar_file.save(context, context.me.id, tmp_path / "no" / "visits.ics")
    settle()
    assert [error.code for error in context.shell.errors] == ["cannot_write"]  # type: ignore[attr-defined]
    assert not context.shell.toasts  # type: ignore[attr-defined]
