"""How soon one laptop shows what another saved, both online: save, push, poke, pull, all of it.

Two real laptop files with the product's own engine and listener, and idle laptops that
listen to the same server meanwhile. Every round ends when the row is on the second disk.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.figures import Figure, at_most, percentile
from benchmarks.serving import prepared, serving, signed_in
from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.sync.pace import AFTER_NEWS_SECONDS
from fieldcrm.sync.pokes import Listener
from server.demo.company import Size, company
from tests.sync.machine import Machine
from tests.sync.machine import signed_in as laptop

IDLE, ROUNDS = 200, 40
P50, P99 = 0.3, 1.5


def figures(folder: Path) -> Iterator[Figure]:
    """Measure with nobody else, then with idle listeners."""
    made = company(Size(IDLE, 10, IDLE * 5, 0, 0), 7, clock.business_day(clock.now()))
    data = folder / "server"
    data.mkdir()
    prepared(f"sqlite:///{data / 'server.db'}", data, made).close()
    with serving(f"sqlite:///{data / 'server.db'}", data) as url:
        one, other = (laptop(folder / name, url, "rep1", made.password) for name in ("one", "other"))
        for each in (one, other):
            each.cycle()
        lines = [_idle(url, f"rep{n + 2}", made.password, n) for n in range(IDLE - 1)]
        try:
            taken = _rounds(one, other)
        finally:
            for line in lines:
                line.close()
            one.close()
            other.close()
    yield at_most(f"pokes: A to B, {IDLE} listeners, p50", percentile(taken, 0.5), "s", P50)
    yield at_most(f"pokes: A to B, {IDLE} listeners, p99", percentile(taken, 0.99), "s", P99)


def _rounds(one: Machine, other: Machine) -> list[float]:
    poked = threading.Event()
    listener = Listener(other.remote, lambda _scopes: poked.set())
    listener.start()
    taken = []
    for number in range(ROUNDS + 1):
        row = Todo(id=new_id(), assignee_id=one.me, created_by=one.me, title=f"round {number}")
        begin = time.perf_counter()
        one.save(lambda session, row=row: session.add(row))
        one.cycle()
        while not other.rows("SELECT 1 FROM todo WHERE id = ?", str(row.id)):
            if not poked.wait(30):
                raise RuntimeError("no poke came")
            poked.clear()
            time.sleep(AFTER_NEWS_SECONDS)
            other.cycle()
        taken.append(time.perf_counter() - begin)
    listener.stop()
    return taken[1:]


def _idle(url: str, login: str, password: str, number: int) -> socket.socket:
    """Open a line that only listens."""
    client, where = signed_in(url, login, password, number), urlsplit(url)
    line = socket.create_connection((where.hostname or "", where.port or 0))
    line.sendall(
        f"GET /sync/v1/poke HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {client.access}\r\n\r\n"
        .encode()
    )  # fmt: skip
    if not line.recv(4_096).startswith(b"HTTP/1.1 200"):
        raise RuntimeError("a listener was refused")
    return line
