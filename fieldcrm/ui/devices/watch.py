"""Keeps an eye on whether this laptop may still be worked on: its lease, and an order to wipe it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from fieldcrm.errors import FieldCrmError, SignInRequired
from fieldcrm.laptop import Laptop
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.jobs import Jobs
from fieldcrm.wipe_order import WipeOrder

EVERY_MS = 600_000


class Watch(QObject):
    """Looks at start, every ten minutes and whenever the office refused this laptop."""

    lease_over = Signal()
    wipe_ordered = Signal(object)  # WipeOrder

    def __init__(self, jobs: Jobs, laptop: Laptop, connection: Connection) -> None:
        super().__init__()
        self._jobs, self._laptop, self._connection = jobs, laptop, connection
        self._refused: FieldCrmError | None = None
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)
        connection.changed.connect(self._on_connection)

    def start(self) -> None:
        """Begin to look."""
        self._timer.start()
        self.look()

    def stop(self) -> None:
        """Look no more; an answer that is still on its way tells nobody."""
        self._timer.stop()
        self.blockSignals(True)

    def look(self) -> None:
        """Note that time went by and say how long the lease still runs."""
        self._jobs.task(self, lambda _stop, _progress: self._laptop.look(), self._on_left)

    def _on_left(self, left_ms: int | None) -> None:
        self._connection.update(lease_ms=left_ms)
        if left_ms == 0:
            self.lease_over.emit()

    def _on_connection(self) -> None:
        error = self._connection.error
        if error is self._refused:
            return
        self._refused = error
        if isinstance(error, SignInRequired) and error.code == "device_revoked":
            self._jobs.task(self, lambda _stop, _progress: self._laptop.order(), self._on_order,
                            lambda _error: None)  # fmt: skip
        elif error is None:
            self.look()

    def _on_order(self, order: WipeOrder | None) -> None:
        if order is not None:
            self.wipe_ordered.emit(order)
