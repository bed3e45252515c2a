"""The key: in a real keyring, or wrapped by a passphrase; each way to fail has its name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from fieldcrm.errors import Damaged, DiskFull, WrongKey
from fieldcrm.storage import key
from fieldcrm.storage.key import Hardness
from tests.fixtures.keyring import RunInKeyring

LIGHT = Hardness(time=1, memory_kib=64, lanes=1)


def test_the_key_survives_in_the_keyring_and_dies_with_a_wipe(run_in_keyring: RunInKeyring) -> None:
    done = run_in_keyring(
        "from fieldcrm.errors import WrongKey\n"
        "from fieldcrm.storage import key\n"
        "made = key.new_key()\n"
        "key.keep('p1', made)\n"
        "print(key.has_keyring(), key.fetch('p1') == made)\n"
        "key.destroy('p1'); key.destroy('p1')\n"
        "try: key.fetch('p1')\n"
        "except WrongKey as error: print(error.data['reason'])\n"
    )
    assert done.stdout.splitlines() == ["True True", "not in the keyring"], done.stderr


def test_a_locked_keyring_is_called_so(run_in_keyring: RunInKeyring) -> None:
    done = run_in_keyring(
        "from fieldcrm.errors import KeyringLocked\n"
        "from fieldcrm.storage import key\n"
        "for use in (lambda: key.keep('p1', bytes(32)), lambda: key.fetch('p1')):\n"
        "    try: use()\n"
        "    except KeyringLocked as error: print(error)\n",
        locked=True,
    )
    assert [line.partition("(")[0] for line in done.stdout.splitlines()] == ["KeyringLocked"] * 2, done.stderr


def test_without_a_keyring_a_passphrase_is_asked_for(tmp_path: Path) -> None:
    code = (
        "from fieldcrm.errors import NoKeyring\n"
        "from fieldcrm.storage import key\n"
        "print(key.has_keyring())\n"
        "try: key.keep('p1', bytes(32))\n"
        "except NoKeyring as error: print(error)\n"
    )
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=bare | nowhere, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["False", "NoKeyring(profile=p1)"], done.stderr


def test_the_passphrase_opens_what_it_sealed(tmp_path: Path) -> None:
    made = key.new_key()
    key.seal(tmp_path / "key.json", made, "十里荷花 42", LIGHT)
    assert key.unseal(tmp_path / "key.json", "十里荷花 42") == made
    with pytest.raises(WrongKey):
        key.unseal(tmp_path / "key.json", "十里荷花 43")


def test_changing_the_passphrase_keeps_the_key(tmp_path: Path) -> None:
    made = key.new_key()
    key.seal(tmp_path / "key.json", made, "old", LIGHT)
    with pytest.raises(WrongKey):
        key.change_passphrase(tmp_path / "key.json", "guess", "new")
    key.change_passphrase(tmp_path / "key.json", "old", "new")
    assert key.unseal(tmp_path / "key.json", "new") == made
    with pytest.raises(WrongKey):
        key.unseal(tmp_path / "key.json", "old")


def test_the_file_holds_neither_key_nor_passphrase(tmp_path: Path) -> None:
    made = key.new_key()
    key.seal(tmp_path / "key.json", made, "secret words", LIGHT)
    content = (tmp_path / "key.json").read_text()
    assert made.hex() not in content
    assert "secret" not in content


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe"])
def test_a_broken_key_file_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.json").write_bytes(content)
    with pytest.raises(Damaged):
        key.unseal(tmp_path / "key.json", "any")


def test_a_key_file_cannot_ask_for_all_the_memory(tmp_path: Path) -> None:
    key.seal(tmp_path / "key.json", key.new_key(), "any", LIGHT)
    told = msgspec.json.decode((tmp_path / "key.json").read_bytes())
    told["hardness"]["memory_kib"] = 1 << 30
    (tmp_path / "key.json").write_bytes(msgspec.json.encode(told))
    with pytest.raises(Damaged):
        key.unseal(tmp_path / "key.json", "any")


def test_a_full_disk_keeps_the_old_passphrase(small_disk: Path) -> None:
    made = key.new_key()
    key.seal(small_disk / "key.json", made, "old", LIGHT)
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096))
    with pytest.raises(DiskFull):
        key.seal(small_disk / "key.json", made, "new", LIGHT)
    assert key.unseal(small_disk / "key.json", "old") == made
    assert sorted(p.name for p in small_disk.iterdir()) == ["ballast", "key.json"]
