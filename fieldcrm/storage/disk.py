"""Files that are there whole or not at all, also after a power cut.

A file is written under another name, synced, and renamed; the folder is synced too.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from fieldcrm.storage.cipher import translated

_BLOCK = 1 << 16


def write_whole(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``; ``DiskFull`` or ``ReadOnly`` leave what was there before."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            fresh.write_bytes(content)
            put_in_place(fresh, path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


def put_in_place(fresh: Path, path: Path) -> None:
    """Rename a complete file onto ``path`` so that a power cut leaves the old one or the new one."""
    with fresh.open("rb+") as handle:
        os.fsync(handle.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` durable; Windows does so by itself."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_database(path: Path) -> None:
    """Delete a database with its log: a log that outlives its file would be replayed into the next."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def shred(path: Path) -> None:
    """Overwrite a small secret file before deleting it; a missing one is fine."""
    with translated(path):
        if path.exists():
            with path.open("rb+", buffering=0) as handle:
                for _ in range(0, path.stat().st_size, _BLOCK):
                    handle.write(secrets.token_bytes(min(_BLOCK, path.stat().st_size)))
                os.fsync(handle.fileno())
            path.unlink()
            sync_folder(path.parent)
