"""How work leaves the interface's thread and how its answers come back.

One writer keeps the order in which a person did things; a small pool reads; long tasks
(sync, import, export) have their own threads, a ``stop`` and a ``progress``. Workers only
know a job's number: the functions and the widgets they hold stay with this thread, so no
widget ever dies in another one. An answer for a destroyed widget is dropped, nothing
starts after ``close``, and ``changed`` names the entities touched, once a turn.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from fieldcrm.errors import FieldCrmError

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Stop = Callable[[], bool]
Progress = Callable[[object], None]
Then = Callable[[Any], object]
Failed = Callable[[FieldCrmError], object]


class Storage(Protocol):
    """What jobs need of the laptop's database."""

    def reading(self) -> AbstractContextManager[Any]:
        """Open a session that only reads."""
        ...

    def writing(self) -> AbstractContextManager[Any]:
        """Open a session that commits at its end."""
        ...

    def subscribe(self, listener: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call ``listener``, in any thread, with the tables each commit touched."""
        ...


@dataclass(slots=True)
class _Job:
    owner: QObject
    run: Callable[[], object] | None
    then: Then | None
    failed: Failed | None
    on_progress: Then | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    answer: object = None
    error: Exception | None = None
    news: list[object] = field(default_factory=list)


class Task:
    """A long task that is under way; ``cancel`` asks it to stop."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped

    def cancel(self) -> None:
        """Ask the task to stop; what it has finished stays."""
        self._stopped.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stopped.is_set()


class Jobs(QObject):
    """Runs reads, writes and long tasks; lives in the interface's thread."""

    changed = Signal(object)  # frozenset[str]: names of the entities touched
    failed = Signal(object)  # FieldCrmError nobody else wanted
    broken = Signal(object)  # Exception: a bug
    _finished = Signal(int)
    _progressed = Signal(int)
    _committed = Signal(object)

    def __init__(self, database: Storage | None = None) -> None:
        super().__init__()
        self._database: Storage | None = None
        self._writer = ThreadPoolExecutor(1, "writer")
        self._readers = ThreadPoolExecutor(2, "reader")
        self._tasks = ThreadPoolExecutor(4, "task")
        self._jobs: dict[int, _Job] = {}
        self._next = 0
        self._closed = False
        self._touched: set[str] = set()
        self._announcing = QTimer(self, interval=0, singleShot=True)
        self._announcing.timeout.connect(self._announce)
        self._finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        self._progressed.connect(self._on_progressed, Qt.ConnectionType.QueuedConnection)
        self._committed.connect(self._heard, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe: Callable[[], None] | None = None
        self.use(database)

    def use(self, database: Storage | None) -> None:
        """Read and write ``database`` from now on, and hear of its commits."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._database = database
        self._unsubscribe = database.subscribe(self._on_commit) if database is not None else None
        if database is None:  # pages that are on their way out would ask a database that is not there
            self._touched.clear()
            self._announcing.stop()

    def _on_commit(self, names: frozenset[str]) -> None:
        if not self._closed:
            self._committed.emit(names)

    def _heard(self, names: frozenset[str]) -> None:
        if self._database is not None:
            self.announce(names)

    def read(
        self, owner: QObject, fn: Callable[[Any], Answer], then: Callable[[Answer], object],
        failed: Failed | None = None,
    ) -> None:  # fmt: skip
        """Run ``fn(session)`` beside the interface and hand its answer to ``then``."""
        database = self._storage()

        def run() -> Answer:
            with database.reading() as session:
                return fn(session)

        self._start(self._readers, _Job(owner, run, then, failed))

    def write(
        self, owner: QObject, fn: Callable[[Any], Answer], then: Callable[[Answer], object] | None = None,
        failed: Failed | None = None,
    ) -> None:  # fmt: skip
        """Run ``fn(session)`` and commit; writes happen one after the other."""
        database = self._storage()

        def run() -> Answer:
            with database.writing() as session:
                return fn(session)

        self._start(self._writer, _Job(owner, run, then, failed))

    def task(
        self, owner: QObject, fn: Callable[[Stop, Progress], Answer],
        then: Callable[[Answer], object] | None = None, failed: Failed | None = None,
        on_progress: Then | None = None,
    ) -> Task:  # fmt: skip
        """Run ``fn(stop, progress)`` for as long as it takes; progress reaches ``on_progress``."""
        job = _Job(owner, None, then, failed, on_progress)
        number = self._next
        news, stopped = job.news, job.stopped

        def progress(value: object) -> None:
            news.append(value)
            if len(news) == 1 and not self._closed:
                self._progressed.emit(number)

        job.run = lambda: fn(stopped.is_set, progress)
        self._start(self._tasks, job)
        return Task(stopped)

    def announce(self, entities: Iterable[str]) -> None:
        """Tell the pages that these entities changed; calls in one turn are told together."""
        self._touched.update(entities)
        if self._touched and not self._closed:
            self._announcing.start()

    def close(self) -> None:
        """Finish every save, stop the rest, deliver nothing more."""
        self._closed = True
        if self._unsubscribe is not None:
            self._unsubscribe()
        for job in self._jobs.values():
            job.stopped.set()
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True)
        self._tasks.shutdown(wait=True, cancel_futures=True)
        self._jobs.clear()

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, waits or is about to be told."""
        return not self._jobs and not self._announcing.isActive()

    def _storage(self) -> Storage:
        if self._database is None:
            raise RuntimeError("no database is open")
        return self._database

    def _start(self, pool: ThreadPoolExecutor, job: _Job) -> None:
        if self._closed:
            return
        number, self._next = self._next, self._next + 1
        self._jobs[number] = job
        pool.submit(self._run, number)

    def _run(self, number: int) -> None:
        job = self._jobs[number]
        run = cast("Callable[[], object]", job.run)
        try:
            job.answer = run()
        except Exception as error:
            job.error = error
        del job, run
        if not self._closed:
            self._finished.emit(number)

    def _on_progressed(self, number: int) -> None:
        job = self._jobs.get(number)
        if job is None or not job.news:
            return
        latest = job.news[-1]
        job.news.clear()
        if job.on_progress is not None and shiboken6.isValid(job.owner):
            job.on_progress(latest)

    def _on_finished(self, number: int) -> None:
        if self._closed:
            return
        job = self._jobs.pop(number)
        if isinstance(job.error, FieldCrmError):
            self._refuse(job, job.error)
        elif job.error is not None:
            log.error("a job broke", exc_info=job.error)
            self.broken.emit(job.error)
        elif job.then is not None and shiboken6.isValid(job.owner):
            job.then(job.answer)

    def _refuse(self, job: _Job, error: FieldCrmError) -> None:
        if job.failed is None:
            self.failed.emit(error)
        elif shiboken6.isValid(job.owner):
            job.failed(error)

    def _announce(self) -> None:
        names, self._touched = frozenset(self._touched), set()
        self.changed.emit(names)
