"""The question at closing time, when something could still be sent: send it now, or leave it safe here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from fieldcrm.errors import FieldCrmError
from fieldcrm.ui import errors
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.pacing import Pacer
from fieldcrm.ui.tokens import REGULAR
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import ProgressRow


def is_worth_asking(connection: Connection) -> bool:
    """Say whether something waits that could go now: with no network there is nothing to ask."""
    records = connection.waiting - (connection.photos if connection.metered else 0)
    return connection.online and connection.error is None and records > 0


class ClosingQuestion(Dialog):
    """Asks, shows how the sending goes, and calls ``close`` when all of it went or nobody minds."""

    def __init__(self, jobs: Jobs, pacer: Pacer, connection: Connection, close: Callable[[], object]) -> None:
        count = connection.waiting
        super().__init__(
            ntr("{n} thing is not sent yet", "{n} things are not sent yet", count),
            tr("Everything stays safe on this laptop and goes the next time there is a connection."),
            width=480,
        )
        self._jobs, self._pacer, self._connection, self._close = jobs, pacer, connection, close
        self.progress = ProgressRow(on_cancel=connection.stop_wanted.emit)
        self.progress.hide()
        self.wrong = Paragraph("", 13, REGULAR, "bad")
        self.wrong.hide()
        self.add(self.progress, self.wrong)
        self.stay = self.button(tr("Stay"))
        self.leave_it = self.button(tr("Close anyway"), on_click=close)
        self.send = self.button(tr("Send now and close"), "primary", self._send, stays=True)
        connection.changed.connect(self._follow)

    def ask_in(self, window: QWidget) -> None:
        """Show the question; sending has the focus."""
        self.ask(window, self.send)

    def _send(self) -> None:
        self.wrong.hide()
        self.send.set_running(True)
        self.progress.show()
        self._pacer.synced.connect(self._on_synced)
        self._pacer.sync_now(self._on_failed)
        self._follow()

    def _follow(self) -> None:
        if self.progress.isVisible():
            self.progress.show_progress(self._connection.step or tr("Sending and fetching"), None)

    def _on_synced(self, _report: object) -> None:
        self._pacer.synced.disconnect(self._on_synced)

        def numbers(session: Any) -> Any:
            from fieldcrm.sync import status

            return status.badge(session)

        self._jobs.read(self, numbers, self._on_counted)

    def _on_counted(self, badge: Any) -> None:
        if badge.things:
            left = ntr("{n} thing is still here.", "{n} things are still here.", badge.things)
            self._stop(left)
        else:
            self.leave()
            self._close()

    def _on_failed(self, error: FieldCrmError) -> None:
        self._pacer.synced.disconnect(self._on_synced)
        self._stop(errors.worded(error).whole)

    def _stop(self, why: str) -> None:
        self.send.set_running(False)
        self.progress.hide()
        self.wrong.show_text(why)
        self.wrong.show()
