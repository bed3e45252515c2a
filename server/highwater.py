"""The high-water mark: the end of the feed, written outside the database.

Whoever puts an old database file back seldom touches the rest of the data folder, so at
boot the mark names a batch that the database does not know, and a new epoch begins. It is
an early alarm, not the proof: it is written once a second by the background work and at
the end, never by a push, so that a burst pays no second fsync. What it may lag behind, or
a mark restored together with the database, the first laptop's cursor or lease finds out.
It never runs ahead of the database: it names only batches that were read after their
commit.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from server import cursors, epochs
from server.cursors import START, Place
from server.database import Database

_NAME = "high-water.json"


class Mark:
    """The mark in one data folder, and what it said last."""

    def __init__(self, data: Path) -> None:
        self._path = data / _NAME
        self._said: Place | None = None

    def read(self) -> Place | None:
        """Return what the mark says; one that cannot be read says nothing."""
        try:
            told = json.loads(self._path.read_text("ascii"))
            return Place(int(told["seq"]), str(told["token"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, database: Database) -> None:
        """Write down where the feed ends, if it has moved; whole or not at all."""
        with database.reading() as connection:
            end = cursors.newest(connection)
        if end in (self._said, START):
            return
        aside = self._path.with_suffix(".part")
        with aside.open("w", encoding="ascii") as file:
            json.dump({"seq": end.seq, "token": end.token}, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)
        self._said = end


def notice(database: Database, data: Path) -> str | None:
    """Look at boot whether the data was set back, and begin a new epoch then; return why."""
    why = None
    with database.writing() as connection:
        mark = Mark(data).read()
        if epochs.notice_cluster(connection):
            why = "cluster"
        elif mark is not None and cursors.place(connection, mark.seq) != mark:
            epochs.begin(connection, "a high-water mark from the time that was lost")
            why = "high_water"
    Mark(data).keep(database)
    return why
