"""Photos on their way up: cut, resumed, corrupted, sent twice; and down: only to who may see them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from fieldcrm import clock
from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from server import files, holdings, uploads
from server.tables_auth import blob, upload
from tests.fixtures.server import Person, ServerProcess
from tests.server.conftest import Filling

TUS = {"tus-resumable": "1.0.0"}
PIECE = TUS | {"content-type": "application/offset+octet-stream"}


def b64(raw: bytes | str) -> str:
    return base64.b64encode(raw.encode() if isinstance(raw, str) else raw).decode()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def announce(person: Person, data: bytes, file_id: UUID | None = None, **headers: str) -> requests.Response:
    told = {"id": str(file_id or new_id()), "sha256": digest(data), "mutation": str(new_id())}
    metadata = ",".join(f"{name} {b64(value)}" for name, value in told.items())
    all_headers = TUS | {"upload-length": str(len(data)), "upload-metadata": metadata} | headers
    return person.post("/sync/v1/files", headers=all_headers)


def begun(person: Person, data: bytes) -> str:
    answer = announce(person, data)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def patch(person: Person, where: str, offset: int, piece: bytes, **headers: str) -> requests.Response:
    return person.call("PATCH", where, data=piece, headers=PIECE | {"upload-offset": str(offset)} | headers)


def offset(person: Person, where: str) -> int:
    return int(person.call("HEAD", where, headers=TUS).headers["upload-offset"])


def is_stored(server: ServerProcess, photo_id: UUID) -> tuple[bool, int]:
    with server.opened() as database, database.reading() as connection:
        row = connection.execute(select(holdings.photo).where(holdings.photo.c.id == photo_id)).one()
        return row.stored, row.version


def test_a_file_in_pieces_is_stored_and_its_photo_says_so(
    shared_server: ServerProcess, rep: Person, filling: Filling
) -> None:
    data = os.urandom(700_000)
    photo = filling.photo(digest(data))
    where = begun(rep, data)
    for start in range(0, len(data), 262_144):
        piece = data[start : start + 262_144]
        answer = patch(
            rep, where, start, piece, **{"upload-checksum": f"sha256 {b64(hashlib.sha256(piece).digest())}"}
        )
        assert answer.status_code == 204
        assert int(answer.headers["upload-offset"]) == start + len(piece)
    assert is_stored(shared_server, photo) == (True, 2)
    path = files.Store(shared_server.data / "blobs", shared_server.data / "uploads").blob(digest(data))
    assert path.read_bytes() == data
    assert not (shared_server.data / "uploads" / where.rsplit("/", 1)[1]).exists()


def test_creation_with_upload_takes_the_whole_file_at_once(rep: Person) -> None:
    data = os.urandom(9_000)
    metadata = f"id {b64(str(new_id()))},sha256 {b64(digest(data))}"
    headers = PIECE | {"upload-length": str(len(data)), "upload-metadata": metadata}
    answer = rep.post("/sync/v1/files", data=data, headers=headers)
    assert answer.status_code == 201
    assert answer.headers["upload-offset"] == "9000"
    assert answer.headers["upload-expires"].endswith("GMT")
    assert rep.post("/sync/v1/have", json={"sha256": [digest(data), "0" * 64]}).json() == {
        "missing": ["0" * 64]
    }


def test_asking_twice_finds_the_same_upload(rep: Person) -> None:
    data, file_id = os.urandom(5_000), new_id()
    first = announce(rep, data, file_id)
    patch(rep, first.headers["location"], 0, data[:1_000])
    again = announce(rep, data, file_id)
    assert again.status_code == 201
    assert again.headers["upload-offset"] == "1000"
    assert announce(rep, data + b"x", file_id).json()["code"] == "upload_exists"


def test_a_file_that_is_here_already_needs_no_bytes(rep: Person) -> None:
    data = os.urandom(4_000)
    patch(rep, begun(rep, data), 0, data)
    assert announce(rep, data).headers["upload-offset"] == "4000"


def test_a_wrong_offset_gets_409_and_changes_nothing(rep: Person) -> None:
    data = os.urandom(3_000)
    where = begun(rep, data)
    patch(rep, where, 0, data[:1_000])
    for wrong in (0, 500, 1_001, 3_000):
        answer = patch(rep, where, wrong, data[:10])
        assert (answer.status_code, answer.json()["data"]["offset"]) == (409, 1_000)
    assert offset(rep, where) == 1_000


def test_a_repeated_final_piece_does_no_harm(
    shared_server: ServerProcess, rep: Person, filling: Filling
) -> None:
    data = os.urandom(2_000)
    photo = filling.photo(digest(data))
    where = begun(rep, data)
    patch(rep, where, 0, data[:1_000])
    assert patch(rep, where, 1_000, data[1_000:]).status_code == 204
    assert patch(rep, where, 1_000, data[1_000:]).status_code == 409
    assert offset(rep, where) == 2_000
    assert is_stored(shared_server, photo) == (True, 2)


def test_a_corrupted_piece_gets_460_and_is_cut_off(rep: Person) -> None:
    data = os.urandom(3_000)
    where = begun(rep, data)
    checksum = {"upload-checksum": f"sha256 {b64(hashlib.sha256(data[:1_000]).digest())}"}
    answer = patch(rep, where, 0, bytes([data[0] ^ 1]) + data[1:1_000], **checksum)
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert offset(rep, where) == 0
    assert patch(rep, where, 0, data[:1_000], **checksum).status_code == 204


def test_a_file_that_is_not_the_announced_one_starts_again(rep: Person) -> None:
    data = os.urandom(3_000)
    where = begun(rep, data)
    answer = patch(rep, where, 0, bytes(3_000))
    assert (answer.status_code, answer.json()["data"]["offset"]) == (460, 0)
    assert offset(rep, where) == 0
    assert rep.post("/sync/v1/have", json={"sha256": [digest(data)]}).json()["missing"]
    assert patch(rep, where, 0, data).status_code == 204


def cut(
    server: ServerProcess, person: Person, where: str, start: int, piece: bytes, sent: int, *more: str
) -> None:
    """Send the head of a PATCH and ``sent`` bytes of its body, then break the line."""
    lines = [
        f"PATCH {where} HTTP/1.1", "Host: x", f"Authorization: Bearer {person.access}",
        "Tus-Resumable: 1.0.0", "Content-Type: application/offset+octet-stream",
        f"Upload-Offset: {start}", f"Content-Length: {len(piece)}", *more, "", "",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall("\r\n".join(lines).encode() + piece[:sent])


def test_a_cut_line_loses_at_most_what_was_on_it(shared_server: ServerProcess, rep: Person) -> None:
    data = os.urandom(400_000)
    where = begun(rep, data)
    here = 0
    for sent in (0, 1, 70_000, 333, 150_000):
        cut(shared_server, rep, where, here, data[here:], sent)
        seen = settled_offset(rep, where, here + sent)
        assert here <= seen <= here + sent
        here = seen
    assert patch(rep, where, here, data[here:]).status_code == 204
    assert rep.post("/sync/v1/have", json={"sha256": [digest(data)]}).json() == {"missing": []}


def settled_offset(person: Person, where: str, wanted: int) -> int:
    """Ask until what was sent has arrived; the last bytes of a broken line may take a moment."""
    return next(
        (here for _ in range(200) if (here := offset(person, where)) == wanted), offset(person, where)
    )


def test_a_cut_piece_with_a_checksum_counts_as_nothing(shared_server: ServerProcess, rep: Person) -> None:
    data = os.urandom(100_000)
    where = begun(rep, data)
    checksum = f"Upload-Checksum: sha256 {b64(hashlib.sha256(data).digest())}"
    cut(shared_server, rep, where, 0, data, 50_000, checksum)
    assert patch(rep, where, 0, data).status_code == 204


def test_the_server_may_die_at_any_moment(server_process: ServerProcess) -> None:
    data = os.urandom(200_000)
    photo = Filling(server_process).photo(digest(data))
    rep = server_process.person("rep1")
    where = begun(rep, data)
    patch(rep, where, 0, data[:100_000])
    server_process.kill()
    server_process.restart()
    assert offset(rep, where) == 100_000
    assert patch(rep, where, 100_000, data[100_000:]).status_code == 204
    assert is_stored(server_process, photo) == (True, 2)


def test_a_death_between_rename_and_commit_is_made_good(
    start_server: Callable[..., ServerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNC_CRASH_AT", "file_renamed:1")
    server = start_server()
    monkeypatch.delenv("SYNC_CRASH_AT")
    data = os.urandom(10_000)
    photo = Filling(server).photo(digest(data))
    rep = server.person("rep1")
    where = begun(rep, data)
    with pytest.raises(requests.ConnectionError):
        patch(rep, where, 0, data)
    server.process.wait(10)
    assert is_stored(server, photo) == (False, 1)
    with server.opened() as database:
        store = files.Store(server.data / "blobs", server.data / "uploads")
        assert files.finish_whole(database, store, clock.now()) == 1
        assert files.finish_whole(database, store, clock.now()) == 0
    assert is_stored(server, photo) == (True, 2)
    server.restart()
    assert offset(rep, where) == 10_000


def test_a_file_that_comes_before_its_photo_is_linked_when_that_is_pushed(
    rep: Person, filling: Filling
) -> None:
    data = os.urandom(1_000)
    patch(rep, begun(rep, data), 0, data)
    photo = filling.photo(digest(data))
    server = filling._server
    with server.opened() as database, database.writing() as connection:
        assert holdings.mark_all_stored(connection) >= 1
    assert is_stored(server, photo) == (True, 2)


def test_only_who_holds_the_photo_gets_the_file(shared_server: ServerProcess, filling: Filling) -> None:
    data = os.urandom(50_000)
    rep1, rep2 = shared_server.person("rep1"), shared_server.person("rep2")
    patch(rep1, begun(rep1, data), 0, data)
    path = f"/sync/v1/files/{digest(data)}"
    assert rep1.get(path).status_code == 404, "no row names it yet"
    filling.photo(digest(data))
    answer = rep1.get(path)
    assert answer.content == data
    assert answer.headers["etag"] == f'"{digest(data)}"'
    assert answer.headers["content-disposition"] == "attachment"
    assert rep2.get(path).status_code == 404
    assert rep2.get(path).json() == rep2.get(f"/sync/v1/files/{digest(data)}").json()
    assert shared_server.person("manager1").get(path).content == data
    assert shared_server.person("manager2").get(path).status_code == 404


def test_downloads_go_on_where_they_stopped(
    shared_server: ServerProcess, rep: Person, filling: Filling
) -> None:
    data = os.urandom(5_000)
    patch(rep, begun(rep, data), 0, data)
    filling.photo(digest(data))
    path = f"/sync/v1/files/{digest(data)}"
    part = rep.get(path, headers={"range": "bytes=1000-"})
    assert (part.status_code, part.content) == (206, data[1_000:])
    assert rep.get(path, headers={"range": "bytes=9000-"}).status_code == 416
    assert rep.get(path, headers={"if-none-match": f'"{digest(data)}"'}).status_code == 304


def test_an_upload_belongs_to_its_user(shared_server: ServerProcess, rep: Person) -> None:
    data = os.urandom(1_000)
    file_id = new_id()
    where = announce(rep, data, file_id).headers["location"]
    other = shared_server.person("rep2")
    assert other.call("HEAD", where, headers=TUS).status_code == 404
    assert patch(other, where, 0, data).status_code == 404
    assert other.call("DELETE", where, headers=TUS).status_code == 404
    assert announce(other, data, file_id).status_code == 409
    assert rep.call("DELETE", where, headers=TUS).status_code == 204
    assert rep.call("HEAD", where, headers=TUS).status_code == 404


@pytest.mark.parametrize(("headers", "status"), [
    ({"upload-length": "0"}, 422), ({"upload-length": "-1"}, 422), ({"upload-length": "9" * 12}, 413),
    ({"upload-length": "x"}, 422), ({"upload-metadata": ""}, 422), ({"upload-metadata": "sha256 ???"}, 422),
    ({"upload-metadata": "sha256 " + b64("../../etc/passwd")}, 422),
    ({"upload-metadata": f"id {b64('../../x')},sha256 {b64('0' * 64)}"}, 422),
    ({"tus-resumable": "0.2.2"}, 412),
])  # fmt: skip
def test_a_strange_announcement_is_refused(rep: Person, headers: dict[str, str], status: int) -> None:
    assert announce(rep, b"data", **headers).status_code == status


@pytest.mark.parametrize("name", [
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2fx", "/etc/passwd", "C:\\x", "CON", "x" * 300,
    "a" * 63, "A" * 63 + "/", "a" * 63 + "%00", "∕" * 64,
])  # fmt: skip
def test_no_name_leads_out_of_the_store(rep: Person, name: str) -> None:
    assert rep.get(f"/sync/v1/files/{name}").status_code in (404, 405, 422)


def test_pieces_are_checked_before_they_are_written(rep: Person) -> None:
    data = os.urandom(3_000)
    where = begun(rep, data)
    assert rep.call("PATCH", where, data=data, headers=TUS | {"upload-offset": "0"}).status_code == 415
    assert patch(rep, where, 0, data, **{"upload-checksum": "md5 xyz"}).status_code == 400
    assert rep.call("PATCH", where, data=data, headers=PIECE).status_code == 422
    assert patch(rep, where, 0, data + b"too much").status_code == 413
    assert offset(rep, where) <= 3_000


def test_the_server_says_what_it_can_do(rep: Person) -> None:
    answer = rep.call("OPTIONS", "/sync/v1/files")
    assert answer.headers["tus-version"] == "1.0.0"
    assert {"creation", "checksum", "expiration"} <= set(answer.headers["tus-extension"].split(","))


@pytest.mark.parametrize(
    "body", [[], {"sha256": "x"}, {"sha256": ["x"]}, {"sha256": [1]}, {"sha256": ["0" * 64] * 1001}]
)
def test_have_takes_up_to_a_thousand_hashes(rep: Person, body: object) -> None:
    assert rep.post("/sync/v1/have", json=body).status_code in (400, 413, 422)


def test_uploads_that_were_given_up_are_swept(shared_server: ServerProcess, rep: Person) -> None:
    data = os.urandom(2_000)
    where = begun(rep, data)
    patch(rep, where, 0, data[:500])
    store = files.Store(shared_server.data / "blobs", shared_server.data / "uploads")
    with shared_server.opened() as database, database.writing() as connection:
        mine = upload.c.id == UUID(where.rsplit("/", 1)[1])
        connection.execute(upload.update().where(mine).values(expires_at=clock.now() - timedelta(days=1)))
        assert files.forget_expired(connection, store, clock.now()) == 1
    assert not store.part(UUID(where.rsplit("/", 1)[1])).exists()
    assert rep.call("HEAD", where, headers=TUS).status_code == 404


def test_a_newcomer_takes_the_turn_of_a_dead_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "TAKEOVER_SECONDS", 0.02)
    log: list[str] = []

    async def dead(turns: uploads.Turns, upload_id: UUID) -> None:
        async with turns.mine(upload_id) as turn:
            await turn.dropped.wait()
            log.append("dropped")

    async def scene() -> None:
        turns, upload_id = uploads.Turns(), new_id()
        older = asyncio.create_task(dead(turns, upload_id))
        await asyncio.sleep(0)
        async with turns.mine(upload_id):
            log.append("mine")
        await older

    asyncio.run(scene())
    assert log == ["dropped", "mine"]


def test_a_line_that_does_not_let_go_keeps_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "TAKEOVER_SECONDS", 0.01)

    async def scene() -> None:
        turns, upload_id = uploads.Turns(), new_id()
        async with turns.mine(upload_id):
            with pytest.raises(RuleBroken, match="upload_busy"):
                async with turns.mine(upload_id):
                    raise AssertionError("two at once")

    asyncio.run(scene())


def test_files_work_on_both_databases(server_url: str, start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(server_url)
    data = os.urandom(5_000)
    photo = Filling(server).photo(digest(data))
    rep = server.person("rep1")
    where = begun(rep, data)
    assert patch(rep, where, 0, data).status_code == 204
    assert is_stored(server, photo) == (True, 2)
    assert rep.get(f"/sync/v1/files/{digest(data)}").content == data
    with server.opened() as database, database.reading() as connection:
        assert connection.execute(select(blob.c.size)).scalars().all() == [5_000]
