"""Serving: one process, or a parent that keeps several workers alive on one socket.

The parent binds the socket itself, so port 0 works with any number of workers, and says
``ready`` only when every worker serves. A worker that dies is replaced; workers whose
parent was killed notice the end of their standard input and stop.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import FrameType

import uvicorn

from fieldcrm import clock
from server import app, highwater, limits, locks, logs
from server.database import Database
from server.settings import Settings

log = logging.getLogger("server")

_GRACE_SECONDS = 10
_MAX_DEATHS = 5
_DEATHS_WITHIN = timedelta(minutes=1)
_STOPPING = (signal.SIGTERM, signal.SIGINT)


def serve(settings: Settings) -> int:
    """Serve until told to stop; return the exit code. Raises ``InUse`` if somebody serves this folder."""
    logs.install()
    settings = settings.prepared()
    with locks.alone(settings.data):
        return _serve(settings)


def _serve(settings: Settings) -> int:
    database = Database(settings.database_url)
    database.migrate()
    set_back = highwater.notice(database, settings.data)
    if set_back:
        log.warning("set back", extra={"facts": {"noticed_by": set_back}})
    database.close()
    listener = _listener(settings)
    host, port = listener.getsockname()[:2]
    ready = json.dumps({"ready": f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"})
    if settings.workers > 1:
        return _Parent(settings, listener, lambda: print(ready, flush=True)).run()
    return work(settings, listener, background=True, ready=lambda: print(ready, flush=True))


def work(settings: Settings, listener: socket.socket, *, background: bool, ready: Callable[[], None]) -> int:
    """Serve on ``listener`` in this process until SIGTERM or SIGINT."""
    application = app.create(settings, background=background)
    _spare_the_collector()
    config = uvicorn.Config(
        application,
        log_config=None, access_log=False, server_header=False, ws="none", lifespan="on",
        proxy_headers=bool(settings.trusted_proxies), forwarded_allow_ips=list(settings.trusted_proxies),
        h11_max_incomplete_event_size=limits.HEADERS, timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=75,
    )  # fmt: skip
    server = _Server(config, ready, application.state.installation.pokes.close)
    server.run(sockets=[listener])
    return 0 if server.started else 1


def _spare_the_collector() -> None:
    """Look for cycles seldom, and not among what stays: requests leave hardly any behind.

    A page is thousands of objects at once, which the usual limit of 700 goes through several times.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def work_for_parent(settings: Settings, number: int, handle: int) -> int:
    """Serve as worker ``number`` on the parent's socket; stop when the parent is gone."""
    logs.install()
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    listener = socket.socket(fileno=handle)
    return work(settings, listener, background=number == 0, ready=lambda: print("ready", flush=True))


def _stop_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol by its name: asyncio turns Nagle's delay off only for sockets that say TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port))
    listener.listen(2048)
    listener.set_inheritable(True)
    return listener


class _Server(uvicorn.Server):
    """uvicorn that says when it serves, lets its listeners go and ends quietly when it is told to stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], let_go: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready, self._let_go = ready, let_go

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the lines that would stay open for ever, then stop."""
        self._let_go()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, and do not die of them afterwards."""
        before = {which: signal.signal(which, self.handle_exit) for which in _STOPPING}
        try:
            yield
        finally:
            for which, handler in before.items():
                signal.signal(which, handler)


class _Parent:
    """Keeps ``workers`` processes alive until it is told to stop."""

    def __init__(self, settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
        self._settings = settings
        self._listener = listener
        self._ready = ready
        self._stopping = False
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._deaths: deque[datetime] = deque(maxlen=_MAX_DEATHS)

    def run(self) -> int:
        """Start the workers, replace the dead, and return the exit code."""
        for which in _STOPPING:
            signal.signal(which, self._on_stop)
        for number in range(self._settings.workers):
            self._start(number)
        if all(_says_ready(worker) for worker in self._workers.values()) and not self._stopping:
            self._ready()
        while self._workers:
            self._reap()
        return 0 if self._stopping else 1

    def _start(self, number: int) -> None:
        handle = self._listener.fileno()
        self._workers[number] = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "server", "work", "--number", str(number), "--socket", str(handle)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[handle],
            env=os.environ | self._settings.as_environment(), start_new_session=True,
        )  # fmt: skip

    def _reap(self) -> None:
        pid, status = os.wait()
        number = next((n for n, worker in self._workers.items() if worker.pid == pid), None)
        if number is None:
            return
        self._workers.pop(number).returncode = os.waitstatus_to_exitcode(status)
        if not self._stopping and self._may_replace():
            self._start(number)
        else:
            self._stop_all()
        if self._stopping:  # told to while the new one was being started
            self._stop_all()

    def _may_replace(self) -> bool:
        now = clock.now()
        self._deaths.append(now)
        return len(self._deaths) < _MAX_DEATHS or now - self._deaths[0] > _DEATHS_WITHIN

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        self._stop_all()

    def _stop_all(self) -> None:
        for worker in self._workers.values():
            worker.terminate()


def _says_ready(worker: subprocess.Popen[bytes]) -> bool:
    return bool(worker.stdout and worker.stdout.readline())
