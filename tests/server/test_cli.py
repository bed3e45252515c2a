"""``python -m server``: what a person who keeps the server types."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select as rows_of

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from server import files
from server.cli import main
from server.database import run
from tests.fixtures.server import PASSWORD, ROOT, ServerProcess
from tests.server.conftest import Filling


def lines(server: ServerProcess, *arguments: str, stdin: str = "") -> list[dict[str, Any]]:
    done = server.command(*arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_users_come_and_go(shared_server: ServerProcess) -> None:
    [made] = lines(shared_server, "user", "add", "rep9", "--name", "九", "--role", "rep", "--territory", "HZ")
    assert shared_server.login("rep9", made["password"]).status_code == 200
    assert (
        "password"
        not in lines(shared_server, "user", "passwd", "rep9", "--password-stdin", stdin="oolong-tea-1\n")[0]
    )
    assert shared_server.login("rep9", "oolong-tea-1").status_code == 200
    assert {line["login"] for line in lines(shared_server, "user", "list")} >= {"admin", "rep9"}
    person = shared_server.person("csm1")
    lines(shared_server, "user", "deactivate", "csm1")
    assert person.get("/api/v1/users").status_code == 401
    lines(shared_server, "user", "activate", "csm1")
    assert shared_server.login("csm1").status_code == 200
    [device] = [
        line for line in lines(shared_server, "device", "list", "--user", "rep9") if line["user"] == "rep9"
    ][:1]
    assert lines(shared_server, "device", "revoke", device["id"])[0]["state"] == "revoked_wipe"


def test_territories_are_kept(stopped_server: ServerProcess) -> None:
    lines(stopped_server, "territory", "add", "XS", "--name", "萧山", "--parent", "HZ")
    lines(stopped_server, "territory", "move", "XS", "--parent", "NJ")
    tree = {line["code"]: line for line in lines(stopped_server, "territory", "list")}
    assert tree["XS"]["parent_id"] == tree["NJ"]["id"]


@pytest.mark.parametrize(("arguments", "code"), [
    (("user", "add", "rep1", "--name", "x", "--role", "rep", "--territory", "HZ"), "login_taken"),
    (("user", "passwd", "nobody"), "not_found"),
    (("territory", "move", "HZ", "--parent", "HZ"), "territory_under_itself"),
    (("restore", "no-such-file"), "in_use"),
])  # fmt: skip
def test_a_mistake_is_said_in_one_line(
    shared_server: ServerProcess, arguments: tuple[str, ...], code: str
) -> None:
    done = shared_server.command(*arguments)
    assert done.returncode == 2
    said = json.loads(done.stderr.strip().splitlines()[-1])["error"]
    assert said == code or said == "InUse"


def test_doctor_finds_a_lost_file(stopped_server: ServerProcess) -> None:
    assert stopped_server.command("doctor", "--deep").returncode == 0
    filling = Filling(stopped_server)
    with stopped_server.opened() as database, database.writing() as connection:
        connection.execute(files.blob.insert().values(sha256="a" * 64, size=1, stored_at=clock.now()))
    filling.photo("a" * 64)
    done = stopped_server.command("doctor")
    assert done.returncode == 1
    bad = [found["check"] for line in done.stdout.splitlines() if not (found := json.loads(line))["ok"]]
    assert bad == ["files"]


@pytest.mark.usefixtures("cold")
def test_one_ready_line_and_a_graceful_stop(server_process: ServerProcess) -> None:
    assert requests.get(f"{server_process.url}/health", timeout=10).json()["status"] == "ok"
    assert server_process.stop() == 0
    assert server_process.process.stdout is not None
    assert server_process.process.stdout.read() == ""
    for line in server_process.logged().splitlines():
        assert json.loads(line)["event"]


@pytest.mark.usefixtures("cold")
def test_a_data_folder_is_served_once_and_an_interrupt_stops(server_process: ServerProcess) -> None:
    done = server_process.spawned("serve", "--port", "0")
    assert done.returncode == 2
    assert "InUse" in done.stderr
    assert done.stdout == ""
    server_process.process.send_signal(signal.SIGINT)
    assert server_process.process.wait(30) == 0


@pytest.mark.usefixtures("cold")
def test_several_workers_share_one_port_and_replace_the_dead(
    start_server: Callable[..., ServerProcess],
) -> None:
    server = start_server("", "--workers", "2")
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    assert len(children) == 2
    rep = server.person("rep1")
    os.kill(int(children[1]), signal.SIGKILL)
    assert all(rep.get("/health").status_code == 200 for _ in range(20))
    assert server.login("rep1", device=rep.device).status_code == 200
    assert server.stop() == 0


@pytest.mark.usefixtures("cold")
def test_killed_workers_do_not_outlive_their_parent(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server("", "--workers", "2")
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    handles = [os.pidfd_open(int(child)) for child in children]
    server.kill()
    for handle in handles:
        _wait_for_end(handle)


def test_a_backup_comes_back_under_a_new_epoch(server_process: ServerProcess, tmp_path: Path) -> None:
    filling, backup = Filling(server_process), tmp_path / "backup.tar"
    kept = filling.account(name="备份前")
    rep = server_process.person("rep1")
    before = rep.post("/sync/v1/hello").json()["epoch"]
    assert lines(server_process, "backup", str(backup))[0]["kind"] == "sqlite"
    lost = filling.account(name="备份后")
    lines(server_process, "device", "revoke", str(rep.device))
    server_process.stop()
    [told] = lines(server_process, "restore", str(backup))
    server_process.restart()
    again = server_process.person("rep1")
    assert again.post("/sync/v1/hello").json()["epoch"] == told["epoch"] != before
    assert again.get(f"/api/v1/accounts/{kept}").status_code == 200
    assert again.get(f"/api/v1/accounts/{lost}").status_code == 404
    assert rep.get("/api/v1/users").json()["code"] == "device_revoked", (
        "a restore does not let the lost laptop in"
    )
    assert (server_process.data / told["put_aside"]).exists()
    with tarfile.open(backup) as archive:
        assert not any("signing" in name for name in archive.getnames())
    assert backup.stat().st_mode & 0o077 == 0


def test_a_backup_brings_the_photos_back(stopped_server: ServerProcess, tmp_path: Path) -> None:
    store = files.Store(stopped_server.data / "blobs", stopped_server.data / "uploads")
    place = store.blob("b" * 64)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"picture")
    lines(stopped_server, "backup", str(tmp_path / "b.tar"))
    place.unlink()
    lines(stopped_server, "restore", str(tmp_path / "b.tar"))
    assert place.read_bytes() == b"picture"


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\x00" * 10_240])
def test_what_is_no_backup_is_refused_and_changes_nothing(
    founded: tuple[Path, Any], tmp_path: Path, content: bytes
) -> None:
    data = tmp_path / "data"
    shutil.copytree(founded[0], data)
    file = tmp_path / "file.tar"
    file.write_bytes(content)
    assert main(["restore", str(file), "--data", str(data)]) == 2
    with closing(sqlite3.connect(data / "server.db")) as held:
        assert held.execute("SELECT count(*) FROM user").fetchone()[0] >= 7


def test_backup_and_restore_on_both_databases(stopped_server_anywhere: ServerProcess, tmp_path: Path) -> None:
    server = stopped_server_anywhere
    kept = Filling(server).account()
    lines(server, "backup", str(tmp_path / "b.tar"))
    Filling(server).account()
    lines(server, "restore", str(tmp_path / "b.tar"))
    with server.opened() as database, database.reading() as connection:
        assert connection.execute(rows_of(Account.id)).scalars().all() == [kept]
    assert server.command("doctor").returncode == 0


def test_the_command_line_starts_without_a_web_framework() -> None:
    program = (
        "import sys; from server.cli import _parser; _parser(); "
        "print('fastapi' in sys.modules, 'PySide6' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_a_password_is_no_argument(shared_server: ServerProcess) -> None:
    done = shared_server.command("user", "passwd", "rep1", "--password", PASSWORD)
    assert done.returncode == 2
    assert shared_server.login("rep1", device=new_id()).status_code == 200


def _wait_for_end(handle: int) -> None:
    ready, _, _ = select.select([handle], [], [], 20)
    assert ready, "a worker outlived its parent"
    os.close(handle)


def test_the_doctor_finds_rows_nobody_was_told_of_and_repair_announces_them(
    stopped_server: ServerProcess,
) -> None:
    assert stopped_server.command("doctor", "--repair").returncode == 0
    with stopped_server.opened() as database, database.writing() as connection:
        run(connection, "DELETE FROM sync_row WHERE entity = 'user'")
        run(connection, "UPDATE sync_tick SET at = at + ?", 86_400_000)
    done = stopped_server.command("doctor")
    wrong = {
        line["check"]: line["detail"] for line in map(json.loads, done.stdout.splitlines()) if not line["ok"]
    }
    assert done.returncode == 1
    assert wrong.keys() == {"feed", "clock"}
    assert wrong["feed"] == "7 rows were never announced to laptops"
    with stopped_server.opened() as database, database.writing() as connection:
        run(connection, "UPDATE sync_tick SET at = at - ?", 86_400_000)
    mended = stopped_server.command("doctor", "--repair")
    assert mended.returncode == 0, mended.stdout
