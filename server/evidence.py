"""How far from its store a check-in was, measured by the server (V6).

A laptop's own figure is a claim: whatever it says, the distance between the two positions
is what the manager sees. Without both positions there is nothing to measure, and a claim
without a position is dropped.
"""

from __future__ import annotations

from fieldcrm.model.accounts import Datum
from fieldcrm.rules import positions
from fieldcrm.rules.positions import Position
from server.batch import Batch, Held
from server.rows import Stored


def measure(batch: Batch, held: Held) -> None:
    """Set a check-in's distance to its store."""
    store = batch.held("account", held.row["account_id"])
    here, there = _position(held.row), _position(store.row) if store else None
    held.put("distance_m", round(positions.distance_m(here, there)) if here and there else None)


def _position(row: Stored) -> Position | None:
    if row["datum"] not in set(Datum):
        return None
    return positions.stored(row["latitude_e7"], row["longitude_e7"], row["datum"])
