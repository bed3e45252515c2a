"""F39 a photo whose record is refused, or whose customer has left this laptop.

Expected: its bytes are still sent and stored, the office finds them on the list of orphans
(REST and doctor) when no photo row names them, and nothing is lost on the way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.doctor import examine
from server.settings import Settings
from tests.fixtures.photos import picture, take
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in


@pytest.fixture
def rep(server_process: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    made = signed_in(tmp_path / "rep", server_process.url, "rep1", PASSWORD)
    made.cycle()
    yield made
    made.close()


def test_the_photo_of_a_refused_record_reaches_the_office(
    server_process: ServerProcess, rep: Machine
) -> None:
    """The visit was to a store of somebody else: visit and photo are refused, the picture is not lost."""
    content = picture(1, 200)
    sha256 = hashlib.sha256(content).hexdigest()
    photo = take(rep, server_process.company.territories["NJ"], content)
    assert rep.cycle().rejected >= 2
    assert rep.rows("SELECT state FROM upload") == [("sent",)]
    assert rep.files.get(sha256) == content, "it was never said to be stored, so it stays here too"
    admin = server_process.person("admin")
    [orphan] = admin.get("/api/v1/files/orphans").json()["items"]
    assert (orphan["sha256"], orphan["photo_id"], orphan["size"]) == (sha256, str(photo), len(content))
    assert orphan["user_id"] == str(rep.me)
    assert admin.get(f"/api/v1/files/orphans/{sha256}").content == content
    assert server_process.person("rep2").get(f"/api/v1/files/orphans/{sha256}").status_code == 403
    found = {each.check: each for each in examine(Settings(data=server_process.data), deep=True)}
    assert found["orphans"].detail.startswith("1 ")
    assert found["files"].ok
    assert found["files_noted"].ok
    assert found["hashes"].ok


def test_a_photo_that_waits_when_its_customer_moves_away_is_still_sent(
    server_process: ServerProcess, rep: Machine, tmp_path: Path
) -> None:
    content = picture(2, 200)
    sha256 = hashlib.sha256(content).hexdigest()
    photo = take(rep, server_process.company.territories["HZ"], content)
    held = rep.engine._has_photos
    rep.engine._has_photos = lambda: False  # type: ignore[method-assign]  # the records go, the bytes wait
    rep.cycle()
    move(server_process, photo, "NJ")
    rep.cycle()
    assert rep.rows("SELECT 1 FROM photo") == []
    assert rep.files.get(sha256) == content, "the row has left, the bytes lie only here"
    rep.engine._has_photos = held  # type: ignore[method-assign]
    assert rep.cycle().photos == 1
    assert rep.rows("SELECT 1 FROM upload") == []
    assert not rep.files.has(sha256), "now they are elsewhere, and not for this laptop to keep (I5)"
    boss = signed_in(tmp_path / "boss", server_process.url, "manager2", PASSWORD)
    boss.cycle()
    assert boss.rows("SELECT stored FROM photo WHERE id = ?", str(photo)) == [(1,)]
    boss.close()


def move(server: ServerProcess, photo: object, area: str) -> None:
    with server.opened() as database, database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE account SET territory_id = ? WHERE id = (SELECT account_id FROM photo WHERE id = ?)",
            (str(server.company.territories[area]), str(photo)),
        )


def test_a_deleted_photo_row_leaves_its_file_to_the_office(
    server_process: ServerProcess, rep: Machine
) -> None:
    content = picture(3, 200)
    photo = take(rep, server_process.company.territories["HZ"], content)
    rep.cycle()
    with server_process.opened() as database, database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM photo WHERE id = ?", (str(photo),))
    items = server_process.person("csm1").get("/api/v1/files/orphans").json()["items"]
    assert [each["sha256"] for each in items] == [hashlib.sha256(content).hexdigest()]
