"""kill -9 of a real client at every named point: it comes back and nothing is lost or doubled (F5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from fieldcrm.ids import new_id
from server.database import run
from tests.fixtures.server import PASSWORD, ROOT, ServerProcess
from tests.sync import child
from tests.sync.machine import signed_in

POINTS = (
    "client.first.rows", "client.first.kept", "client.first.committed", "client.first.indexed",
    "client.first.ended", "client.outbox.recorded", "client.push.sealed", "client.push.durable",
    "client.reply.arrived", "client.page.read", "client.ack.settled", "client.page.acks",
    "client.page.entity", "client.page.rows", "client.page.cursor", "client.page.before_commit",
    "client.page.committed", "client.file.announced", "client.file.piece", "client.file.marked",
    "client.file.thumbnail",
)  # fmt: skip
AGAIN = ("client.push.durable:3", "client.page.before_commit:3", "client.outbox.recorded:3")


@pytest.mark.parametrize("point", [f"{point}:1" for point in POINTS] + list(AGAIN))
def test_a_killed_client_loses_and_doubles_nothing(
    point: str, shared_server: ServerProcess, tmp_path: Path
) -> None:
    device, store, visit, photo = (new_id() for _ in range(4))
    territory = shared_server.company.territories["NJ"]
    folder = tmp_path / "rep2"
    arguments = [
        str(folder),
        shared_server.url,
        "rep2",
        PASSWORD,
        *map(str, (device, territory, store, visit, photo)),
    ]
    killed = subprocess.run(
        [sys.executable, "-m", "tests.sync.child", *arguments], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"SYNC_CRASH_AT": point}, timeout=120, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    again = signed_in(folder, shared_server.url, "rep2", PASSWORD, device=device)
    child.work(again, territory, store, visit, photo)
    assert again.rows("SELECT count(*) FROM outbox WHERE state <> 'acked'") == [(0,)]
    assert again.rows("SELECT count(*) FROM sync_base") == [(0,)]
    assert again.rows("SELECT phone FROM account WHERE id = ?", str(store)) == [("123",)]
    assert again.rows("SELECT state FROM upload") == [("stored",)]
    again.close()
    _server_has_it_once(shared_server, store, visit, photo)


def _server_has_it_once(server: ServerProcess, store: UUID, visit: UUID, photo: UUID) -> None:
    with server.opened() as database, database.reading() as connection:
        assert run(connection, "SELECT phone FROM account WHERE id = ?", str(store)).all() == [("123",)]
        assert run(connection, "SELECT count(*) FROM visit WHERE id = ?", str(visit)).scalar() == 1
        assert run(connection, "SELECT stored FROM photo WHERE id = ?", str(photo)).all() == [(1,)]
        for row, effects in ((store, 2), (visit, 1), (photo, 1)):
            found = run(connection, "SELECT count(*) FROM receipt WHERE row_id = ?", str(row)).scalar()
            assert found == effects
        assert run(connection, "SELECT count(*) FROM conflict WHERE row_id = ?", str(store)).scalar() == 0
