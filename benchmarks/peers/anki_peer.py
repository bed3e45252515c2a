"""Anki with its own sync server, run by an interpreter of its own: ``anki_peer.py FILE FOLDER``.

A first sync ships the whole collection file; later ones exchange changed notes. A row is one
note (and its one card).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anki.collection import AddNoteRequest, Collection
from anki.sync import SyncAuth

DOWN, UP, PUSHED = 1_000, 200, 1_000
USER = ("bench", "bench")


def main() -> None:
    """Print what was measured as JSON."""
    file, folder = Path(sys.argv[1]), Path(sys.argv[2])
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "anki.syncserver"],
        env=os.environ | {"SYNC_USER1": ":".join(USER), "SYNC_BASE": str(folder / "server"),
                          "SYNC_HOST": "127.0.0.1", "SYNC_PORT": str(port), "RUST_LOG": "error",
                          "MAX_SYNC_PAYLOAD_MEGS": "500"},
    )  # fmt: skip
    try:
        _wait_for(port)
        print(json.dumps(_measured(file, folder, f"http://127.0.0.1:{port}/")))
    finally:
        server.terminate()
        server.wait()


def _measured(file: Path, folder: Path, address: str) -> dict[str, Any]:
    office = Collection(str(folder / "office.anki2"))
    _fill(office, file)
    auth = office.sync_login(*USER, address)
    _whole(office, auth, upload=True)
    laptop = Collection(str(folder / "laptop.anki2"))
    found: dict[str, Any] = {"initial": _seconds(lambda: _whole(laptop, auth, upload=False))}
    if laptop.note_count() != office.note_count():
        raise SystemExit(f"{laptop.note_count()} notes instead of {office.note_count()}")
    _sync(laptop, auth)
    found["incremental"] = []
    for turn in range(3):
        _edit(office, DOWN, turn, "ASC")
        _sync(office, auth)
        _edit(laptop, UP, turn, "DESC")
        found["incremental"].append(_seconds(lambda: _sync(laptop, auth)))
        _sync(office, auth)
    found["idle"] = _seconds(lambda: _sync(laptop, auth))
    kind = laptop.models.by_name("Basic")
    laptop.add_notes([AddNoteRequest(_note(laptop, kind, f"new {n}", "x" * 900), 1) for n in range(PUSHED)])
    found["push"] = _seconds(lambda: _sync(laptop, auth))
    return found


def _fill(collection: Collection, file: Path) -> None:
    kind = collection.models.by_name("Basic")
    lines = file.read_text(encoding="utf-8").split("\n")
    notes = (json.loads(line) for line in lines)
    collection.add_notes([
        AddNoteRequest(_note(collection, kind, f"{name}:{key}", json.dumps(body, ensure_ascii=False)), 1)
        for name, key, _, _, body in notes
    ])  # fmt: skip


def _note(collection: Collection, kind: Any, front: str, back: str) -> Any:
    note = collection.new_note(kind)
    note.fields = [front, back]
    return note


def _edit(collection: Collection, count: int, turn: int, order: str) -> None:
    ids = collection.db.list(f"SELECT id FROM notes ORDER BY id {order} LIMIT {count}")
    notes = [collection.get_note(note_id) for note_id in ids]
    for note in notes:
        note.fields = [note.fields[0], f"{note.fields[1]} {turn}"]
    collection.update_notes(notes)


def _whole(collection: Collection, auth: SyncAuth, *, upload: bool) -> None:
    collection.close_for_full_sync()
    collection.full_upload_or_download(auth=auth, server_usn=None, upload=upload)
    collection.reopen(after_full_sync=True)


def _sync(collection: Collection, auth: SyncAuth) -> None:
    said = collection.sync_collection(auth, sync_media=False)
    if said.required not in (said.NO_CHANGES, said.NORMAL_SYNC):
        raise SystemExit(f"Anki asks for a full sync: {said}")


def _seconds(work: Callable[[], Any]) -> dict[str, float]:
    begin = time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - begin}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("Anki's server does not answer")


if __name__ == "__main__":
    main()
