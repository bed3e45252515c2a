"""A laptop with a real remote, built by hand: what ``fieldcrm/laptop.py`` assembles, without a keyring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import outbox
from fieldcrm.sync.engine import CycleReport, Engine
from fieldcrm.sync.remote import Remote

KEY = bytes(range(32))


@dataclass
class Machine:
    """One signed-in laptop."""

    database: Database
    files: Files
    remote: Remote
    engine: Engine

    @property
    def me(self) -> UUID:
        assert self.remote.tokens is not None
        return UUID(self.remote.tokens.user.id)

    def cycle(self) -> CycleReport:
        return self.engine.cycle()

    def save(self, work: Callable[[Session], Any]) -> None:
        with self.database.writing() as session:
            work(session)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database.reading() as session:
            return outbox.raw(session).execute(query, values).fetchall()

    def close(self) -> None:
        self.database.close()


def signed_in(folder: Path, url: str, user: str, password: str, *, device: UUID | None = None) -> Machine:
    """Return a laptop of ``user``, opened or made in ``folder``, signed in at ``url``."""
    path = folder / "field.db"
    database = Database.open(path, KEY) if path.exists() else Database.create(path, KEY)
    outbox.attach(database)
    remote = Remote(url, str(device or new_id()))
    remote.login(user, password, "laptop")
    files = Files(folder / "photos", KEY)
    return Machine(database, files, remote, Engine(database, remote, files))
