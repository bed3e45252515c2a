"""The signing key of this installation: 32 random bytes in the data folder, mode 0600.

Workers and command-line tools that start together agree on one key: it is written aside
and linked into place, which only the first can do.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from fieldcrm.ids import new_id

_NAME = "signing.key"


def signing_key(data: Path) -> bytes:
    """Return the key of the installation in ``data``, making it the first time."""
    path = data / _NAME
    if not path.exists():
        _make(path)
    key = bytes.fromhex(path.read_text("ascii").strip())
    if len(key) < 32:
        raise ValueError(f"{path.name} is not a signing key")
    return key


def _make(path: Path) -> None:
    aside = path.with_name(f"{path.name}.{new_id()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
