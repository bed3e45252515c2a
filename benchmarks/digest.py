"""The self-check of a laptop that holds workload S: all well, one row altered, a thousand rows lacking."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, at_most
from benchmarks.serving import prepared, serving
from benchmarks.sync import PASSWORD, CountedRemote
from benchmarks.workload import Rows, workload
from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import digest, first, outbox
from fieldcrm.sync.digest import Found
from fieldcrm.sync.engine import Engine
from fieldcrm.sync.entities import registry
from server.demo.company import Company

ROUNDS, LACKING = 5, 1_000


def figures(folder: Path) -> Iterator[Figure]:
    """Fill a laptop, then check it."""
    rows = workload()
    data = folder / "server"
    data.mkdir()
    prepared(f"sqlite:///{data / 'server.db'}", data, Company(rows, [], PASSWORD)).close()
    with serving(f"sqlite:///{data / 'server.db'}", data) as url:
        laptop = _Laptop(url, folder / "laptop.db")
        yield from _all_well(laptop, rows)
        yield from _one_altered(laptop)
        yield from _many_lacking(laptop)
        laptop.database.close()


class _Laptop:
    """One filled laptop; ``check`` compares all of it and tells what that took."""

    def __init__(self, url: str, path: Path) -> None:
        self.remote = CountedRemote(url, str(new_id()))
        self.remote.login("rep1", PASSWORD, "bench")
        self.database = Database.create(path, bytes(range(32)))
        outbox.attach(self.database)
        first.run(self.database, self.remote, lambda: False, lambda _news: None)
        Engine(self.database, self.remote, Files(path.parent / "photos", bytes(32))).cycle()

    def check(self) -> tuple[Found, float, float, int]:
        """Return what was found, seconds, processor seconds of this side, and unpacked bytes both ways."""
        self.remote.up = self.remote.down = 0
        begin, own = time.perf_counter(), time.process_time()
        found = digest.check(self.database, self._ask, clock.to_ms(clock.now()))
        taken = time.perf_counter() - begin, time.process_time() - own
        return found, *taken, self.remote.up + self.remote.down

    def _ask(self, path: str, body: bytes) -> bytes:
        return self.remote.call("POST", path, body).body

    def alter(self, statement: str) -> None:
        """Change the file behind sync's back."""
        with self.database.loading() as connection:
            connection.execute(statement)


def _all_well(laptop: _Laptop, rows: Rows) -> Iterator[Figure]:
    expected = sum(len(rows.get(name, ())) for name in registry())
    checks = [laptop.check() for _ in range(ROUNDS)]
    for found, *_ in checks:
        if found.rows != expected or found.mended or found.removed:
            raise RuntimeError(f"a laptop that holds all of S was found otherwise: {found}")
    yield Figure("digest: rows compared", float(expected), "rows")
    yield Figure("digest: all agrees", round(statistics.median(c[1] for c in checks), 3), "s")
    yield Figure("digest: processor of the laptop", round(statistics.median(c[2] for c in checks), 3), "s")
    yield at_most("digest: unpacked bytes both ways when all agrees", float(checks[-1][3]), "B", 4_096.0)


def _one_altered(laptop: _Laptop) -> Iterator[Figure]:
    laptop.alter("UPDATE account SET address = 'altered' WHERE id = (SELECT min(id) FROM account)")
    found, whole, _, moved = laptop.check()
    if (found.damaged, found.mended) != (1, 1):
        raise RuntimeError(f"one altered row was not found: {found}")
    yield at_most("digest: one altered row, rows moved", 100 * found.mended / found.rows, "%", 2.0)
    yield Figure("digest: one altered row, found and mended", round(whole, 3), "s")
    yield Figure("digest: one altered row, unpacked bytes both ways", float(moved), "B")


def _many_lacking(laptop: _Laptop) -> Iterator[Figure]:
    laptop.alter(f"DELETE FROM contact WHERE id IN (SELECT id FROM contact ORDER BY id LIMIT {LACKING})")
    found, whole, _, moved = laptop.check()
    if found.mended != LACKING:
        raise RuntimeError(f"{LACKING} lacking rows were not fetched: {found}")
    yield Figure(f"digest: {LACKING:,} lacking rows, found and fetched", round(whole, 3), "s")
    yield Figure(f"digest: {LACKING:,} lacking rows, unpacked bytes both ways", float(moved), "B")
