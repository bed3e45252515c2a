"""How far this device's clock is from the server's: told, recorded and warned of, never obeyed.

Each answer tells the server's time. Of the last eight exchanges the one with the shortest
way there and back is believed. A sample keeps both what the wall clock was off by and where
the server's time stood on a clock that nobody can set; within one run of the program the
second is right even after the wall clock has jumped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from fieldcrm import clock, ids
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.local import SyncState
from fieldcrm.sync import state

SAMPLES = 8
RUN = str(ids.new_id())
"""Names this run of the program; its steady clock means nothing to another run."""


@dataclass(frozen=True, slots=True)
class Reading:
    """This device's clocks at one moment."""

    wall_ms: int
    mono_ms: int
    boot: str = RUN


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One exchange: its way there and back, and the server's time less each of our clocks."""

    took_ms: int
    wall: int
    mono: int
    boot: str


def now() -> Reading:
    """Return what the clocks say now."""
    return Reading(clock.to_ms(clock.now()), clock.monotonic_ms())


def note(connection: Connection, sent: Reading, got: Reading, server_ms: int) -> None:
    """Remember what an answer told of the server's time."""
    took = max(0, got.mono_ms - sent.mono_ms)
    then = server_ms + took // 2
    fresh = Sample(took, then - got.wall_ms, then - got.mono_ms, got.boot)
    kept = [*_samples(state.read(connection, state.CLOCK, [])), fresh][-SAMPLES:]
    state.write(connection, state.CLOCK, msgspec.to_builtins(kept))


def offset(connection: Connection, at: Reading) -> int:
    """Return how many milliseconds the server is ahead of our wall clock; 0 if nobody knows."""
    return _offset(_samples(state.read(connection, state.CLOCK, [])), at)


def ahead(session: Session, at: Reading | None = None) -> timedelta:
    """Return how far the server is ahead of this laptop's clock."""
    kept = session.get(SyncState, state.CLOCK)
    found = _offset(_samples(kept.value if kept else []), at or now())
    return timedelta(milliseconds=found)


def _offset(samples: list[Sample], at: Reading) -> int:
    here = [sample for sample in samples if sample.boot == at.boot]
    best = min(here or samples, key=lambda sample: sample.took_ms, default=None)
    if best is None:
        return 0
    return best.mono + at.mono_ms - at.wall_ms if here else best.wall


def _samples(kept: Any) -> list[Sample]:
    return msgspec.convert(kept, list[Sample])
