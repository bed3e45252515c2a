"""F38 a photo upload is cut at random bytes, corrupted, delivered twice, meets a lock, a kill, 409, 423, 460.

Expected: in the end exactly one file with the right hash lies on the server and the photo
says ``stored``; at no moment before that are the laptop's own bytes gone (I12).
"""

from __future__ import annotations

import hashlib
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fieldcrm import faults
from fieldcrm.errors import SyncError
from fieldcrm.sync import files as pictures
from server import files
from server.files import Store
from tests.fixtures.photos import picture, take
from tests.fixtures.proxy import Line, Proxy
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in


@pytest.fixture
def rep(proxy: Proxy, tmp_path: Path) -> Iterator[Machine]:
    made = signed_in(tmp_path / "rep", proxy.url, "rep1", PASSWORD)
    made.cycle()
    yield made
    made.close()


def taken(machine: Machine, server: ServerProcess, content: bytes) -> str:
    take(machine, server.company.territories["HZ"], content)
    return hashlib.sha256(content).hexdigest()


def until_stored(machine: Machine, sha256: str, tries: int = 60) -> int:
    """Sync until the picture is stored; return how often that failed. The bytes are here all along."""
    for failed in range(tries):
        with suppress(SyncError):
            machine.cycle()
        assert machine.files.has(sha256)
        if machine.rows("SELECT state FROM upload WHERE sha256 = ?", sha256) == [("stored",)]:
            return failed
    raise AssertionError("never stored")


def on_server(server: ServerProcess, sha256: str, content: bytes) -> None:
    """Hold the server to one file with the right bytes, and to no part left over."""
    store = Store(server.data / "blobs", server.data / "uploads")
    assert store.blob(sha256).read_bytes() == content
    assert [each for each in files.stored_on_disk(store) if each == sha256] == [sha256]
    with server.opened() as database, database.reading() as connection:
        said = connection.exec_driver_sql("SELECT stored FROM photo WHERE sha256 = ?", (sha256,)).all()
        ids = connection.exec_driver_sql("SELECT id FROM upload WHERE sha256 = ?", (sha256,)).all()
    assert said == [(1,)]
    assert not any((store.uploads / upload_id).exists() for (upload_id,) in ids)


@pytest.mark.parametrize("seed", range(2))
def test_lines_that_break_at_random_bytes(
    shared_server: ServerProcess, rep: Machine, proxy: Proxy, seed: int
) -> None:
    chance = random.Random(seed)
    content = picture(1_000 + seed, 700)
    sha256 = taken(rep, shared_server, content)
    for _ in range(6):
        proxy.change(Line(cut_request_at=chance.randrange(200, 400_000)))
        try:
            rep.cycle()
        except SyncError:
            assert rep.files.has(sha256)
    for _ in range(3):
        proxy.change(Line(cut_reply_at=chance.randrange(10, 900)))
        try:
            rep.cycle()
        except SyncError:
            assert rep.files.has(sha256)
    proxy.change(Line())
    until_stored(rep, sha256)
    on_server(shared_server, sha256, content)


def changed(machine: Machine, monkeypatch: pytest.MonkeyPatch, change: Callable[[bytes], bytes]) -> list[int]:
    """Change the bytes of the first piece that goes; return the sizes of all that went."""
    call, sizes = machine.remote.call, []

    def spoil(method: str, path: str, body: bytes = b"", headers: Any = None) -> Any:
        if method == "PATCH":
            sizes.append(len(body))
            if len(sizes) == 1:
                body = change(body)
        return call(method, path, body, headers)

    monkeypatch.setattr(machine.remote, "call", spoil)
    return sizes


def test_a_corrupted_piece_is_refused_with_460_and_sent_again_at_once(
    shared_server: ServerProcess, rep: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture(1_010, 300)
    sha256 = taken(rep, shared_server, content)
    sizes = changed(rep, monkeypatch, lambda body: body[:-1] + bytes([body[-1] ^ 1]))
    assert until_stored(rep, sha256) == 0
    assert len(sizes) == 2, "one piece was sent twice, nothing else"
    on_server(shared_server, sha256, content)


def test_everything_arrives_twice_at_once(shared_server: ServerProcess, rep: Machine, proxy: Proxy) -> None:
    """The final piece meets itself: one of the two gets 409 or waits its turn, both harmless."""
    content = picture(1_020, 300)
    sha256 = taken(rep, shared_server, content)
    rep.remote._http.close()
    proxy.change(Line(twice=True))
    try:
        rep.cycle()
    except SyncError:
        assert rep.files.has(sha256)
    proxy.change(Line())
    until_stored(rep, sha256)
    on_server(shared_server, sha256, content)


@pytest.mark.parametrize("point", ["file_complete", "file_whole", "file_renamed"])
def test_the_server_dies_between_the_last_byte_and_saying_so(
    start_server: Callable[..., ServerProcess], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setenv("SYNC_CRASH_AT", f"{point}:2")  # the first is the thumbnail's
    server = start_server()
    monkeypatch.delenv("SYNC_CRASH_AT")
    rep = signed_in(tmp_path / "rep", server.url, "rep1", PASSWORD)
    rep.cycle()
    content = picture(1_030, 300)
    sha256 = taken(rep, server, content)
    with pytest.raises(SyncError):
        rep.cycle()
    server.process.wait(10)
    with server.opened() as database, database.reading() as connection:
        assert connection.exec_driver_sql("SELECT stored FROM photo").all() == [(0,)]
    server.restart()
    until_stored(rep, sha256)
    on_server(server, sha256, content)
    rep.close()


def test_a_dead_line_that_still_holds_the_upload_loses_its_turn(
    shared_server: ServerProcess, rep: Machine
) -> None:
    """423: the older line hangs in the middle of a piece; after five seconds the newcomer has its turn."""
    content = picture(1_040, 300)
    sha256 = taken(rep, shared_server, content)
    held = rep.engine._has_photos
    rep.engine._has_photos = lambda: False  # type: ignore[method-assign]
    rep.cycle()
    rep.engine._has_photos = held  # type: ignore[method-assign]
    [(photo,)] = rep.rows("SELECT photo_id FROM upload")
    told = pictures._metadata({"id": photo, "sha256": sha256}, len(content))
    where = rep.remote.call("POST", "/sync/v1/files", headers=told).headers["location"]
    assert rep.remote.tokens is not None
    lines = [
        f"PATCH {where} HTTP/1.1", "Host: x", f"Authorization: Bearer {rep.remote.tokens.access}",
        "Tus-Resumable: 1.0.0", "Content-Type: application/offset+octet-stream", "Upload-Offset: 0",
        f"Content-Length: {len(content)}", "", "",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", shared_server.port), timeout=30) as hanging:
        hanging.sendall("\r\n".join(lines).encode() + content[:1_000])
        until_stored(rep, sha256)
    on_server(shared_server, sha256, content)


def test_the_planted_bug_would_store_a_file_that_is_another_one(tmp_path: Path) -> None:
    """``stored_before_hash``: without the second hashing a wrong file would lie under this name."""
    store = Store(tmp_path / "blobs", tmp_path / "uploads")
    store.uploads.mkdir()
    row: Any = type("Row", (), {"id": "a", "sha256": hashlib.sha256(b"right").hexdigest()})()
    store.part(row.id).write_bytes(b"wrong")
    with faults.plant("stored_before_hash"):
        files.check_whole(store, row)
    with pytest.raises(files.Mismatch):
        files.check_whole(store, row)
    assert store.part(row.id).stat().st_size == 0
