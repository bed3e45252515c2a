"""When sync runs by itself, in the interface's thread: ``sync/pace.py`` decides, this listens and acts.

Soon after a save, when a network comes back or the laptop wakes, when the server pokes, before
sleep, and now and then. It runs as a long task beside the interface and never asks anything;
being offline is normal and shows nothing but the connection card.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from fieldcrm import clock
from fieldcrm.errors import FieldCrmError, Offline, SignInRequired, Throttled
from fieldcrm.sync import pokes
from fieldcrm.sync.pace import Awake, Schedule
from fieldcrm.ui import formats
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Jobs, Progress, Stop, Task
from fieldcrm.ui.network import Network
from fieldcrm.ui.power import Power

_LOOK_MS = 15_000
OnPoke = Callable[[frozenset[str]], None]


class Pacer(QObject):
    """Runs ``engine.cycle`` at the right moments and keeps ``connection`` true."""

    synced = Signal(object)  # CycleReport
    rested = Signal()  # no sync runs any more
    _poked = Signal(object)

    def __init__(
        self, jobs: Jobs, engine: Any, connection: Connection, refetch: Callable[[Stop, Progress], object],
        network: Network | None = None, listener: Callable[[OnPoke], Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._refetch = refetch
        self._jobs, self._engine, self._connection = jobs, engine, connection
        self.schedule = Schedule(lambda: clock.monotonic_ms() / 1000, random.random)
        self._awake = Awake(lambda: clock.to_ms(clock.now()) / 1000)
        self._stopped = False
        self._has_news = False
        self._task: Task | None = None
        self._at_rest: Callable[[], object] | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.sync_now)
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._look)
        jobs.changed.connect(self._on_changed)
        connection.stop_wanted.connect(self._cancel)
        connection.photos_wanted.connect(self._send_photos)
        self._network = network or Network(self)
        self._network.came.connect(self._on_network)
        self._network.left.connect(self._on_no_network)
        self._network.metered_changed.connect(self.take_on_metering)
        connection.metering_chosen.connect(self.take_on_metering)
        self._power = Power(self)
        self._power.sleeping.connect(self._on_sleeping)
        self._power.woke.connect(self._on_woke)
        self._poked.connect(self._on_poked, Qt.ConnectionType.QueuedConnection)
        self._listener = listener(self._poked.emit) if listener is not None else None

    def start(self) -> None:
        """Read how things stand, sync for the first time, and listen."""
        self.take_on_metering()
        self.refresh()
        self.sync_now()
        self._looking.start()
        if self._listener is not None:
            self._listener.start()

    def sync_now(self, told: Callable[[FieldCrmError], object] | None = None) -> None:
        """Sync unless it runs; ``told`` hears of a failure that somebody asked for."""
        if self._task is not None or self._stopped:
            return
        self._timer.stop()
        self.schedule.began()
        self._connection.update(syncing=True, step="", error=None)
        self._task = self._jobs.task(
            self,
            partial(self._engine.cycle, asked=told is not None),
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
        self.schedule.stop()
        self._timer.stop()
        self._looking.stop()
        if self._listener is not None:
            self._listener.stop()
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
        self.rested.emit()

    def _follow(self) -> None:
        """Let the timer follow the schedule."""
        wait = None if self._task is not None or self._stopped else self.schedule.wait
        if wait is None:
            self._timer.stop()
        else:
            self._timer.start(int(wait * 1000))

    def refresh(self) -> None:
        """Read the numbers of the connection card again."""

        def numbers(session: Any) -> Any:
            from fieldcrm.sync import status, times

            return status.badge(session), times.ahead(session)

        self._jobs.read(self, numbers, self._show)

    def _show(self, numbers: Any) -> None:
        badge, ahead = numbers
        last: datetime | None = badge.last_sync_at
        self._connection.update(
            waiting=badge.things,
            photos=badge.photos,
            needs_me=badge.attention,
            last_sync=last,
            clock_ahead=timedelta(minutes=round(ahead / timedelta(minutes=1))),
        )
        if self._has_news and badge.things and self._task is None and not self._stopped:
            self._has_news = False
            self.schedule.saved()
            self._follow()

    def _on_progress(self, progress: Any) -> None:
        if progress.photos_left:
            step = ntr("{n} photo left", "{n} photos left", progress.photos_left)
        elif progress.rows:
            step = tr("{count} records fetched", count=formats.count(progress.rows))
        else:
            step = tr("{count} changes sent", count=formats.count(progress.pushed))
        self._connection.update(step=step)

    def _on_done(self, report: Any) -> None:
        self.schedule.succeeded()
        self._rest()
        if self._stopped:
            return
        # What waits although nothing could be sent waits for its usual turn.
        self._has_news = self._has_news and report.pushed > 0
        self._connection.update(syncing=False, online=True, error=None)
        if self._listener is not None:
            self._listener.wake()
        self.refresh()
        self._follow()
        self.synced.emit(report)
        if report.needs_first_sync:
            self._fetch_anew()

    def _fetch_anew(self) -> None:
        """The server was restored or this file is too old: fetch everything, unsent work stays."""
        self._timer.stop()
        self.schedule.began()
        self._connection.update(syncing=True, step=tr("Fetching everything again"))
        self._task = self._jobs.task(
            self,
            self._refetch,
            lambda _done: self._on_refetched(),
            lambda error: self._on_failed(error, None),
        )

    def _on_refetched(self) -> None:
        self.schedule.succeeded()
        self._rest()
        self._connection.update(syncing=False, step="")
        self.sync_now()

    def _on_failed(self, error: FieldCrmError, told: Callable[[FieldCrmError], object] | None) -> None:
        if isinstance(error, SignInRequired):
            self.schedule.refused()
        else:
            seconds = error.data.get("seconds") if isinstance(error, Throttled) else None
            self.schedule.failed(float(str(seconds)) if seconds else None)
        self._rest()
        if self._stopped:
            return
        self._connection.update(syncing=False, online=not isinstance(error, Offline), error=error)
        self.refresh()
        self._follow()
        if told is not None:
            told(error)

    # -- what makes a sync due ------------------------------------------------------------

    def _on_changed(self, entities: frozenset[str]) -> None:
        if self._stopped:
            return
        self._has_news = True
        self.refresh()

    def _on_poked(self, scopes: frozenset[str]) -> None:
        if not self._stopped:
            self.schedule.poked(common=pokes.is_common(scopes))
            self._follow()

    def _on_network(self) -> None:
        if self._stopped:
            return
        self.schedule.reachable()
        if self._listener is not None:
            self._listener.wake()
        self._follow()

    def _on_no_network(self) -> None:
        if self._stopped:
            return
        self._connection.update(online=False)
        self.schedule.unreachable()
        if self._listener is not None:
            self._listener.pause()
        self._follow()

    def _look(self) -> None:
        if self._awake.slept():
            self._on_woke()

    def _on_woke(self) -> None:
        self._awake.slept()
        self._on_network()

    def _on_sleeping(self) -> None:
        """The lid closes: send what waits, as far as the system lets us."""
        if self._connection.waiting and not self._stopped:
            self.sync_now()

    # -- a connection that costs ----------------------------------------------------------

    def take_on_metering(self) -> None:
        """Hold photos back on a connection that is paid by its bytes, as the user wants it."""
        metered = self._network.is_metered
        self._engine.metered = metered
        self._connection.update(metered=metered)

    def _send_photos(self) -> None:
        self._engine.send_photos_anyway()
        self.sync_now()
