"""One process owns a database for writing; a second one must hear of it, not wait.

An advisory lock on a file of its own: it dies with the process, also with a killed one,
and never touches the locks that SQLite keeps on the database itself.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fieldcrm.errors import InUse
from fieldcrm.storage.cipher import translated

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Ownership:
    """Holds the lock of ``path`` until ``release``; ``InUse`` when somebody else holds it."""

    def __init__(self, path: Path) -> None:
        lock = path.with_name(path.name + ".lock")
        with translated(lock):
            self._handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise InUse(file=path.name) from error

    def release(self) -> None:
        """Let others have it; releasing twice is harmless."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
