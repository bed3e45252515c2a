"""Parcels: work of a laptop that can send it no other way, sealed to this installation.

They lie in the data folder as they came; only an administrator at the server opens them.
Replaying puts every change into ``quarantine``, word for word, where its author and the
office see it, and every photo into the store. Both can be done again without harm.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select, update

from fieldcrm import clock, sealing
from fieldcrm.errors import Damaged, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.sync.protocol import Mutation
from server import device_keys, devices, files, holdings, operations
from server.database import run
from server.tables import parcel
from server.tables_auth import blob, upload

MOST_BYTES = 64 * 1024 * 1024
PER_DEVICE = 20
_SHA = 64
_SPOKEN_FOR = timedelta(days=180)


class _Record(msgspec.Struct, frozen=True):
    table: str
    row: dict[str, Any]


def keep(connection: Connection, folder: Path, device_id: UUID, content: bytes, at: datetime) -> UUID:
    """Keep a parcel as it came; the same one again is the same one."""
    if not content.startswith(sealing.MARK):
        raise Damaged(reason="not a parcel")
    name = UUID(bytes=hashlib.sha256(content).digest()[:16])
    if connection.execute(select(parcel.c.id).where(parcel.c.id == name)).first():
        return name
    held = connection.execute(select(parcel.c.id).where(parcel.c.device_id == device_id)).all()
    if len(held) >= PER_DEVICE:
        raise RuleBroken("too_many_parcels", most=PER_DEVICE)
    folder.mkdir(mode=0o700, exist_ok=True)
    _write(folder / str(name), content)
    connection.execute(parcel.insert().values(id=name, device_id=device_id, at=at, size=len(content)))
    operations.record(connection, "parcel_received", at, device_id=device_id)
    return name


def _write(path: Path, content: bytes) -> None:
    aside = path.with_name(f"{path.name}.{new_id()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def listing(connection: Connection) -> list[dict[str, Any]]:
    """Return every parcel, the latest first."""
    rows = connection.execute(select(parcel).order_by(parcel.c.at.desc(), parcel.c.id)).all()
    return [
        {"id": str(r.id), "device_id": str(r.device_id), "at": r.at, "size": r.size,
         "replayed_at": r.replayed_at}
        for r in rows
    ]  # fmt: skip


def contents(folder: Path, signing: bytes, parcel_id: UUID) -> Iterator[_Record | bytes]:
    """Yield the records of a parcel, and photos as their bytes."""
    path = folder / str(parcel_id)
    if not path.exists():
        raise NotFound("parcel", parcel_id)
    with path.open("rb") as source:
        for piece in sealing.opened(source, device_keys.parcel_key(signing)):
            if piece[:1] == b"P":
                yield piece[1 + _SHA :]
            else:
                yield msgspec.json.decode(piece[1:], type=_Record)


def replay(
    connection: Connection, store: files.Store, folder: Path, signing: bytes, parcel_id: UUID, at: datetime
) -> dict[str, int]:
    """Put a parcel's changes into quarantine and its photos into the store; return how many of each."""
    done: Counter[str] = Counter(changes=0, photos=0, known=0)
    row = connection.execute(select(parcel).where(parcel.c.id == parcel_id)).first()
    if row is None:
        raise NotFound("parcel", parcel_id)
    for piece in contents(folder, signing, parcel_id):
        if isinstance(piece, bytes):
            done["photos"] += _store(connection, store, row.device_id, piece, at)
        elif piece.table == "outbox":
            done["changes" if _quarantined(connection, row.device_id, piece.row, at) else "known"] += 1
    connection.execute(update(parcel).where(parcel.c.id == parcel_id).values(replayed_at=at))
    operations.record(connection, "parcel_replayed", at, device_id=row.device_id, counts=dict(done))
    return dict(done)


def _quarantined(connection: Connection, device_id: UUID, entry: dict[str, Any], at: datetime) -> bool:
    """Quarantine one change, unless the server has had it: by an answer, or from this parcel before."""
    known = "SELECT 1 FROM receipt WHERE mutation_id = ? UNION SELECT 1 FROM quarantine WHERE mutation_id = ?"
    if run(connection, known, entry["mutation_id"], entry["mutation_id"]).first():
        return False
    plain = msgspec.json.decode(entry["payload"])
    mutation = msgspec.convert({"n": entry["n"]} | plain, Mutation)
    run(
        connection,
        "INSERT INTO quarantine (id, version, mutation_id, device_id, rep_id, entity, row_id, payload, code, "
        "reason, at, settled) VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        str(new_id()), mutation.id, str(device_id), str(devices.found(connection, device_id).user_id),
        mutation.agg[0][:200], mutation.agg[1], msgspec.json.encode(mutation).decode(), "from_parcel", "",
        clock.to_ms(at), False,
    )  # fmt: skip
    return True


def _store(connection: Connection, store: files.Store, device_id: UUID, photo: bytes, at: datetime) -> bool:
    """Keep a photo as if the device had sent it: its owner has shown these bytes."""
    sha256 = hashlib.sha256(photo).hexdigest()
    path = store.blob(sha256)
    fresh = not path.exists()
    if fresh:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, photo)
    if not connection.execute(select(blob.c.sha256).where(blob.c.sha256 == sha256)).first():
        connection.execute(blob.insert().values(sha256=sha256, size=len(photo), stored_at=at))
    if fresh:
        connection.execute(
            upload.insert().values(
                id=new_id(), user_id=devices.found(connection, device_id).user_id, device_id=device_id,
                sha256=sha256, size=len(photo), state="stored", expires_at=at + _SPOKEN_FOR,
            )
        )  # fmt: skip
    holdings.mark_stored(connection, {sha256})
    return fresh
