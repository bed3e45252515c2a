"""Questions that take a while to answer: they become progress, then go, or say why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit

from fieldcrm.errors import FieldCrmError
from fieldcrm.ui import errors
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Progress, Stop, Task
from fieldcrm.ui.tokens import REGULAR
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import ProgressRow
from fieldcrm.ui.widgets.typing import LineField

_PATIENCE_MS = 1_000


class Working(Dialog):
    """A question that turns into progress and then into an answer, or back with a reason."""

    def __init__(self, context: Context, title: str, text: str) -> None:
        super().__init__(title, text)
        self.context = context
        self.main = Button("")
        self._task: Task | None = None
        self.progress = ProgressRow(on_cancel=self._cancel)
        self.progress.cancel.hide()
        self.progress.hide()
        self._patience = QTimer(self, interval=_PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(self._offer_cancel)
        self.wrong = Paragraph("", 13, REGULAR, "bad")
        self.wrong.hide()

    def run(self, words: str, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        """Do ``work`` beside the interface; a failure is said here and may be tried again."""
        self._busy(True)
        self.progress.show_progress(words, None)
        window = self.context.shell.window()
        self.context.jobs.task(window, lambda _stop, _progress: work(), then, self._on_failed)

    def run_long(
        self, words: str, work: Callable[[Stop, Progress], Any], then: Callable[[Any], object]
    ) -> None:
        """Do work that tells how far it is, as a share, and may be cancelled once it takes a while."""
        self._busy(True)
        self.progress.show_progress(words, None)
        self._patience.start()

        def show(share: Any) -> None:
            if shiboken6.isValid(self):
                self.progress.show_progress(words, float(share))

        window = self.context.shell.window()
        self._task = self.context.jobs.task(window, work, then, self._on_failed, show)

    def _offer_cancel(self) -> None:
        self.progress.cancel.setVisible(self.progress.isVisible())

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.progress.cancel.hide()
        self._patience.stop()
        self.wrong.hide()
        for field in self.findChildren(QLineEdit):
            field.setEnabled(not busy)
        self.main.set_running(busy)

    def _on_failed(self, error: FieldCrmError) -> None:
        if not shiboken6.isValid(self):
            self.context.shell.show_error(error)
            return
        self._busy(False)
        if error.code == "stopped":
            return
        self.wrong.show_text(self.words(error))
        self.wrong.show()

    def words(self, error: FieldCrmError) -> str:
        """Return what is said about a failure."""
        return errors.worded(error).whole


def secret(name: str) -> LineField:
    """Return a field that does not show what is typed."""
    field = LineField("", name=name)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field
