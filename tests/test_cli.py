"""The commands without a window, in a process of their own, against a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fieldcrm import laptop
from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.storage import key
from fieldcrm.sync import first
from server.database import run
from tests.fixtures.server import PASSWORD, ServerProcess

WORDS = "a long passphrase"
Answer = tuple[int, dict[str, Any]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, shared_server: ServerProcess) -> Path:
    """A folder in which rep1 has signed in, fetched everything, and has one unsent to-do."""
    folder = tmp_path_factory.mktemp("cli")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key, "has_keyring", lambda: False)
        opened = laptop.sign_in(folder, shared_server.url, "rep1", PASSWORD, passphrase=WORDS)
    assert first.run(opened.database, opened.remote, lambda: False, lambda _news: None)
    me = shared_server.company.users["rep1"]
    with opened.database.writing() as session:
        session.add(Todo(id=new_id(), assignee_id=me, created_by=me, title="Bring labels"))
    opened.close()
    return folder


def command(home: Path, *arguments: str) -> Answer:
    """Run one command and return its exit code and what it printed."""
    told = {"FIELDCRM_HOME": str(home), "FIELDCRM_PASSPHRASE": WORDS, "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "fieldcrm", *arguments, "--json"],
        env=os.environ | told, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_without_a_network_everything_is_kept_and_the_code_is_three(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "away")
    [card] = (tmp_path / "away").glob("profiles/*/profile.json")
    card.write_text(json.dumps(json.loads(card.read_text()) | {"server": "http://127.0.0.1:9"}))
    code, facts = command(tmp_path / "away", "sync")
    assert (code, facts["done"]) == (3, False)
    assert command(tmp_path / "away", "doctor")[1]["waiting"] == 1


def test_sync_sends_what_waits_and_says_how_much(home: Path) -> None:
    code, facts = command(home, "sync")
    assert (code, facts["done"], facts["pushed"]) == (0, True, 1)


def test_doctor_says_whether_the_database_is_sound(home: Path) -> None:
    code, facts = command(home, "doctor")
    assert (code, facts["database"], facts["profiles"]) == (0, "ok", 1)


def test_backup_and_export_write_their_files(home: Path, tmp_path: Path) -> None:
    assert command(home, "backup", str(tmp_path / "copy.db"))[0] == 0
    assert (tmp_path / "copy.db").stat().st_size > 10_000
    code, facts = command(home, "export", str(tmp_path / "out"))
    assert (code, facts["file"]) == (0, "accounts.xlsx")
    assert (tmp_path / "out" / "accounts.xlsx").exists()


def test_an_unknown_user_is_refused_in_words(home: Path) -> None:
    code, facts = command(home, "sync", "--user", "nobody")
    assert code == 1
    assert facts["error"] == "not_found"


def test_doctor_compares_every_record_with_the_server_and_mends_what_the_feed_skipped(
    home: Path, shared_server: ServerProcess
) -> None:
    assert command(home, "sync")[0] == 0
    with shared_server.opened() as database, database.writing() as connection:
        run(connection, "UPDATE \"user\" SET title = 'skipped' WHERE login = 'rep1'")
        run(connection, "DELETE FROM sync_outbox")
    assert command(home, "sync")[0] == 0
    code, facts = command(home, "doctor", "--deep")
    assert (code, facts["checked"], facts["records_mended"]) == (0, True, 1)
    code, facts = command(home, "doctor", "--deep")
    assert (code, facts["records_mended"]) == (0, 0)
    assert facts["records_rows"] > 0
