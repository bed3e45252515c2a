"""I21: a page has its limits, and looking for what is unsent does not read what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import zstandard

from fieldcrm.sync import batch
from fieldcrm.sync.page import Page
from fieldcrm.sync.protocol import MAX_BODY, MAX_ROWS, SyncRequest
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World


def answered(world: World, laptop: Laptop, request: SyncRequest, answer: Page) -> None:
    """Measure a page."""
    world.checked("I21")
    most = min(MAX_ROWS, max(1, request.want.max_rows))
    if len(answer.rows) > most:
        raise Violation(f"I21 {laptop.name} was sent {len(answer.rows)} rows of {most}")
    body = msgspec.json.encode(answer.rows)  # about what travelled; packing makes nothing larger
    if len(body) > MAX_BODY and len(zstandard.ZstdCompressor(level=1).compress(body)) > MAX_BODY:
        raise Violation(f"I21 {laptop.name} was sent {len(body)} bytes that do not pack")


class _Listening:
    """A connection that notes what it is asked."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.asked: list[tuple[str, Any]] = []

    def execute(self, query: str, values: Any = ()) -> Any:
        self.asked.append((query, values))
        return self._connection.execute(query, values)


def at_rest(world: World) -> None:
    """Ask SQLite how it would look for unsent work: by the index of states, never through the table."""
    for laptop in world.laptops:
        world.checked("I21")
        listening = _Listening(laptop.file.look)
        batch.choose(listening)  # type: ignore[arg-type]  # all it needs of a connection
        for query, values in listening.asked:
            for *_, plan in laptop.raw(f"EXPLAIN QUERY PLAN {query}", *values):
                if str(plan).startswith("SCAN"):
                    raise Violation(f"I21 {laptop.name} reads the whole table: {plan} for {query}")
