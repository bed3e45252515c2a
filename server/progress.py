"""How far each device has come in the feed: who holds which version, and whom a poke would not tell news.

What a page told is ``told``; the next request that carries its cursor proves that the device
has it on its disk (``held``). Kept in memory and written down by the way every few seconds:
losing the latest of it costs a superfluous poke, never a row.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from server.cursors import Cursor
from server.database import Database, run, run_many

_KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Note:
    device_id: str
    seq: int
    at_ms: int
    held: bool


class Progress:
    """The notes of one worker; usable from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._notes: list[_Note] = []
        self._told: dict[UUID, int] = {}
        self._held: dict[UUID, int] = {}

    def note(self, device_id: UUID, before: Cursor, after: Cursor, at_ms: int) -> None:
        """Note that a device came with one cursor and was told everything up to another."""
        held, told = reached(before), reached(after)
        with self._turn:
            if held > self._held.get(device_id, 0):
                self._held[device_id] = held
                self._notes.append(_Note(str(device_id), held, at_ms, held=True))
            if told > self._told.get(device_id, 0):
                self._told[device_id] = told
                self._notes.append(_Note(str(device_id), told, at_ms, held=False))

    def told(self, connection: Connection, device_id: UUID) -> int:
        """Return up to where a device was told everything, as far as this worker knows."""
        with self._turn:
            known = self._told.get(device_id)
        if known is None:
            last = "SELECT max(seq) FROM device_progress WHERE device_id = ?"
            known = run(connection, last, str(device_id)).scalar() or 0
        return int(known)

    def write(self) -> None:
        """Write down what was noted since the last time."""
        with self._turn:
            notes, self._notes = self._notes, []
        if not notes:
            return
        told = [(n.device_id, n.seq, n.at_ms) for n in notes if not n.held]
        held = [(n.at_ms, n.device_id, n.seq) for n in notes if n.held]
        with self._database.writing() as connection:
            run_many(
                connection,
                "INSERT INTO device_progress (device_id, seq, told_at) VALUES (?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                told,
            )
            run_many(
                connection,
                "UPDATE device_progress SET held_at = ? WHERE device_id = ? AND seq <= ? AND held_at IS NULL",
                held,
            )


def reached(cursor: Cursor) -> int:
    """Return up to where a cursor covers all its scopes; 0 while one of them is read page by page."""
    if cursor.pending or not cursor.scopes:
        return 0
    return min(place.seq for place in cursor.scopes.values())


def thin(connection: Connection, at_ms: int) -> None:
    """Forget what is older than two days, but for each device's latest."""
    run(
        connection,
        "DELETE FROM device_progress WHERE told_at < ? AND EXISTS (SELECT 1 FROM device_progress later "
        "WHERE later.device_id = device_progress.device_id AND later.seq > device_progress.seq)",
        at_ms - _KEPT // timedelta(milliseconds=1),
    )


def since(connection: Connection, device_ids: list[str], seq: int) -> Mapping[str, tuple[int, int | None]]:
    """Return of each of these devices when it was told of ``seq``, and when it proved to hold it."""
    rows = run(
        connection,
        "SELECT device_id, min(told_at), min(held_at) FROM device_progress "
        "WHERE device_id IN ? AND seq >= ? GROUP BY device_id",
        device_ids, seq,
    )  # fmt: skip
    return {device_id: (told, held) for device_id, told, held in rows}
