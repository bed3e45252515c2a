"""The first sync where it hurts: 50,000 rows over 5 Mbit/s at 80 ms, and S in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks import laptop, line
from benchmarks.figures import Figure, at_most
from benchmarks.serving import prepared, serving
from benchmarks.workload import plans, workload
from fieldcrm import clock
from server.demo.company import Company

BITS, ROUND_TRIP = 5_000_000, 0.08


def memory(url: str, password: str, folder: Path) -> Iterator[Figure]:
    """Fill a laptop with S in a process of its own."""
    filled = laptop.filled(url, password, folder)
    yield at_most("sync: memory of a laptop that fills with S", filled.most, "MB", 250)
    yield at_most("sync: of that, above what it had at rest", filled.most - filled.idle, "MB", 120)


def over_a_slow_line(folder: Path, password: str) -> Iterator[Figure]:
    """Fill a laptop with half of S through a slow line; its files are made already, as on any other day."""
    rows = workload(0.5)
    plans(rows, clock.business_day(clock.now()))
    folder.mkdir()
    database = f"sqlite:///{folder / 'server.db'}"
    prepared(database, folder, Company(rows, [], password)).close()
    with serving(database, folder) as url:
        laptop.filled(url, password, folder / "near")
        with line.slow(url, bits_per_second=BITS, round_trip=ROUND_TRIP) as far:
            filled = laptop.filled(far, password, folder / "far")
    name = f"sync: {filled.rows:,} rows over 5 Mbit/s, 80 ms"
    yield at_most(name, filled.whole, "s", 12.0)
    yield at_most(f"{name}: workable after", 100 * filled.workable / filled.whole, "% of it", 25.0)
