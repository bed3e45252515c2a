"""How far from its store a check-in was and when it really was, measured by the server (V6).

A laptop's own figure is a claim: whatever it says, the distance between the two positions
is what the manager sees. Without both positions there is nothing to measure, and a claim
without a position is dropped. The device's clock is a claim too: how far it was off is said,
and nothing is decided by it.
"""

from __future__ import annotations

from fieldcrm.model.accounts import Datum
from fieldcrm.rules import positions
from fieldcrm.rules.positions import Position
from fieldcrm.sync.protocol import Mutation
from server.batch import Batch, Held
from server.rows import Stored

TIMED = frozenset({"check_in", "check_out"})
_MOST = 2**31 - 1


def measure(batch: Batch, held: Held) -> None:
    """Set a check-in's distance to its store."""
    store = batch.held("account", held.row["account_id"])
    here, there = _position(held.row), _position(store.row) if store else None
    held.put("distance_m", round(positions.distance_m(here, there)) if here and there else None)


def time(batch: Batch, held: Held, mutation: Mutation) -> None:
    """Set what we know of an arrival's or departure's time beside what the device says."""
    held.put("captured_at", batch.captured(mutation))
    held.put("received_at", batch.at_ms)
    held.put("clock_off_s", _within((mutation.at - batch.told(mutation)) // 1_000))


def _within(seconds: int) -> int:
    return max(-_MOST, min(seconds, _MOST))


def _position(row: Stored) -> Position | None:
    if row["datum"] not in set(Datum):
        return None
    return positions.stored(row["latitude_e7"], row["longitude_e7"], row["datum"])
