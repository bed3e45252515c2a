"""The lane of photos: thumbnails first, pieces, cuts, keeping and letting go (I12)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldcrm import faults
from fieldcrm.errors import Damaged, NotFound, Offline
from fieldcrm.storage.files import THUMBNAIL_BYTES
from fieldcrm.sync import files as pictures
from fieldcrm.sync import lane
from fieldcrm.sync.downloads import Downloads
from fieldcrm.sync.remote import Remote, Reply
from tests.fixtures.photos import picture, take
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in

Call = Callable[..., Reply]


@pytest.fixture
def rep(shared_server: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    made = signed_in(tmp_path / "rep", shared_server.url, "rep1", PASSWORD)
    made.cycle()
    yield made
    made.close()


@pytest.fixture
def boss(shared_server: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    made = signed_in(tmp_path / "boss", shared_server.url, "manager1", PASSWORD)
    yield made
    made.close()


class Watched:
    """Every call of a remote in order; ``before`` may raise in place of one."""

    def __init__(self, remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, str, int]] = []
        self.before: Callable[[str, str], None] = lambda _method, _path: None
        self._call: Call = remote.call
        monkeypatch.setattr(remote, "call", self)

    def __call__(self, method: str, path: str, body: bytes = b"", headers: Any = None) -> Reply:
        self.calls.append((method, path, len(body)))
        self.before(method, path)
        return self._call(method, path, body, headers)

    def sizes(self, method: str) -> list[int]:
        return [size for each, path, size in self.calls if each == method and "/files" in path and size]


def area(server: ServerProcess) -> Any:
    return server.company.territories["HZ"]


def test_every_thumbnail_goes_before_any_picture_and_pictures_go_by_age(
    shared_server: ServerProcess, rep: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [take(rep, area(shared_server), picture(n, 400)) for n in range(3)]
    watched = Watched(rep.remote, monkeypatch)
    assert rep.cycle().photos == 3
    sent = [(method, size) for method, path, size in watched.calls if "/files" in path and size]
    assert [method for method, _ in sent] == ["POST"] * 3 + ["PATCH"] * 3
    assert all(size <= THUMBNAIL_BYTES for method, size in sent if method == "POST")
    heads = [path.rsplit("/", 1)[1] for method, path, _ in watched.calls if method == "HEAD"]
    assert heads == [str(photo) for photo in photos]


def test_a_manager_sees_the_thumbnail_while_the_picture_waits(
    shared_server: ServerProcess, rep: Machine, boss: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture(7, 500)
    photo = take(rep, area(shared_server), content)
    sha256 = hashlib.sha256(content).hexdigest()
    watched = Watched(rep.remote, monkeypatch)
    watched.before = cut_at("PATCH")
    with pytest.raises(Offline):
        rep.cycle()
    boss.cycle()
    looking = Downloads(boss.database, boss.files, boss.remote)
    assert looking.thumbnail(str(photo), sha256) == rep.files.thumbnail(sha256)
    assert not boss.files.has(sha256)
    assert boss.rows("SELECT stored FROM photo WHERE id = ?", str(photo)) == [(0,)]


def cut_at(wanted: str) -> Callable[[str, str], None]:
    def before(method: str, _path: str) -> None:
        if method == wanted:
            raise Offline("cut_off")

    return before


def test_pieces_are_small_where_bytes_cost_and_large_elsewhere(
    shared_server: ServerProcess, rep: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture(8, 900)
    assert len(content) > 3 * pictures.METERED_CHUNK
    watched = Watched(rep.remote, monkeypatch)
    take(rep, area(shared_server), content)
    rep.cycle()
    assert watched.sizes("PATCH") == [len(content)]
    watched.calls.clear()
    take(rep, area(shared_server), content + b"other")
    pushed = rep.engine._has_photos
    monkeypatch.setattr(rep.engine, "_has_photos", lambda: False)
    rep.cycle()
    monkeypatch.setattr(rep.engine, "_has_photos", pushed)
    assert (
        pictures.send(rep.database, rep.files, rep.remote, lambda: False, piece=pictures.METERED_CHUNK) == 1
    )
    assert max(watched.sizes("PATCH")) == pictures.METERED_CHUNK


def test_each_cut_halves_the_piece_and_what_arrived_is_not_sent_again(
    shared_server: ServerProcess, rep: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture(9, 1_000)
    take(rep, area(shared_server), content)
    watched = Watched(rep.remote, monkeypatch)
    watched.before = cut_at("PATCH")
    for _ in range(3):
        with pytest.raises(Offline):
            rep.cycle()
    assert [size * 2 // len(content) for size in watched.sizes("PATCH")] == [2, 1, 0]
    watched.before = lambda _method, _path: None
    tried = len(watched.sizes("PATCH"))
    assert rep.cycle().photos == 1
    assert sum(watched.sizes("PATCH")[tried:]) == len(content)
    assert rep.rows("SELECT state FROM upload") == [("stored",)]


def test_one_picture_the_server_refuses_does_not_hold_up_the_others(
    shared_server: ServerProcess, rep: Machine, tmp_path: Path
) -> None:
    photos = [take(rep, area(shared_server), picture(20 + n)) for n in range(3)]
    other = signed_in(tmp_path / "other", shared_server.url, "rep2", PASSWORD)
    told = pictures._metadata({"id": str(photos[0]), "sha256": "ab" * 32}, 4)
    other.remote.call("POST", "/sync/v1/files", headers=told)
    other.close()
    rep.cycle()
    states = dict(rep.rows("SELECT photo_id, state FROM upload"))
    assert states[str(photos[0])] == "waiting"
    assert {states[str(photo)] for photo in photos[1:]} == {"stored"}


def test_what_is_saved_during_an_upload_does_not_wait_for_its_end(
    shared_server: ServerProcess, rep: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upload goes on only when the order saved meanwhile has reached the server."""
    take(rep, area(shared_server), picture(30))
    watched = Watched(rep.remote, monkeypatch)
    states: list[str] = []

    def before(method: str, _path: str) -> None:
        if method == "PATCH" and not states:
            states.append("saved")
            done = arrived(rep)
            take(rep, area(shared_server), picture(31))
            assert done.wait(30)

    watched.before = before
    report = rep.cycle()
    assert report.applied == 6
    assert report.photos == 1


