"""One simulated laptop: a real encrypted file, the real core, and a user who saves things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from fieldcrm import clock, faults
from fieldcrm.ids import new_id
from fieldcrm.model.users import Role
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.sync import documents, outbox
from fieldcrm.sync.core import ClientCore
from fieldcrm.sync.entities import registry
from server.scope import Principal
from tests.simulation.oracle import Oracle
from tests.simulation.templates import OpenFile

BOOT = "00000000-0000-4000-8000-000000000000"


class Crash(BaseException):
    """The process died here: whatever was not committed is gone."""


@contextmanager
def dying_at(point: str | None, count: int = 1) -> Iterator[None]:
    """Die at the ``count``-th arrival at ``point``."""
    left = count

    def watcher(reached: str) -> None:
        nonlocal left
        if reached == point:
            left -= 1
            if left == 0:
                raise Crash(point)

    with faults.watching(watcher):
        yield


@dataclass
class Clock:
    """The one clock of a history; every step moves it on."""

    ms: int = 1_772_000_000_000

    def tick(self, ms: int = 1_000) -> int:
        self.ms += ms
        return self.ms

    def now(self) -> datetime:
        return clock.from_ms(self.ms)


@dataclass
class Laptop:
    """A client of the simulation."""

    name: str
    user: UUID
    role: Role
    file: OpenFile
    clock: Clock
    oracle: Oracle
    device: UUID = field(default_factory=new_id)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    old_bodies: list[bytes] = field(default_factory=list)
    is_locked: bool = False

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.file.now = self.clock.now
        self.core = ClientCore(self.file.database, str(self.device))

    @property
    def database(self) -> Database:
        """Return the open database."""
        return self.file.database

    @property
    def path(self) -> Path:
        """Return where the file is."""
        return self.file.path

    def close(self) -> None:
        """End the program: its file may now be copied, replaced or removed."""
        self.file.close()

    def open(self) -> None:
        """Start the program again: nothing of memory is left, the file is."""
        self.file = self.file.reopened()
        self._begin()

    def restart(self) -> None:
        """Come back after a crash."""
        self.file.restart()
        self._begin()

    def lock(self) -> None:
        """End the program for good, until ``unlock``: only who looks from outside still sees the file."""
        self.file.database.close()
        self.is_locked = True

    def unlock(self) -> None:
        """Start the program again on a file that was locked."""
        self.file.begin()
        self._begin()
        self.is_locked = False

    @property
    def principal(self) -> Principal:
        """Return who this is; the server looks up the rest afresh."""
        return Principal(self.user, self.role, None, self.device)

    def save(self, work: Callable[[Session], Any], crash: str | None = None) -> bool:
        """Save something, and say whether the user saw it saved."""
        try:
            with dying_at(crash), self.database.writing() as session:
                work(session)
        except Crash:
            self.restart()
            return False
        return True

    def request(self, crash: str | None = None) -> bytes | None:
        """Return the bytes of the next request, or None after a crash."""
        try:
            with dying_at(crash):
                body = self.core.request(self.clock.tick(), self.clock.ms, BOOT)
        except Crash:
            self.restart()
            return None
        self.oracle.saw_push(self.name, msgspec.json.decode(body).get("push", []))
        return body

    def raw(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.file.look.execute(query, values).fetchall()

    def rows(self) -> dict[tuple[str, str], tuple[int, dict[str, Any]]]:
        """Return every synced row: version and document."""
        return all_rows(self.file.look)

    def versions(self) -> dict[tuple[str, str], int]:
        """Return the version of every synced row."""
        found = self.file.look.execute(_every_version())
        return {(name, row_id): version for name, row_id, version in found}

    def mutations(self) -> dict[str, tuple[str, str | None]]:
        """Return every mutation in the outbox: state and outcome."""
        found = self.raw("SELECT mutation_id, state, outcome FROM outbox")
        return {mutation_id: (state, outcome) for mutation_id, state, outcome in found}

    def refused_creations(self) -> set[tuple[str, str]]:
        """Return the rows that are only here: the server refused to make them, nobody has dealt with it."""
        query = "SELECT entity, row_id FROM outbox WHERE op = 'create' AND state = 'rejected'"
        return {(entity, row) for entity, row in self.raw(query + " AND outcome != 'settled'")}

    def shown(self) -> dict[tuple[str, str, str], Any]:
        """Return what the user sees in every field with an unsent edit."""
        entries = outbox.select(self.file.look, "state IN ('pending', 'inflight') AND op = 'patch'")
        found = {}
        for entry in entries:
            here = documents.read(self.file.look, registry()[entry.entity], (entry.row_id,))
            if entry.row_id in here:  # work that is sent again may be of a row that has left
                body = here[entry.row_id].body
                found |= {(*entry.mutation.agg, name): body.get(name) for name in entry.intent.changes}
        return found


@cache
def _every_version() -> str:
    return " UNION ALL ".join(f"SELECT '{name}', id, version FROM \"{name}\"" for name in registry())


def all_rows(connection: Connection) -> dict[tuple[str, str], tuple[int, dict[str, Any]]]:
    """Return every synced row of a laptop's file."""
    found = {}
    for entity in registry().values():
        ids = [row_id for (row_id,) in connection.execute(f'SELECT id FROM "{entity.name}"')]
        for row_id, document in documents.read(connection, entity, ids).items():
            found[entity.name, row_id] = (document.version, document.body)
    return found
