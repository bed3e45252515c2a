"""Both databases that the server knows, each fresh, for figures that are wanted of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figures import Figure
from tests.fixtures.postgres import Cluster, programs

Measure = Callable[[str, str, Path], Iterator[Figure]]
"""Yields figures of one database, given its name, its URL and an empty data folder."""


def on_both(subject: str, unit: str, folder: Path, measure: Measure) -> Iterator[Figure]:
    """Measure ``subject`` on SQLite and on a durable PostgreSQL cluster, which may be missing."""
    yield from measure("sqlite", f"sqlite:///{_made(folder, 'sqlite') / 'server.db'}", folder / "sqlite")
    found = programs()
    if found is None:
        yield Figure(f"{subject} postgresql: not measured, PostgreSQL is missing", 0, unit, met=False)
        return
    folder.chmod(0o755)
    cluster = Cluster(found, _made(folder, "cluster"), durable=True)
    try:
        yield from measure("postgresql", cluster.create(subject), _made(folder, "postgresql"))
    finally:
        cluster.stop()


def _made(folder: Path, name: str) -> Path:
    place = folder / name
    place.mkdir()
    return place
