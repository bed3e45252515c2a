"""When a database ought to be read through: after an end that was none, and once a week.

A kill or a power cut is where a file goes wrong; a log of another day that somebody put beside
it has this file's own salt, so that only reading everything finds it. A doubt stays until a
check has found nothing.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from fieldcrm.storage import disk
from fieldcrm.storage.cipher import translated

EVERY_MS = 7 * 86_400_000
_NAME = "checkup.json"


class _Kept(msgspec.Struct, frozen=True):
    """``open`` while somebody works in the file; still there at the next start, it tells of a bad end."""

    checked_ms: int
    open: bool = False
    doubtful: bool = False


def begin(folder: Path, now_ms: int) -> None:
    """Note that the file is being worked in; it was left well only if ``end`` was reached."""
    kept = _read(folder) or _Kept(now_ms)
    _write(folder, msgspec.structs.replace(kept, open=True, doubtful=kept.doubtful or kept.open))


def end(folder: Path) -> None:
    """Note that the file was closed; one that is gone needs no note."""
    kept = _read(folder)
    if kept is not None:
        _write(folder, msgspec.structs.replace(kept, open=False))


def is_due(folder: Path, now_ms: int) -> bool:
    """Whether the file should be read through; a clock that was set back does not put it off."""
    kept = _read(folder)
    return kept is not None and (kept.doubtful or not 0 <= now_ms - kept.checked_ms < EVERY_MS)


def passed(folder: Path, now_ms: int) -> None:
    """Note that the whole file was read and nothing was wrong."""
    kept = _read(folder)
    if kept is not None:
        _write(folder, msgspec.structs.replace(kept, checked_ms=now_ms, doubtful=False))


def _read(folder: Path) -> _Kept | None:
    with translated(folder):
        try:
            return msgspec.json.decode((folder / _NAME).read_bytes(), type=_Kept)
        except (FileNotFoundError, msgspec.DecodeError):
            return None


def _write(folder: Path, kept: _Kept) -> None:
    disk.write_whole(folder / _NAME, msgspec.json.encode(kept))
