"""The floor of a first sync: the least work that puts workload S into a local database.

A static NDJSON.zst file, msgspec, ``executemany`` in one transaction, a primary key and two
indexes; no server, no scopes, no search, no checks.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import sqlcipher3.dbapi2
import zstandard

from benchmarks.workload import Rows
from fieldcrm.model.wire import to_wire
from fieldcrm.sync.entities import Entity, registry

KEY = bytes(range(32)).hex()


def write_file(rows: Rows, path: Path) -> int:
    """Write the rows as the floor's file and return its uncompressed bytes."""
    lines = [line for name, entity in registry().items() for line in _lines(entity, rows)]
    data = b"\n".join(lines)
    path.write_bytes(zstandard.ZstdCompressor(level=3).compress(data))
    return len(data)


def _lines(entity: Entity, rows: Rows) -> list[bytes]:
    parts = {part.name: _by_owner(rows, part.table.name, part.owner) for part in entity.parts}
    made = []
    for row in rows.get(entity.name, ()):
        body = wire_body(entity, row)
        for part in entity.parts:
            owned = parts[part.name].get(row["id"], [])
            body[part.name] = [{f.name: _wire(f, line.get(f.name)) for f in part.fields} for line in owned]
        made.append(msgspec.json.encode([entity.name, str(row["id"]), 1, "put", body]))
    return made


def wire_body(entity: Entity, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row's own fields as they travel."""
    return {f.name: _wire(f, row.get(f.name)) for f in entity.fields}


def _wire(field: Any, value: Any) -> Any:
    stored = field.column.type.process_bind_param(value, None) if hasattr(
        field.column.type, "process_bind_param"
    ) else value  # fmt: skip
    return to_wire(field, stored)


def _by_owner(rows: Rows, table: str, owner: str) -> dict[Any, list[dict[str, Any]]]:
    owned: dict[Any, list[dict[str, Any]]] = {}
    for row in rows.get(table, ()):
        owned.setdefault(row[owner], []).append(row)
    return owned


def load(path: Path, database: Path, *, encrypted: bool) -> None:
    """Load the file into a fresh database, as barely as possible."""
    database.unlink(missing_ok=True)
    driver: Any = sqlcipher3.dbapi2 if encrypted else sqlite3
    connection = driver.connect(database, isolation_level=None)
    if encrypted:
        connection.execute(f"PRAGMA key = \"x'{KEY}'\"")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN")
    raw = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=1 << 30)
    by_entity: dict[str, list[tuple[Any, ...]]] = {}
    decode = msgspec.json.Decoder(tuple[str, str, int, str, dict[str, Any]]).decode
    for line in raw.split(b"\n"):
        name, key, version, _, body = decode(line)
        by_entity.setdefault(name, []).append((key, version, *map(_stored, body.values())))
    for name, tuples in by_entity.items():
        columns = ["id TEXT PRIMARY KEY", "version INTEGER", *(f"c{n}" for n in range(len(tuples[0]) - 2))]
        connection.execute(f'CREATE TABLE "{name}" ({", ".join(columns)}) WITHOUT ROWID')
        marks = ",".join("?" * len(tuples[0]))
        connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', tuples)
    connection.execute('CREATE INDEX i1 ON "account" (c1)')
    connection.execute('CREATE INDEX i2 ON "order" (c2)')
    connection.execute("COMMIT")
    connection.close()


def _stored(value: Any) -> Any:
    return msgspec.json.encode(value) if isinstance(value, list | dict) else value
