"""The folder of a run, in memory where the system has one; the next run removes what dead ones left.

A run holds the lock of its folder, which dies with the process, also with a killed one.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fieldcrm.errors import InUse
from fieldcrm.storage.owner import Ownership

_MEMORY = Path("/dev/shm")
_PREFIX = "fieldcrm-simulation-"
_OWNED = "run"
_YOUNG_SECONDS = 60  # between making its folder and locking it a run is not dead


def place() -> Path:
    """Return where runs put their folders."""
    return _MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir())


@contextmanager
def fast_folder(where: Path | None = None) -> Iterator[Path]:
    """Return a folder that goes with this run, however the run ends."""
    where = where or place()
    sweep(where)
    made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=where))
    held = Ownership(made / _OWNED)
    try:
        yield made
    finally:
        held.release()
        shutil.rmtree(made, ignore_errors=True)


def sweep(where: Path) -> None:
    """Remove the folders of runs that are no more."""
    for lock in where.glob(f"{_PREFIX}*/{_OWNED}.lock"):
        with suppress(InUse, OSError):
            if time.time() - lock.stat().st_mtime < _YOUNG_SECONDS:
                continue
            Ownership(lock.with_name(_OWNED)).release()
            shutil.rmtree(lock.parent, ignore_errors=True)
