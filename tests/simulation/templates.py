"""What every history begins with: an empty server, and laptop files that are empty again.

Opening an encrypted file costs more than a day's work in it, so files stay open and are
emptied between histories. A restart within a history opens its file truly anew.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from fieldcrm import clock
from fieldcrm.errors import StorageError
from fieldcrm.storage import cipher
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database as LaptopFile
from fieldcrm.sync import outbox
from server.database import Database

KEY = bytes(range(32))


@dataclass(eq=False)
class OpenFile:
    """An open laptop file; ``look`` sees it from outside, ``now`` is its user's clock."""

    path: Path
    now: Callable[[], datetime] = field(default=clock.now)

    def __post_init__(self) -> None:
        self.begin()
        self.look: Connection = self.database.connect()

    def begin(self) -> None:
        """Open the file as a program that starts."""
        self.database = LaptopFile.open(self.path, KEY)
        outbox.attach(self.database, now=lambda: self.now())

    def restart(self) -> None:
        """Open the file anew as after a crash: while somebody looks on, its log is not folded in."""
        self.database.close()
        self.begin()

    def close(self) -> None:
        """Let go of the file."""
        self.look.close()
        self.database.close()

    def reopened(self) -> OpenFile:
        """Open the file anew after ``close``, as another process would."""
        return OpenFile(self.path, self.now)

    def emptied(self) -> None:
        """Remove every row, and every other file of this laptop."""
        with self.database.loading() as connection:
            for name in _tables(connection):
                if name.endswith("_token"):
                    connection.execute(f"INSERT INTO {name}({name}) VALUES ('delete-all')")
                else:
                    connection.execute(f'DELETE FROM "{name}"')
        for beside in self.path.parent.iterdir():
            if not beside.name.startswith(self.path.name):
                shutil.rmtree(beside) if beside.is_dir() else beside.unlink()


def _tables(connection: Connection) -> list[str]:
    """Return every table but those that belong to an index."""
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        r" AND name NOT LIKE '%\_token\__%' ESCAPE '\'"
    ).fetchall()
    return [name for (name,) in found]


class Templates:
    """Everything that outlives a history, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "empty.db"
        made = LaptopFile.create(self.file, KEY)
        made.checkpoint()
        made.close()
        self._made = 0
        self._idle: list[OpenFile] = []
        self._server = Database("sqlite://")
        self._server.migrate()
        logging.getLogger("server.push").disabled = True

    def server(self) -> Database:
        """Return a server in memory with every table."""
        fresh = Database("sqlite://")
        copy_server(self._server, fresh)
        return fresh

    def laptop(self) -> OpenFile:
        """Return an open, empty laptop file."""
        if self._idle:
            return self._idle.pop(0)
        self._made += 1
        path = self.folder / f"laptop{self._made}" / "field.db"
        copy_laptop(self.file, path)
        return OpenFile(path)

    def give_back(self, file: OpenFile) -> None:
        """Keep a file for the next history, if it is still one."""
        try:
            file.emptied()
        except (StorageError, cipher.DriverError, OSError):
            with suppress(StorageError, cipher.DriverError, OSError):
                file.close()
            shutil.rmtree(file.path.parent, ignore_errors=True)
        else:
            self._idle.append(file)

    def close(self) -> None:
        """Let go of everything."""
        for file in self._idle:
            file.close()
        self._server.close()


def copy_server(from_: Database, to: Database) -> None:
    """Make ``to`` what ``from_`` is now; a backup and its restoring are this."""
    source, target = from_.engine.raw_connection(), to.engine.raw_connection()
    source.driver_connection.backup(target.driver_connection)  # type: ignore[union-attr]
    source.close()
    target.close()


def copy_laptop(from_: Path, to: Path) -> None:
    """Copy a laptop's file and what lies beside it, but not its lock."""
    to.parent.mkdir(parents=True, exist_ok=True)
    for beside in from_.parent.glob(from_.name + "*"):
        if not beside.name.endswith(".lock"):
            shutil.copy(beside, to.with_name(beside.name.replace(from_.name, to.name)))
