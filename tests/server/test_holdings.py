"""Knowing a hash gives nobody its file; what belongs to no photo is kept and listed."""

from __future__ import annotations

import os
from datetime import timedelta
from uuid import UUID

import requests
from sqlalchemy import update

from fieldcrm import clock, faults
from fieldcrm.ids import new_id
from server import files, holdings
from server.tables_auth import upload
from tests.fixtures.server import Person, ServerProcess
from tests.server.conftest import Filling
from tests.server.test_files import PIECE, announce, b64, begun, digest, is_stored, offset, patch


def test_a_photo_row_that_names_a_foreign_file_gets_nothing(
    shared_server: ServerProcess, filling: Filling
) -> None:
    """rep2 has learnt the hash of a picture of rep1 and writes it into a photo of his own."""
    data = os.urandom(20_000)
    rep1, rep2 = shared_server.person("rep1"), shared_server.person("rep2")
    patch(rep1, begun(rep1, data), 0, data)
    thief = filling.photo(digest(data), "NJ", "rep2")
    with shared_server.opened() as database, database.writing() as connection:
        holdings.mark_stored(connection, [digest(data)])
        holdings.mark_all_stored(connection)
    assert is_stored(shared_server, thief) == (False, 1)
    assert rep2.get(f"/sync/v1/files/{digest(data)}").status_code == 404
    assert missing(rep2, data) == [digest(data)]
    assert missing(rep1, data) == []


def test_the_planted_bug_would_have_given_it(shared_server: ServerProcess, filling: Filling) -> None:
    data = os.urandom(2_000)
    rep1 = shared_server.person("rep1")
    patch(rep1, begun(rep1, data), 0, data)
    thief = filling.photo(digest(data), "NJ", "rep2")
    with (
        faults.plant("hash_is_enough"),
        shared_server.opened() as database,
        database.writing() as connection,
    ):
        holdings.mark_stored(connection, [digest(data)])
    assert is_stored(shared_server, thief) == (True, 2)


def missing(person: Person, data: bytes) -> list[str]:
    found: list[str] = person.post("/sync/v1/have", json={"sha256": [digest(data)]}).json()["missing"]
    return found


def test_somebody_else_must_send_the_bytes_though_they_are_here(
    shared_server: ServerProcess, filling: Filling
) -> None:
    data = os.urandom(6_000)
    rep1, rep2 = shared_server.person("rep1"), shared_server.person("rep2")
    patch(rep1, begun(rep1, data), 0, data)
    photo = filling.photo(digest(data), "NJ", "rep2")
    where = begun(rep2, data)
    assert offset(rep2, where) == 0, "nothing of it counts as sent"
    assert patch(rep2, where, 0, bytes(6_000)).status_code == 460
    assert is_stored(shared_server, photo) == (False, 1)
    assert patch(rep2, where, 0, data).status_code == 204
    assert is_stored(shared_server, photo) == (True, 2)
    assert rep2.get(f"/sync/v1/files/{digest(data)}").content == data


def test_a_swept_server_finishes_no_upload_whose_bytes_never_came(
    shared_server: ServerProcess, filling: Filling
) -> None:
    """The file lies in its place because another sent it: that makes no open upload whole."""
    data = os.urandom(3_000)
    rep1, rep2 = shared_server.person("rep1"), shared_server.person("rep2")
    patch(rep1, begun(rep1, data), 0, data)
    photo = filling.photo(digest(data), "NJ", "rep2")
    where = begun(rep2, data)
    with shared_server.opened() as database:
        files.finish_whole(database, store(shared_server), clock.now())
    assert offset(rep2, where) == 0
    assert is_stored(shared_server, photo) == (False, 1)


def store(server: ServerProcess) -> files.Store:
    return files.Store(server.data / "blobs", server.data / "uploads")


def test_an_upload_under_a_photos_id_must_be_that_photo(
    shared_server: ServerProcess, filling: Filling
) -> None:
    data = os.urandom(1_000)
    photo = filling.photo(digest(data))
    rep1, rep2 = shared_server.person("rep1"), shared_server.person("rep2")
    assert announce(rep2, data, photo).status_code == 409
    assert announce(rep1, b"other" + data, photo).status_code == 409
    assert announce(rep1, data, photo).status_code == 201


def send_thumbnail(person: Person, photo: UUID, data: bytes) -> requests.Response:
    told = {"id": str(new_id()), "sha256": digest(data), "kind": "thumbnail", "photo": str(photo)}
    metadata = ",".join(f"{name} {b64(value)}" for name, value in told.items())
    return person.post(
        "/sync/v1/files", data=data,
        headers=PIECE | {"upload-length": str(len(data)), "upload-metadata": metadata},
    )  # fmt: skip


def test_a_thumbnail_comes_before_its_photo_and_only_to_who_sees_that(
    shared_server: ServerProcess, filling: Filling
) -> None:
    photo = filling.photo(digest(os.urandom(8)))
    small = os.urandom(9_000)
    rep, manager = shared_server.person("rep1"), shared_server.person("manager1")
    path = f"/sync/v1/thumbnails/{photo}"
    assert manager.get(path).status_code == 404
    assert send_thumbnail(rep, photo, small).headers["upload-offset"] == "9000"
    answer = manager.get(path)
    assert (answer.content, answer.headers["etag"]) == (small, f'"{digest(small)}"')
    assert is_stored(shared_server, photo) == (False, 1), "the picture itself is still to come"
    assert shared_server.person("rep2").get(path).status_code == 404
    assert shared_server.person("manager2").get(path).status_code == 404


def test_a_thumbnail_also_goes_to_who_was_shown_the_report_and_the_picture_does_not(
    shared_server: ServerProcess, filling: Filling
) -> None:
    data, small = os.urandom(500), os.urandom(400)
    photo, other = filling.photo(digest(data)), filling.photo(digest(os.urandom(8)))
    rep, colleague = shared_server.person("rep1"), shared_server.person("rep2")
    patch(rep, begun(rep, data), 0, data)
    for each in (photo, other):
        send_thumbnail(rep, each, small)
    filling.shown(photo, to="rep2", named=True)
    filling.shown(other, to="rep2", named=False)
    assert colleague.get(f"/sync/v1/thumbnails/{photo}").content == small
    assert colleague.get(f"/sync/v1/thumbnails/{other}").status_code == 404, "the report does not name it"
    assert colleague.get(f"/sync/v1/files/{digest(data)}").status_code == 404
    assert shared_server.person("manager2").get(f"/sync/v1/thumbnails/{photo}").status_code == 404


def test_a_thumbnail_is_small_and_its_reps_own(shared_server: ServerProcess, filling: Filling) -> None:
    photo = filling.photo(digest(os.urandom(8)))
    assert send_thumbnail(shared_server.person("rep1"), photo, bytes(30 * 1024 + 1)).status_code == 413
    assert send_thumbnail(shared_server.person("rep2"), photo, b"not his").status_code == 409


def test_what_no_photo_speaks_for_is_not_forgotten(shared_server: ServerProcess, rep: Person) -> None:
    data = os.urandom(1_500)
    where = begun(rep, data)
    patch(rep, where, 0, data)
    old = clock.now() - timedelta(days=1)
    with shared_server.opened() as database, database.writing() as connection:
        mine = upload.c.id == UUID(where.rsplit("/", 1)[1])
        connection.execute(update(upload).where(mine).values(expires_at=old))
        files.forget_expired(connection, store(shared_server), clock.now())
        assert digest(data) in {orphan.sha256 for orphan in holdings.orphans(connection)}
    assert missing(rep, data) == []
