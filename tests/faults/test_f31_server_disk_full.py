"""F31. The server's disk is full.

Expected: 507, no partial batch, no half photo; files and database agree; when there is room
again the same request goes through, once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from fieldcrm.ids import new_id
from server.database import run
from tests.fixtures.parts import lacking
from tests.fixtures.server import Company, Person, ServerProcess

ROOM = 80 * 1024 * 1024  # above the floor that uploads keep free


@pytest.fixture
def server(tmp_path: Path, founded: tuple[Path, Company]) -> Iterator[ServerProcess]:
    """A server whose data folder is a small disk of its own."""
    data = tmp_path / "small"
    data.mkdir(mode=0o700)
    size = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(data)]
    if subprocess.run(size, capture_output=True, check=False).returncode:
        lacking("a small disk (needs the right to mount one)")
    shutil.copytree(founded[0], data, dirs_exist_ok=True)
    made = ServerProcess(data, founded[1])
    yield made
    made.close()
    subprocess.run(["umount", "-l", str(data)], check=True)


def todos(person: Person, count: int) -> dict[str, object]:
    """Return a request that pushes so many todos, each with a long title."""
    me = person.user["id"]
    push = [
        {"id": str(new_id()), "n": n, "agg": ["todo", str(new_id())], "op": "create", "at": 1,
         "doc": {"assignee_id": me, "created_by": me, "title": f"{n} " + "x" * 4000}}
        for n in range(1, count + 1)
    ]  # fmt: skip
    return {"dev": str(person.device), "schema": 1, "n_next": count + 1, "push": push}


def sent(person: Person, asked: dict[str, object]) -> requests.Response:
    return person.post("/sync/v1/sync", data=json.dumps(asked))


def counted(server: ServerProcess, table: str) -> int:
    with server.opened() as database, database.reading() as connection:
        return int(run(connection, f'SELECT count(*) FROM "{table}"').scalar_one())


def fill(server: ServerProcess) -> Path:
    """Leave no byte on the disk."""
    ballast = server.data / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return ballast


def photo(person: Person, content: bytes) -> requests.Response:
    named = base64.b64encode(hashlib.sha256(content).hexdigest().encode()).decode()
    headers = {
        "tus-resumable": "1.0.0", "upload-length": str(len(content)), "upload-metadata": f"sha256 {named}",
        "content-type": "application/offset+octet-stream",
    }  # fmt: skip
    return person.post("/sync/v1/files", data=content, headers=headers)


def test_a_full_disk_answers_507_and_keeps_no_part_of_a_batch(server: ServerProcess) -> None:
    rep = server.person("rep1")
    asked = todos(rep, 40)
    ballast = fill(server)
    refused = sent(rep, asked)
    assert (refused.status_code, refused.json()["code"]) == (507, "server_full")
    ballast.unlink()
    assert counted(server, "todo") == counted(server, "receipt") == 0
    taken = sent(rep, asked)
    assert taken.status_code == 200
    again = sent(rep, asked)
    assert again.status_code == 200
    assert counted(server, "todo") == counted(server, "receipt") == 40


def test_a_photo_that_finds_no_room_leaves_files_and_database_agreeing(server: ServerProcess) -> None:
    rep = server.person("rep1")
    content = bytes(range(256)) * 4096
    ballast = fill(server)
    assert photo(rep, content).status_code == 507
    ballast.unlink()
    assert counted(server, "blob") == 0
    checks = [json.loads(line) for line in server.command("doctor").stdout.splitlines()]
    wrong = [check["check"] for check in checks if not check["ok"] and check["check"] != "disk"]
    assert wrong == []
    assert photo(rep, content).status_code == 201
    assert counted(server, "blob") == 1
