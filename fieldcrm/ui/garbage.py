"""Python's garbage is collected in the interface's thread only.

Pages and their closures form cycles, and the collector would run in whatever thread happens
to allocate: a timer or a model would then be destroyed in a reader's or in sync's thread,
which Qt answers with a crash. So the automatic collector is off, and a timer here does its
work between events.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500


class Sweeper(QObject):
    """Collects when the collector's own thresholds say so; keep it as long as the application."""

    def __init__(self) -> None:
        super().__init__()
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.sweep)
        self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again, once there is no window any more."""
        self._timer.stop()
        gc.enable()

    def sweep(self) -> None:
        """Collect the youngest generation that is full, and those below it."""
        due = [
            n
            for n, (now, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
            if now > most
        ]
        if due:
            gc.collect(max(due))
