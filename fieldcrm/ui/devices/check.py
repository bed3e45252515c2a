"""Reads the data file through beside the work: after a bad end, once a week, at a first sign of damage."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from fieldcrm.errors import Damaged, FieldCrmError
from fieldcrm.laptop import Laptop
from fieldcrm.ui.jobs import Jobs

AFTER_MS = 30_000


class Check(QObject):
    """One look at one open file, a while after the start, when the window has long been there."""

    damaged = Signal()

    def __init__(self, jobs: Jobs, laptop: Laptop) -> None:
        super().__init__()
        self._jobs, self._laptop = jobs, laptop
        self._timer = QTimer(self, interval=AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.look)
        self._began = False
        jobs.failed.connect(self._on_failed)

    def start(self) -> None:
        """Look soon, if it is time to."""
        if self._laptop.is_check_due():
            self._timer.start()

    def stop(self) -> None:
        """Look no more, and tell nobody what was found."""
        self._timer.stop()
        self._began = True
        self.blockSignals(True)

    def look(self) -> None:
        """Read everything; tell if something is wrong with it."""
        if self._began:
            return
        self._began = True
        self._jobs.task(
            self, lambda _stop, _progress: self._laptop.problems(), self._on_found, lambda _error: None
        )

    def _on_found(self, problems: list[str]) -> None:
        if problems:
            self.damaged.emit()

    def _on_failed(self, error: FieldCrmError) -> None:
        if isinstance(error, Damaged):
            self.look()
