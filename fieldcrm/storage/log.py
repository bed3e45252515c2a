"""A write-ahead log that is not this file's must never be replayed into it.

It happens when somebody puts another copy of the database under an old name and leaves the
log behind: SQLite would copy foreign pages into a sound file. Each page of SQLCipher is
sealed under the file's own salt, so the log's first page tells whose it is. A first page
that was cut short by a power cut holds no commit, and is as worthless.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from pathlib import Path

from fieldcrm.storage.cipher import translated

_PAGE = 4096
_SALT, _SEAL = 16, 64
_LOG_HEAD, _FRAME_HEAD = 32, 24
_HMAC_SALT_MASK = 0x3A


def set_foreign_log_aside(path: Path, key: bytes) -> bool:
    """Rename a log written for another file to ``<name>.foreign-log``; say whether there was one."""
    log = path.with_name(path.name + "-wal")
    with translated(path):
        if not log.exists() or log.stat().st_size < _LOG_HEAD + _FRAME_HEAD + _PAGE:
            return False
        with path.open("rb") as file:
            first = file.read(_PAGE)
        with log.open("rb") as file:
            frame = file.read(_LOG_HEAD + _FRAME_HEAD + _PAGE)[_LOG_HEAD:]
        salt, number = first[:_SALT], struct.unpack(">I", frame[:4])[0]
        ours = not _is_sealed(first, 1, salt, key) or _is_sealed(frame[_FRAME_HEAD:], number, salt, key)
        if not ours:
            log.replace(path.with_name(path.name + ".foreign-log"))
            path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return not ours


def _is_sealed(page: bytes, number: int, salt: bytes, key: bytes) -> bool:
    """Whether SQLCipher sealed the page for this place, salt and key."""
    mask = bytes(byte ^ _HMAC_SALT_MASK for byte in salt)
    seal_key = hashlib.pbkdf2_hmac("sha512", key, mask, 2, 32)
    body = page[_SALT if number == 1 else 0 : _PAGE - _SEAL]
    seal = hmac.digest(seal_key, body + struct.pack("<I", number), "sha512")
    return len(page) == _PAGE and hmac.compare_digest(seal, page[_PAGE - _SEAL :])
