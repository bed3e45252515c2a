"""A call of one's own is corrected where it stands in the history; a colleague's is not offered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.accounts import Account
from fieldcrm.model.calls import CallOutcome
from fieldcrm.services import calls
from fieldcrm.services.calls import CallRow, Report
from fieldcrm.storage.database import Database
from fieldcrm.ui.accounts import inspector
from fieldcrm.ui.calls.beside import Beside
from fieldcrm.ui.calls.correction import CorrectionDialog
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.buttons import Button
from tests.ui.conftest import NOW, TODAY, Settle


@pytest.fixture
def call(context: Context, laptop_db: Database) -> CallRow:
    """A call of an hour ago."""
    with laptop_db.writing() as session:
        store = session.scalars(select(Account.id)).first()
        assert store is not None
        said = Report(CallOutcome.NOT_REACHED, phone="13700001111", seconds=95, note="占线")
        calls.keep(session, store, said, me=context.me.id, at=NOW - timedelta(hours=1), today=TODAY)
    with laptop_db.reading() as session:
        return calls.of_account(session, store)[0]


def test_a_correction_replaces_what_was_said_and_keeps_the_rest(
    context: Context, laptop_db: Database, call: CallRow, qtbot: QtBot, settle: Settle
) -> None:
    dialog = CorrectionDialog(context, call)
    qtbot.addWidget(dialog)
    dialog.outcome.choose(CallOutcome.REACHED)
    dialog.note.setText("周五送货")
    dialog.save()
    for _ in range(3):
        settle()
    with laptop_db.reading() as session:
        [now] = calls.of_account(session, call.account_id)
    assert (now.outcome, now.note) == ("reached", "周五送货")
    assert (now.phone, now.seconds, now.started_at) == (call.phone, call.seconds, call.started_at)


def test_call_back_needs_a_time_to_come(
    context: Context, laptop_db: Database, call: CallRow, qtbot: QtBot, settle: Settle
) -> None:
    dialog = CorrectionDialog(context, call)
    qtbot.addWidget(dialog)
    dialog.outcome.choose(CallOutcome.CALL_BACK)
    dialog.day.show_day(TODAY)
    dialog.time.setText("9:00")
    dialog.save()
    for _ in range(3):
        settle()
    with laptop_db.reading() as session:
        assert calls.of_account(session, call.account_id)[0].id == call.id
    dialog.time.setText("16：30")
    dialog.save()
    for _ in range(3):
        settle()
    with laptop_db.reading() as session:
        assert calls.of_account(session, call.account_id)[0].call_back_at == NOW.replace(hour=16, minute=30)


@pytest.mark.parametrize("own", [True, False])
def test_only_who_called_is_offered_to_correct(
    own: bool, context: Context, laptop_db: Database, call: CallRow, qtbot: QtBot
) -> None:
    with laptop_db.reading() as session:
        shown = inspector.read(session, call.account_id, context.me.id, TODAY)
    beside = Beside(context.me.id if own else call.account_id)
    qtbot.addWidget(beside)
    beside.show_account(shown, TODAY)
    offered = [b for b in beside.findChildren(Button) if b.text() == tr("Correct…")]
    assert len(offered) == own
