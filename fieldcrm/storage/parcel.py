"""What is unsent, sealed to the server: left behind by a laptop that wipes or locks itself.

It holds what a rescue bundle holds, but nobody's passphrase opens it: only the server does.
Photos are left out when the parcel would grow larger than the server takes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fieldcrm import sealing
from fieldcrm.storage import bundle, device, disk
from fieldcrm.storage.backup import Sound
from fieldcrm.storage.bundle import Contents
from fieldcrm.storage.cipher import translated
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files

MOST_BYTES = 60 * 1024 * 1024


def write(database: Database, files: Files, path: Path, parcel_key: str) -> Contents:
    """Seal everything unsent into ``path``, whole or not at all; no file if nothing is unsent."""
    contents = Contents()
    with database.reading() as session:
        about = {name: device.fact(session, name) for name in (device.USER_ID, device.SERVER)}
        connection: Any = session.connection().connection.driver_connection
        put(path, parcel_key, bundle.pieces(Sound(connection), files, about, contents), contents)
    return contents


def put(path: Path, parcel_key: str, pieces: Iterator[bytes], contents: Contents) -> None:
    """Seal a bundle's pieces into ``path``; ``contents`` tells, afterwards, whether there were any."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with fresh.open("wb") as out:
                sealing.seal(out, bytes.fromhex(parcel_key), _fitting(pieces))
            if contents.mutations or contents.photos:
                disk.put_in_place(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)


def _fitting(pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        if piece[:1] == b"P" and size + len(piece) > MOST_BYTES:
            continue
        size += len(piece)
        yield piece
