"""An empty laptop file and an empty server, made once and copied for every history."""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path

from fieldcrm.storage.database import Database as LaptopFile
from server.database import Database

KEY = bytes(range(32))


class Templates:
    """What every history begins with."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "empty.db"
        made = LaptopFile.create(self.file, KEY)
        made.checkpoint()
        made.close()
        self._server = Database("sqlite://")
        self._server.migrate()
        logging.getLogger("server.push").disabled = True

    def server(self) -> Database:
        """Return a server in memory with every table."""
        fresh = Database("sqlite://")
        copy_server(self._server, fresh)
        return fresh

    def laptop(self, path: Path) -> Path:
        """Return a copy of the empty laptop file."""
        copy_laptop(self.file, path)
        return path

    def close(self) -> None:
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


def fast_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder, in memory where the system has one."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, ignore_cleanup_errors=True)
