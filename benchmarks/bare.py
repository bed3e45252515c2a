"""The floor of an incremental sync: the least server that takes 200 changes and gives 1,000 rows.

Run as a process (``python -m benchmarks.bare FILE ROWS``): uvicorn, msgspec, zstd and raw
SQLite in one durable transaction. No sign-in, no scopes, no receipts, no feed, no checks.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlcipher3.dbapi2
import uvicorn
import zstandard

from benchmarks.floor import KEY

_TABLE = "account"


@contextmanager
def serving(database: Path, rows: int) -> Iterator[str]:
    """Serve the least there is from ``database``, a file that ``floor.load`` made."""
    command = [sys.executable, "-m", "benchmarks.bare", str(database), str(rows)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    try:
        line = process.stdout.readline() if process.stdout else b""
        yield str(json.loads(line)["ready"])
    finally:
        process.terminate()
        process.wait(20)


def changes(database: Path, count: int) -> list[tuple[str, str]]:
    """Return what a laptop changed: a new text for some rows."""
    connection = sqlite3.connect(database)
    found = connection.execute(f"SELECT id FROM {_TABLE} ORDER BY id DESC LIMIT ?", (count,)).fetchall()
    connection.close()
    return [("noted on the way", row_id) for (row_id,) in found]


def exchange(session: Any, url: str, database: Path, pushed: list[tuple[str, str]]) -> int:
    """Send the changes, write the answer into the encrypted file, return its rows."""
    packed = zstandard.ZstdCompressor(level=3).compress(msgspec.json.encode(pushed))
    answer = session.post(url, data=packed, stream=True, timeout=60)
    raw = zstandard.ZstdDecompressor().decompress(
        answer.raw.read(decode_content=False), max_output_size=1 << 28
    )
    rows = [tuple(msgspec.json.decode(line)) for line in raw.splitlines()]
    connection: Any = sqlcipher3.dbapi2.connect(database, isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{KEY}'\"")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    marks = ",".join("?" * len(rows[0]))
    connection.executemany(f"INSERT OR REPLACE INTO {_TABLE} VALUES ({marks})", rows)
    connection.execute("COMMIT")
    connection.close()
    return len(rows)


def _serve(database: Path, rows: int) -> None:
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        pushed = msgspec.json.decode(zstandard.ZstdDecompressor().decompress(body))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"UPDATE {_TABLE} SET c3 = ?, version = version + 1 WHERE id = ?", pushed)
        connection.execute("COMMIT")
        found = connection.execute(f"SELECT * FROM {_TABLE} ORDER BY id LIMIT ?", (rows,))
        lines = b"\n".join(map(msgspec.json.encode, found))
        packed = zstandard.ZstdCompressor(level=3).compress(lines)
        length = (b"content-length", str(len(packed)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": packed})

    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"ready": f"http://127.0.0.1:{listener.getsockname()[1]}/"}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off")).run(sockets=[listener])


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
