"""What the connection card knows: online or not, how much waits, when the last sync was.

Every place that says something about the connection asks this object, so they agree.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QObject, Signal

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules import evidence

CLOCK_LIMIT = timedelta(seconds=evidence.CLOCK_S)


class Connection(QObject):
    """The state of sync as people see it; lives in the interface's thread."""

    changed = Signal()
    stop_wanted = Signal()  # somebody cancelled the sync that runs
    metering_chosen = Signal()  # somebody changed in Settings what counts as metered
    photos_wanted = Signal()  # somebody wants the photos sent although the connection costs

    def __init__(self) -> None:
        super().__init__()
        self.online = False
        self.syncing = False
        self.waiting = 0
        self.photos = 0
        self.metered = False
        self.needs_me = 0
        self.last_sync: datetime | None = None
        self.clock_ahead = timedelta()  # how far the server's clock is ahead of this laptop's
        self.step = ""
        self.error: FieldCrmError | None = None
        self.lease_ms: int | None = None  # for how long this laptop stays unlocked without contact

    def update(self, **facts: object) -> None:
        """Set facts by name and tell everybody, if anything is new."""
        news = {name: value for name, value in facts.items() if getattr(self, name) != value}
        for name, value in news.items():
            setattr(self, name, value)
        if news:
            self.changed.emit()
