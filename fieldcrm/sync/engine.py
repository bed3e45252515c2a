"""One whole sync: exchanges until up to date, then photos; one worker per file.

A cycle gives postponed work one more turn, halves a batch the server finds too big, and
says in its report what happened; it waits nowhere. ``Offline`` and the like leave it at
once with everything applied so far kept. A server that was set back (``rewind``) and a file
that turns out to be a copy (``identity``) are mended on the way; for a cursor that is too
old the device fetches everything anew and carries its unsent work over.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from fieldcrm import clock
from fieldcrm.errors import SyncError, Throttled
from fieldcrm.faults import reach
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import arrivals, digest, first, identity, lane, outbox, reconcile, rewind, times
from fieldcrm.sync import files as pictures
from fieldcrm.sync.core import ClientCore, Received
from fieldcrm.sync.first import FirstProgress
from fieldcrm.sync.protocol import MAX_BATCH, MAX_ROWS
from fieldcrm.sync.remote import Remote

_KEEP_ACKED = timedelta(days=90)
_KEEP_LOG = timedelta(days=30)
_SLOW_SECONDS = 8.0
_LEAST_ROWS = 100
_METERED_ROWS = 500
_MOST_MENDS = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a cycle has come; ``photos_left`` counts pictures still to send.

    ``first`` is there while this device fills up for the first time.
    """

    pushed: int = 0
    rows: int = 0
    photos_left: int = 0
    first: FirstProgress | None = None


@dataclass(slots=True)
class CycleReport:
    """What one cycle did."""

    pushed: int = 0
    applied: int = 0
    merged: int = 0
    rejected: int = 0
    retry: int = 0
    rows: int = 0
    conflicts: int = 0
    photos: int = 0
    requests: int = 0
    up_to_date: bool = False
    needs_first_sync: bool = False
    again: int = 0
    forked: bool = False
    touched: set[str] = field(default_factory=set)


