"""Locks on open files: who may write a part, who may serve a data folder.

The system lets go of them when a process dies, however it dies. Windows has no such lock
here: there one process serves, and nothing else is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from fieldcrm.errors import InUse


def _locker() -> Callable[[IO[Any]], None]:
    try:
        import fcntl
    except ImportError:
        return lambda _file: None
    return lambda file: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


lock = _locker()
"""Take the lock of an open file until it is closed, or raise ``OSError`` at once."""


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold a data folder; raises ``InUse`` while another process does."""
    with (data / "running.lock").open("w") as file:
        try:
            lock(file)
        except OSError as error:
            raise InUse(folder=data.name) from error
        yield