def arrived(machine: Machine) -> Any:
    """Return an event that is set when nothing is left to push."""
    import threading

    event = threading.Event()

    def look(_names: frozenset[str]) -> None:
        if not machine.rows("SELECT 1 FROM outbox WHERE state IN ('pending', 'inflight')"):
            event.set()

    machine.database.subscribe(look)
    return event


def test_what_either_lane_raises_ends_both(rep: Machine) -> None:
    def send(stop: Callable[[], bool]) -> int:
        rep.database.announce({"outbox"})
        while not stop():
            pass
        return 0

    def work() -> None:
        raise Offline("unreachable")

    with pytest.raises(Offline):
        lane.beside(rep.database, send, work, lambda: False)


def test_bytes_stay_until_they_are_stored_and_the_retention_has_passed(
    shared_server: ServerProcess, rep: Machine
) -> None:
    content = picture(40)
    take(rep, area(shared_server), content)
    sha256 = hashlib.sha256(content).hexdigest()
    empty = Downloads(rep.database, rep.files, rep.remote, most=0)
    pictures.release(rep.database, timedelta(0))
    empty.make_room()
    assert rep.files.has(sha256), "it lies only here"
    rep.cycle()
    pictures.release(rep.database)
    empty.make_room()
    assert rep.files.has(sha256), "the retention has not passed"
    pictures.release(rep.database, timedelta(0))
    assert rep.files.has(sha256), "there is room"
    empty.make_room()
    assert not rep.files.has(sha256)
    assert Downloads(rep.database, rep.files, rep.remote).whole(sha256) == content