class Engine:
    """The sync worker of one file; ``cycle`` may be called from any one thread at a time."""

    def __init__(
        self,
        database: Database,
        remote: Remote,
        files: Files,
        *,
        boot: str = times.RUN,
        now_ms: Callable[[], int] = lambda: clock.to_ms(clock.now()),
        mono_ms: Callable[[], int] = clock.monotonic_ms,
    ) -> None:
        self._database = database
        self._remote = remote
        self._files = files
        self._boot = boot
        self._now_ms = now_ms
        self._mono_ms = mono_ms
        self._core = ClientCore(database, remote.device)
        self._turn = threading.Lock()
        self._page_rows = MAX_ROWS
        self.metered = False  # bytes cost: records go, photos wait
        self._photos_anyway = False
        self._recover_at: int | None = None

    def send_photos_anyway(self) -> None:
        """Let the next cycle send photos although bytes cost."""
        self._photos_anyway = True

    def cycle(
        self,
        stop: Callable[[], bool] = lambda: False,
        on_progress: Callable[[Progress], None] = lambda _progress: None,
        *,
        asked: bool = False,
    ) -> CycleReport:
        """Push, pull and upload until up to date or ``stop``; raises what ended it early.

        A second caller while one is at work returns at once with an empty report. After the
        server was set back a device waits its turn (``Throttled``), unless somebody ``asked``.
        """
        report = CycleReport()
        if not self._turn.acquire(blocking=False):
            return report
        try:
            self._core.begin_cycle()
            self._work(report, stop, on_progress, asked=asked)
        except SyncError as error:
            report.needs_first_sync = error.code == "cursor_expired"
            self._log("failed", report, error)
            if not report.needs_first_sync:
                raise
        else:
            self._log("done" if report.up_to_date else "stopped", report)
            if report.up_to_date:
                self._database.discard_previous()
        finally:
            self._turn.release()
        return report

    def _work(
        self,
        report: CycleReport,
        stop: Callable[[], bool],
        on_progress: Callable[[Progress], None],
        *,
        asked: bool,
    ) -> None:
        if identity.woke_elsewhere(self._database):
            self._be_another_device(report)
        tokens = self._remote.tokens
        self._core.server_key = tokens.server_key if tokens is not None else ""
        for mends in range(_MOST_MENDS + 1):
            try:
                if first.is_needed(self._database) and not self._fill(report, stop, on_progress):
                    return
                self._exchange(report, stop, on_progress)
                break
            except SyncError as error:
                if mends == _MOST_MENDS or not self._mend(error.code, report, asked=asked):
                    raise
        if report.up_to_date:
            self._send_photos(report, stop, on_progress)
            self._check_itself(report)

    def _mend(self, code: str, report: CycleReport, *, asked: bool) -> bool:
        """Mend what the server said of this device, if it can be; then the cycle goes on."""
        if code == "epoch_changed":
            self._recover(report, asked=asked)
        elif code == "device_forked":
            self._be_another_device(report)
        else:
            return False
        return True

    def _recover(self, report: CycleReport, *, asked: bool) -> None:
        """Find common ground with a server that was set back; by itself only when it is this one's turn."""
        now = self._mono_ms()
        if self._recover_at is None:
            spread = random.uniform(0, rewind.SPREAD_SECONDS)  # noqa: S311 - spreads a crowd
            self._recover_at = now + int(spread * 1000)
        if now < self._recover_at and not asked:
            raise Throttled("server_restored", seconds=max(1.0, (self._recover_at - now) / 1000))
        done = rewind.recover(self._database, self._remote, self._files, self._now_ms())
        self._recover_at = None
        if done.pictures:
            pictures.sweep(self._database, self._files)
        report.again += done.again
        facts = {"again": done.again, "days": done.days, "rows": done.rows, "photos": done.photos}
        self._note("restored", facts)

    def _be_another_device(self, report: CycleReport) -> None:
        identity.enrol_anew(self._database, self._remote)
        key, self._core = self._core.server_key, ClientCore(self._database, self._remote.device)
        self._core.server_key = key
        report.forked = True
        self._note("forked", {})

    def _fill(
        self, report: CycleReport, stop: Callable[[], bool], on_progress: Callable[[Progress], None]
    ) -> bool:
        def tell(news: FirstProgress) -> None:
            report.rows = sum(news.counts.values())
            on_progress(Progress(rows=report.rows, first=news))

        return first.run(self._database, self._remote, stop, tell)

    def _exchange(
        self, report: CycleReport, stop: Callable[[], bool], on_progress: Callable[[Progress], None]
    ) -> None:
        most, compared = MAX_BATCH, 0
        while not stop():
            request = self._core.request(
                self._now_ms(),
                self._mono_ms(),
                self._boot,
                most=most,
                rows=min(self._page_rows, self._most_rows()),
            )
            began = self._mono_ms()
            try:
                body = self._remote.sync(request)
            except SyncError as error:
                if error.code == "too_large" and most > 1:
                    most //= 2
                    continue
                if error.code == "cursor_expired" and error.data.get("scopes") and compared < _MOST_MENDS:
                    compared += 1
                    self._reconcile(error.data["scopes"], report, stop)
                    continue
                raise
            reach("client.reply.arrived")
            received = self._core.receive(body, self._now_ms(), self._mono_ms())
            self._adapt((self._mono_ms() - began) / 1000)
            _count(report, received)
            if received.pictures:
                pictures.sweep(self._database, self._files)
            on_progress(Progress(report.pushed, report.rows))
            if not received.more and not self._core.has_work():
                report.up_to_date = True
                return

    def _most_rows(self) -> int:
        return _METERED_ROWS if self.metered else MAX_ROWS

    def _adapt(self, seconds: float) -> None:
        """Ask for smaller pages on a bad line, so that each connection gets something through (F42)."""
        if seconds > _SLOW_SECONDS:
            self._page_rows = max(_LEAST_ROWS, self._page_rows // 2)
        elif self._page_rows < MAX_ROWS:
            self._page_rows = min(MAX_ROWS, self._page_rows * 2)

    def _send_photos(
        self, report: CycleReport, stop: Callable[[], bool], on_progress: Callable[[Progress], None]
    ) -> None:
        def told(_sent: int, left: int) -> None:
            on_progress(Progress(report.pushed, report.rows, left))

        def send(halt: Callable[[], bool]) -> int:
            piece = pictures.METERED_CHUNK if self.metered else pictures.CHUNK
            return pictures.send(self._database, self._files, self._remote, halt, told, piece)

        def exchange() -> None:
            if self._core.has_work():
                self._exchange(report, stop, on_progress)

        if not self._has_photos():
            return
        if self.metered and not self._photos_anyway:
            pictures.send_thumbnails(self._database, self._files, self._remote, stop)
            return
        report.photos = lane.beside(self._database, send, exchange, stop)
        self._photos_anyway = False
        if report.photos:
            self._exchange(report, stop, on_progress)
        pictures.sweep(self._database, self._files)
        pictures.release(self._database)

    def _has_photos(self) -> bool:
        """Whether a picture is on its way in any state, or left, so that there is something to do."""
        asked = "SELECT 1 FROM upload UNION ALL SELECT 1 FROM left_file LIMIT 1"
        with self._database.reading() as session:
            return outbox.raw(session).execute(asked).fetchone() is not None

    def _reconcile(self, expired: Any, report: CycleReport, stop: Callable[[], bool]) -> None:
        """Compare the scopes for which this device was away too long; then the exchange goes on."""
        applied = reconcile.run(self._database, self._remote, expired, stop, self._now_ms())
        report.touched |= applied.touched
        if applied.pictures:
            pictures.sweep(self._database, self._files)

    def _check_itself(self, report: CycleReport) -> None:
        """Compare with the server now and then; what goes wrong with that waits for another time."""
        if not digest.is_due(self._database, self._now_ms()):
            return
        try:
            found = digest.check(self._database, self._ask, self._now_ms())
        except SyncError:
            digest.put_off(self._database, self._now_ms())
            return
        report.touched |= found.touched
        if found.pictures:
            pictures.sweep(self._database, self._files)

    def _ask(self, path: str, body: bytes) -> bytes:
        return self._remote.call("POST", path, body).body

    def _log(self, kind: str, report: CycleReport, error: SyncError | None = None) -> None:
        """Write the cycle down for the sync centre, if anything happened, and let old lines go."""
        now = self._now_ms()
        facts = {
            "pushed": report.pushed, "rejected": report.rejected, "merged": report.merged,
            "rows": report.rows, "conflicts": report.conflicts, "photos": report.photos,
        }  # fmt: skip
        if kind == "done" and not any(facts.values()):
            return
        if error is not None:
            facts |= {"code": error.code}  # type: ignore[dict-item]  # facts are numbers but for the code
        self._note(kind, facts)
        with self._database.loading() as connection:
            arrivals.forget_old(connection)
            connection.execute(
                "DELETE FROM sync_log WHERE at < ?", (now - _KEEP_LOG // timedelta(milliseconds=1),)
            )
            old = (now - _KEEP_ACKED // timedelta(milliseconds=1),)
            connection.execute("DELETE FROM outbox WHERE state = 'acked' AND acked_at < ?", old)
            connection.execute("DELETE FROM proof WHERE at < ?", old)

    def _note(self, kind: str, facts: Mapping[str, object]) -> None:
        """Write one line for the sync centre."""
        with self._database.loading() as connection:
            connection.execute(
                "INSERT INTO sync_log (at, kind, data) VALUES (?, ?, ?)",
                (self._now_ms(), kind, msgspec.json.encode(facts).decode()),
            )
        self._database.announce({"sync_log"})


def _count(report: CycleReport, received: Received) -> None:
    settled = received.settled
    report.requests += 1
    report.pushed += settled.applied + settled.merged + settled.rejected
    report.applied += settled.applied
    report.merged += settled.merged
    report.rejected += settled.rejected
    report.retry += len(settled.postponed)
    report.conflicts += settled.conflicts
    report.rows += received.rows
    report.touched |= received.written.keys() | received.removed.keys()
