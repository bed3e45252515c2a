"""Photos over a line that keeps breaking: what is sent twice, and whether every one arrives right."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, at_most, seconds
from benchmarks.serving import prepared, serving
from benchmarks.workload import workload
from fieldcrm import clock
from fieldcrm.errors import Offline, SyncError
from fieldcrm.ids import new_id
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import files as pictures
from fieldcrm.sync.remote import Remote, Reply
from server.demo.company import Company

PASSWORD = "workload-s"
PHOTOS = int(os.environ.get("PHOTOS", "150"))
PIECE = 64 * 1024


class Breaking:
    """A remote whose pieces are cut at random; it counts what went twice."""

    def __init__(self, remote: Remote, chance: random.Random) -> None:
        self._remote, self._chance = remote, chance
        self.cuts, self.sent = 0, 0

    def call(self, method: str, path: str, body: bytes = b"", headers: Any = None) -> Reply:
        """Pass a call on, or break the line in one of three ways."""
        if method != "PATCH":
            return self._remote.call(method, path, body, headers)
        self.sent += len(body)
        luck = self._chance.random()
        if luck < 0.15:  # the piece is lost on its way
            self.cuts += 1
            raise Offline("cut_off")
        if luck < 0.25:  # a part of it arrives, and is not what it should be
            self.cuts += 1
            body = body[: self._chance.randrange(len(body))] or b"x"
        reply = self._remote.call(method, path, body, headers)
        if luck > 0.95:  # all of it arrives, the answer does not
            self.cuts += 1
            raise Offline("cut_off")
        return reply


def figures(folder: Path) -> Iterator[Figure]:
    """Send ``PHOTOS`` pictures in pieces and compare what lies on the server with what was taken."""
    data = folder / "server"
    data.mkdir()
    rows = workload(0.002)
    server = prepared(f"sqlite:///{data / 'server.db'}", data, Company(rows, [], PASSWORD))
    chance = random.Random(1)
    contents = [chance.randbytes(chance.randrange(20_000, 400_000)) for _ in range(PHOTOS)]
    with serving(f"sqlite:///{data / 'server.db'}", data) as url:
        remote = Remote(url, str(new_id()))
        remote.login("rep1", PASSWORD, "bench")
        line = Breaking(remote, chance)
        database = Database.create(folder / "field.db", bytes(32))
        taken = seconds(lambda: _send_all(database, Files(folder / "photos", bytes(32)), line, contents))
        database.close()
    server.close()
    wrong = sum(not _is_there(data, content) for content in contents)
    again = line.sent - sum(map(len, contents))
    yield Figure("photos: sent over a breaking line", round(PHOTOS / taken, 1), "photos/s")
    yield Figure("photos: cuts", line.cuts, "")
    yield at_most("photos: pieces sent again per cut", again / PIECE / max(line.cuts, 1), "pieces", 1)
    yield at_most(f"photos: wrong or missing of {PHOTOS}", wrong, "files", 0)


def _send_all(database: Database, files: Files, line: Breaking, contents: list[bytes]) -> None:
    at = clock.to_ms(clock.now())
    with database.loading() as connection:
        connection.executemany(
            "INSERT INTO upload (photo_id, sha256, size, offset, state, tries, at, thumbnail_sent)"
            " VALUES (?, ?, ?, 0, 'waiting', 0, ?, 1)",
            [(str(new_id()), files.put(content), len(content), at) for content in contents],
        )
    left = len(contents)
    while left:
        with suppress(SyncError):
            pictures.send(database, files, line, lambda: False, piece=PIECE)  # type: ignore[arg-type]  # the same calls
        with database.loading() as connection:
            query = "SELECT count(*) FROM upload WHERE state IN ('waiting', 'sending')"
            (left,) = connection.execute(query).fetchone()


def _is_there(data: Path, content: bytes) -> bool:
    sha256 = hashlib.sha256(content).hexdigest()
    path = data / "blobs" / sha256[:2] / sha256[2:4] / sha256
    return path.exists() and path.read_bytes() == content