def test_the_planted_bug_deletes_what_lies_only_here(shared_server: ServerProcess, rep: Machine) -> None:
    content = picture(41)
    take(rep, area(shared_server), content)
    with faults.plant("local_deleted_early"):
        pictures.release(rep.database, timedelta(0))
    Downloads(rep.database, rep.files, rep.remote, most=0).make_room()
    with pytest.raises(NotFound):
        rep.files.get(hashlib.sha256(content).hexdigest())


@pytest.fixture
def shown(shared_server: ServerProcess, rep: Machine, boss: Machine) -> tuple[str, str, bytes]:
    """A photo of the rep that the manager may see: its id, hash and bytes."""
    content = picture(50, 800)
    photo = take(rep, area(shared_server), content)
    rep.cycle()
    boss.cycle()
    return str(photo), hashlib.sha256(content).hexdigest(), content


def test_a_cut_download_goes_on_where_it_was_cut(
    boss: Machine, shown: tuple[str, str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sha256, content = shown
    looking = Downloads(boss.database, boss.files, boss.remote, piece=100_000)
    watched = Watched(boss.remote, monkeypatch)
    left = [3]

    def cut(method: str, _path: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Offline("cut_off")

    watched.before = cut
    with pytest.raises(Offline):
        looking.whole(sha256)
    assert looking.whole(sha256) == content
    pieces = -(-len(content) // 100_000)
    assert len(watched.calls) == pieces + 1, "one piece was asked for twice"
    assert boss.files.part(sha256, 0) is None, "no piece is left behind"
    assert looking.whole(sha256) == content
    assert len(watched.calls) == pieces + 1, "then it is here"


def test_corrupted_bytes_are_fetched_anew(
    boss: Machine, shown: tuple[str, str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sha256, content = shown
    looking = Downloads(boss.database, boss.files, boss.remote)
    call, spoilt = boss.remote.call, []

    def spoil(method: str, path: str, body: bytes = b"", headers: Any = None) -> Reply:
        reply = call(method, path, body, headers)
        if not spoilt:
            spoilt.append(path)
            return Reply(reply.status, reply.headers, b"x" + reply.body[1:])
        return reply

    monkeypatch.setattr(boss.remote, "call", spoil)
    assert looking.whole(sha256) == content
    path = boss.files._path(sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged):
        boss.files.get(sha256)
    assert looking.whole(sha256) == content
    assert boss.files.get(sha256) == content


def test_the_longest_unused_photo_goes_when_the_list_is_full(
    shared_server: ServerProcess, rep: Machine, boss: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [picture(60 + n, 300) for n in range(3)]
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    for content in contents:
        take(rep, area(shared_server), content)
    rep.cycle()
    boss.cycle()
    moment = iter(range(1_000, 2_000))
    monkeypatch.setattr("fieldcrm.sync.downloads._now", lambda: next(moment))
    looking = Downloads(boss.database, boss.files, boss.remote, most=len(contents[0]) * 2 + 50_000)
    for which in (0, 1, 0, 2):
        looking.whole(hashes[which])
    assert [boss.files.has(sha256) for sha256 in hashes] == [True, False, True]


def test_a_server_that_no_longer_has_the_picture_gets_it_again(
    shared_server: ServerProcess, rep: Machine
) -> None:
    """A restored server's row says so; the bytes are still here, because the retention has not passed."""
    content = picture(70)
    photo = str(take(rep, area(shared_server), content))
    rep.cycle()
    with shared_server.opened() as database, database.writing() as connection:
        connection.exec_driver_sql(
            "DELETE FROM blob WHERE sha256 = ?", (hashlib.sha256(content).hexdigest(),)
        )
        connection.exec_driver_sql("DELETE FROM upload WHERE id = ?", (photo,))
        connection.exec_driver_sql("UPDATE photo SET stored = 0 WHERE id = ?", (photo,))
    assert rep.cycle().photos == 1
    assert rep.rows("SELECT state FROM upload") == [("stored",)]
