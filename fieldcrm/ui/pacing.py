"""When sync runs by itself: soon after a save, when a network comes back, and now and then.

It runs as a long task beside the interface and never asks anything. After failures it waits
as ``sync/pace.py`` says; being offline is normal and shows nothing but the connection card.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkInformation

from fieldcrm.errors import FieldCrmError, Offline, SignInRequired, Throttled
from fieldcrm.sync.pace import delay
from fieldcrm.ui import formats
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Jobs, Progress, Stop, Task

AFTER_SAVE_MS = 3_000
USUAL_MS = 300_000


class Pacer(QObject):
    """Runs ``engine.cycle`` at the right moments and keeps ``connection`` true."""

    synced = Signal(object)  # CycleReport

    def __init__(
        self, jobs: Jobs, engine: Any, connection: Connection, refetch: Callable[[Stop, Progress], object]
    ) -> None:
        super().__init__()
        self._refetch = refetch
        self._jobs, self._engine, self._connection = jobs, engine, connection
        self._failures = 0
        self._stopped = False
        self._has_news = False
        self._task: Task | None = None
        self._at_rest: Callable[[], object] | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.sync_now)
        jobs.changed.connect(self._on_changed)
        connection.stop_wanted.connect(self._cancel)
        self._network = _network()
        if self._network is not None:
            self._network.reachabilityChanged.connect(self._on_network)

    def start(self) -> None:
        """Read how things stand and sync for the first time."""
        self.refresh()
        self.sync_now()

    def sync_now(self, told: Callable[[FieldCrmError], object] | None = None) -> None:
        """Sync unless it runs; ``told`` hears of a failure that somebody asked for."""
        if self._task is not None or self._stopped:
            return
        self._timer.stop()
        self._connection.update(syncing=True, step="", error=None)
        self._task = self._jobs.task(
            self,
            self._engine.cycle,
            self._on_done,
            lambda error: self._on_failed(error, told),
            self._on_progress,
        )

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def stop(self, at_rest: Callable[[], object] | None = None) -> None:
        """Ask a running sync to end and start no other; ``at_rest`` is called when none runs."""
        self._stopped = True
        self._timer.stop()
        self._at_rest = at_rest
        if self._task is not None:
            self._task.cancel()
        else:
            self._rest()

    def _rest(self) -> None:
        self._task = None
        at_rest, self._at_rest = self._at_rest, None
        if at_rest is not None:
            at_rest()

    def refresh(self) -> None:
        """Read the numbers of the connection card again."""

        def numbers(session: Any) -> Any:
            from fieldcrm.sync import status

            return status.badge(session)

        self._jobs.read(self, numbers, self._show)

    def _show(self, badge: Any) -> None:
        last: datetime | None = badge.last_sync_at
        waiting = badge.waiting + badge.photos
        self._connection.update(waiting=waiting, needs_me=badge.attention, last_sync=last)
        if self._has_news and waiting and self._task is None and self._failures == 0 and not self._stopped:
            self._has_news = False
            self._timer.start(AFTER_SAVE_MS)

    def _on_progress(self, progress: Any) -> None:
        if progress.photos_left:
            step = ntr("{n} photo left", "{n} photos left", progress.photos_left)
        elif progress.rows:
            step = tr("{count} records fetched", count=formats.count(progress.rows))
        else:
            step = tr("{count} changes sent", count=formats.count(progress.pushed))
        self._connection.update(step=step)

    def _on_done(self, report: Any) -> None:
        self._rest()
        if self._stopped:
            return
        self._failures = 0
        # What waits although nothing could be sent waits for its usual turn.
        self._has_news = self._has_news and report.pushed > 0
        self._connection.update(syncing=False, online=True, error=None)
        self.refresh()
        self._timer.start(USUAL_MS)
        self.synced.emit(report)
        if report.needs_first_sync:
            self._fetch_anew()

    def _fetch_anew(self) -> None:
        """The server was restored or this file is too old: fetch everything, unsent work stays."""
        self._timer.stop()
        self._connection.update(syncing=True, step=tr("Fetching everything again"))
        self._task = self._jobs.task(
            self,
            self._refetch,
            lambda _done: self._on_refetched(),
            lambda error: self._on_failed(error, None),
        )

    def _on_refetched(self) -> None:
        self._rest()
        self._connection.update(syncing=False, step="")
        self.sync_now()

    def _on_failed(self, error: FieldCrmError, told: Callable[[FieldCrmError], object] | None) -> None:
        self._rest()
        if self._stopped:
            return
        self._failures += 1
        online = not isinstance(error, Offline)
        self._connection.update(syncing=False, online=online, error=error)
        self.refresh()
        if not isinstance(error, SignInRequired):
            seconds = error.data.get("seconds") if isinstance(error, Throttled) else None
            wait = delay(self._failures, random.random(), float(str(seconds)) if seconds else None)  # noqa: S311
            self._timer.start(max(1_000, int(wait * 1000)))
        if told is not None:
            told(error)

    def _on_changed(self, entities: frozenset[str]) -> None:
        if self._stopped:
            return
        self._has_news = True
        self.refresh()

    def _on_network(self, reach: QNetworkInformation.Reachability) -> None:
        if reach == QNetworkInformation.Reachability.Disconnected:
            self._connection.update(online=False)
        elif self._task is None and not self._stopped:
            self._failures = 0
            self._timer.start(1_000)


def _network() -> QNetworkInformation | None:
    return QNetworkInformation.instance() if QNetworkInformation.loadDefaultBackend() else None
