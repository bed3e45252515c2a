"""tuspy, a tus client that somebody else wrote, sends files to a real server process."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from fieldcrm.ids import new_id
from tests.fixtures.proxy import Line, Proxy
from tests.fixtures.server import Person, ServerProcess

PIECE = 64 * 1024
Uploader = Callable[..., Any]


@pytest.fixture
def proxy(shared_server: ServerProcess) -> Iterator[Proxy]:
    made = Proxy(shared_server.url)
    yield made
    made.close()


def uploader(server: str, person: Person, data: bytes, **options: Any) -> Any:
    client = TusClient(f"{server}/sync/v1/files", headers={"authorization": f"Bearer {person.access}"})
    told = {"sha256": hashlib.sha256(data).hexdigest(), "id": str(new_id())}
    return client.uploader(file_stream=io.BytesIO(data), chunk_size=PIECE, metadata=told, **options)


def is_here(person: Person, data: bytes) -> bool:
    asked = {"sha256": [hashlib.sha256(data).hexdigest()]}
    return person.post("/sync/v1/have", json=asked).json() == {"missing": []}


@pytest.mark.parametrize("checksum", [False, True])
def test_it_sends_a_whole_file(shared_server: ServerProcess, rep: Person, checksum: bool) -> None:
    data = os.urandom(500_000)
    uploader(shared_server.url, rep, data, upload_checksum=checksum).upload()
    assert is_here(rep, data)


def test_it_goes_on_after_a_cut_where_the_server_stands(
    shared_server: ServerProcess, rep: Person, proxy: Proxy
) -> None:
    data = os.urandom(600_000)
    first = uploader(proxy.url, rep, data)
    proxy.change(Line(cut_request_at=PIECE // 2))
    first.set_url(first.create_url())
    with pytest.raises((TusUploadFailed, TusCommunicationError)):
        first.upload()
    proxy.change(Line())
    path = first.url.removeprefix(proxy.url)
    again = uploader(shared_server.url, rep, data, url=shared_server.url + path)
    assert 0 <= again.offset <= PIECE
    again.upload(stop_at=3 * PIECE)
    assert not is_here(rep, data)
    last = uploader(shared_server.url, rep, data, url=shared_server.url + path)
    assert last.offset >= 3 * PIECE
    last.upload()
    assert is_here(rep, data)


def test_its_checksum_shows_a_piece_that_changed_on_the_way(
    shared_server: ServerProcess, rep: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = os.urandom(PIECE)
    sender = uploader(shared_server.url, rep, data, upload_checksum=True)
    algorithm = sender.checksum_algorithm
    monkeypatch.setattr(type(sender), "checksum_algorithm", lambda _self, piece: algorithm(piece + b"x"))
    with pytest.raises(TusUploadFailed) as refused:
        sender.upload()
    assert refused.value.status_code == 460
    monkeypatch.undo()
    sender.upload()
    assert is_here(rep, data)
