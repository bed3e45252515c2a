"""Background work of one worker: each job in a thread of its own, again and again, until told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.errors import guarded


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every ``seconds``."""

    name: str
    seconds: float
    work: Callable[[], object]


class Clockwork:
    """Runs jobs between ``start`` and ``stop``; a job that fails is logged and tried again."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._turn, args=(job,), name=job.name, daemon=True) for job in jobs
        ]

    def start(self) -> None:
        """Start every job; the first turn is at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the turns under way come to their end."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _turn(self, job: Job) -> None:
        while not self._stop.is_set():
            guarded(job.name, job.work)
            self._stop.wait(job.seconds)
