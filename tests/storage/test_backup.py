"""Unsent work leaves a laptop whole, arrives once, and is never destroyed unseen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from fieldcrm.errors import Damaged, DiskFull, Invalid, UnsentWork, WrongKey
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import OrderLine
from fieldcrm.storage import device, drafts, profiles, salvage, search, wipe
from fieldcrm.storage.backup import Imported, backup, export_rescue, import_rescue
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.storage.key import Hardness
from fieldcrm.storage.local import OutboxEntry, OutboxState, Upload, UploadState
from fieldcrm.storage.unsent import unsent, waiting
from tests.builders import (
    MORNING,
    make_account,
    make_order,
    make_order_line,
    make_product,
    make_territory,
    make_user,
)
from tests.fixtures.laptop import KEY

LIGHT = Hardness(time=1, memory_kib=64, lanes=1)
ME = str(new_id())


def entry(entity: str, row_id: UUID, **fields: Any) -> OutboxEntry:
    usual = {"op": "create", "payload": f'{{"id":"{row_id}"}}', "at": MORNING}
    return OutboxEntry(**{"mutation_id": new_id(), "entity": entity, "row_id": row_id} | usual | fields)


@pytest.fixture
def files(laptop: Database) -> Files:
    return Files(laptop.path.parent / "photos", laptop.file_key())


@pytest.fixture
def busy(laptop: Database, files: Files) -> Database:
    """A laptop with a new account, an order of two lines, a photo to send, a draft, and work long done."""
    territory, rep, product = make_territory(), make_user(), make_product()
    account, old = make_account(territory, name="新店", code="N1"), make_account(territory, name="老店")
    order = make_order(rep, account)
    photo = new_id()
    with laptop.writing() as session:
        device.remember(session, device.USER_ID, ME)
        session.add_all([account, old, order, *(make_order_line(order, product, n) for n in (1, 2))])
        session.add_all([
            entry("account", old.id, state=OutboxState.ACKED), entry("account", account.id),
            entry("order", order.id, state=OutboxState.INFLIGHT), entry("photo", photo),
            Upload(photo_id=photo, sha256=files.put(b"picture"), size=7, at=MORNING),
            Upload(photo_id=new_id(), sha256="0" * 64, size=7, at=MORNING, state=UploadState.STORED),
        ])  # fmt: skip
        drafts.save(session, "visit step", "v1", {"note": "half"}, MORNING)
    return laptop


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Database]:
    database = Database.create(tmp_path / "other" / "field.db", bytes(reversed(KEY)))
    yield database
    database.close()


def mutations(database: Database) -> dict[UUID, str]:
    with database.reading() as session:
        return {
            e.mutation_id: e.payload for e in session.scalars(select(OutboxEntry).order_by(OutboxEntry.n))
        }


def test_a_rescue_brings_everything_unsent_to_another_laptop_once(
    busy: Database, files: Files, other: Database, tmp_path: Path
) -> None:
    bundle = tmp_path / "rescue.fcr"
    told = export_rescue(busy, files, bundle, "pass", LIGHT)
    assert (told.changes, told.drafts, told.photos, told.missing_photos) == (3, 1, 1, 0)
    there = Files(tmp_path / "other" / "photos", other.file_key())
    heard: list[frozenset[str]] = []
    other.subscribe(heard.append)
    assert import_rescue(other, there, bundle, "pass") == Imported(changes=3, known=0, drafts=1, photos=1)
    assert import_rescue(other, there, bundle, "pass") == Imported(changes=0, known=3, drafts=0, photos=0)
    sent = {m: p for m, p in mutations(busy).items() if m in mutations(other)}
    assert list(mutations(other).items()) == list(sent.items())
    assert len(sent) == 3
    with other.reading() as session:
        assert [a.name for a in session.scalars(select(Account))] == ["新店"]
        assert len(session.scalars(select(OrderLine)).all()) == 2
        assert drafts.load(session, "visit step", "v1") == {"note": "half"}
        [upload] = session.scalars(select(Upload))
        assert len(search.find(session, "account", "新店")) == 1
    assert there.get(upload.sha256) == b"picture"
    assert {"account", "order", "outbox"} <= heard[0]


def test_importing_where_it_came_from_changes_nothing(busy: Database, files: Files, tmp_path: Path) -> None:
    export_rescue(busy, files, tmp_path / "rescue.fcr", "pass", LIGHT)
    before = mutations(busy)
    assert import_rescue(busy, files, tmp_path / "rescue.fcr", "pass").changes == 0
    assert mutations(busy) == before


def test_a_row_that_the_server_already_gave_is_left_alone(
    busy: Database, files: Files, other: Database, tmp_path: Path
) -> None:
    with busy.reading() as session:
        account_id = session.scalars(select(Account.id).where(Account.code == "N1")).one()
    with other.writing() as session:
        session.add(make_account(make_territory(), id=account_id, name="From the server", version=9))
    export_rescue(busy, files, tmp_path / "rescue.fcr", "pass", LIGHT)
    import_rescue(other, Files(tmp_path / "p", KEY), tmp_path / "rescue.fcr", "pass")
    with other.reading() as session:
        assert session.scalar(select(Account.name)) == "From the server"
    assert len(mutations(other)) == 3


def test_what_was_exported_never_changes_under_its_mutation_id(
    busy: Database, files: Files, tmp_path: Path
) -> None:
    export_rescue(busy, files, tmp_path / "rescue.fcr", "pass", LIGHT)
    with busy.reading() as session:
        states = set(session.scalars(select(OutboxEntry.state)))
    assert states == {OutboxState.INFLIGHT, OutboxState.ACKED}


def test_another_users_rescue_is_refused(
    busy: Database, files: Files, other: Database, tmp_path: Path
) -> None:
    with other.writing() as session:
        device.remember(session, device.USER_ID, str(new_id()))
    export_rescue(busy, files, tmp_path / "rescue.fcr", "pass", LIGHT)
    there = Files(tmp_path / "p", KEY)
    with pytest.raises(Invalid) as caught:
        import_rescue(other, there, tmp_path / "rescue.fcr", "pass")
    assert caught.value.code == "another_user"
    assert mutations(other) == {}
    assert there.all_bytes() == 0


def test_a_wrong_passphrase_or_a_cut_bundle_imports_nothing(
    busy: Database, files: Files, other: Database, tmp_path: Path
) -> None:
    bundle = tmp_path / "rescue.fcr"
    export_rescue(busy, files, bundle, "pass", LIGHT)
    there = Files(tmp_path / "p", KEY)
    with pytest.raises(WrongKey):
        import_rescue(other, there, bundle, "guess")
    whole = bundle.read_bytes()
    for left in (0, 5, 12, 200, len(whole) // 2, len(whole) - 1):
        bundle.write_bytes(whole[:left])
        with pytest.raises(Damaged):
            import_rescue(other, there, bundle, "pass")
    for place in range(15, len(whole), len(whole) // 9):
        bundle.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises((Damaged, WrongKey)):
            import_rescue(other, there, bundle, "pass")
    assert mutations(other) == {}


def test_a_bundle_holds_nothing_readable(busy: Database, files: Files, tmp_path: Path) -> None:
    export_rescue(busy, files, tmp_path / "rescue.fcr", "pass", LIGHT)
    content = (tmp_path / "rescue.fcr").read_bytes()
    assert "新店".encode() not in content
    assert b"picture" not in content


def test_a_full_disk_leaves_no_half_bundle(busy: Database, files: Files, small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096 - 4096))
    with busy.writing() as session:
        drafts.save(session, "account", "big", "x" * 100_000, MORNING)
    with pytest.raises(DiskFull):
        export_rescue(busy, files, small_disk / "rescue.fcr", "pass", LIGHT)
    assert [p.name for p in small_disk.iterdir()] == ["ballast"]


def test_a_damaged_file_gives_up_what_can_still_be_read(tmp_path: Path, other: Database) -> None:
    path = tmp_path / "field.db"
    database = Database.create(path, KEY)
    with database.writing() as session:
        device.remember(session, device.USER_ID, ME)
        for n in range(400):
            session.add(entry("account", new_id(), payload="p" * 300 + str(n)))
    database.close()
    damage_some_pages(path)
    done = salvage.salvage(path, KEY, None, tmp_path / "rescue.fcr", "pass", LIGHT)
    assert 200 < done.changes < 400
    assert done.changes + done.lost_rows == 400
    imported = import_rescue(other, Files(tmp_path / "p", KEY), tmp_path / "rescue.fcr", "pass")
    assert imported.changes == done.changes
    aside = salvage.set_aside(path)
    assert aside.exists()
    Database.create(path, KEY).close()


def damage_some_pages(path: Path) -> None:
    """Break two pages in the middle of the outbox, found by what reading each broken page costs."""
    size = path.stat().st_size // 4096
    broken = 0
    for page in range(size - 30, size):
        flip(path, page * 4096 + 50)
        database = Database.open(path, KEY)
        try:
            with database.reading() as session:
                session.execute(text("SELECT sum(length(payload)) FROM outbox NOT INDEXED")).all()
        except Damaged:
            broken += 1
            if broken == 2:
                return
        finally:
            database.close()
        if broken == 0:
            flip(path, page * 4096 + 50)


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def test_salvaging_a_sound_file_loses_nothing(busy: Database, files: Files, tmp_path: Path) -> None:
    busy.checkpoint()
    busy.close()
    done = salvage.salvage(busy.path, KEY, files, tmp_path / "rescue.fcr", "pass", LIGHT)
    assert done == salvage.Salvaged(changes=3, drafts=1, photos=1, lost_rows=0)


def test_a_backup_is_whole_and_opens_with_the_same_key(busy: Database, tmp_path: Path) -> None:
    backup(busy, tmp_path / "copies" / "monday.db")
    with busy.writing() as session:
        session.add(make_account(make_territory(), name="Later"))
    copy = Database.open(tmp_path / "copies" / "monday.db", KEY)
    assert mutations(copy) == mutations(busy)
    assert copy.problems() == []
    with copy.reading() as session:
        assert set(session.scalars(select(Account.name))) == {"新店", "老店"}
    copy.close()
    assert "新店".encode() not in (tmp_path / "copies" / "monday.db").read_bytes()


def test_what_waits_is_counted(busy: Database) -> None:
    with busy.reading() as session:
        left = unsent(session)
        assert (left.changes, left.photos, left.not_rescued, left.count) == (3, 1, 4, 4)
        assert waiting(session) == 3


def test_a_wipe_refuses_unsent_work_until_it_is_rescued(busy: Database, files: Files, tmp_path: Path) -> None:
    profile = profiles.profile_for("https://crm.example", UUID(ME), "rep1", "Li Na", "passphrase")
    for _ in range(2):
        with pytest.raises(UnsentWork) as caught:
            wipe.wipe(tmp_path, profile, busy)
        assert caught.value.data["count"] == 4
        with pytest.raises(UnsentWork):
            wipe.wipe(tmp_path, profile, busy, force=True)
    export_rescue(busy, files, tmp_path / "rescue.fcr", "pass", LIGHT)
    with busy.writing() as session:
        session.add(entry("account", new_id()))
    with pytest.raises(UnsentWork):
        wipe.wipe(tmp_path, profile, busy, force=True)
    export_rescue(busy, files, tmp_path / "rescue.fcr", "pass", LIGHT)
    with pytest.raises(UnsentWork):
        wipe.sign_out(busy)
    wipe.wipe(tmp_path, profile, busy, force=True)


def test_a_photo_whose_bytes_are_lost_does_not_bar_the_way_out(
    busy: Database, files: Files, tmp_path: Path
) -> None:
    with busy.reading() as session:
        upload = session.scalars(select(Upload).where(Upload.state != UploadState.STORED)).one()
    files.delete(upload.sha256)
    assert export_rescue(busy, files, tmp_path / "rescue.fcr", "pass", LIGHT).missing_photos == 1
    wipe.sign_out(busy, force=True)


def test_a_wipe_leaves_neither_key_nor_file(tmp_path: Path) -> None:
    profile = profiles.profile_for("https://crm.example", UUID(ME), "rep1", "Li Na", "passphrase")
    profiles.remember(tmp_path, profile, MORNING)
    profiles.lock_away(tmp_path, profile, KEY, "十里荷花")
    database = Database.create(profiles.database_file(tmp_path, profile), KEY)
    Files(profiles.photo_folder(tmp_path, profile), database.file_key()).put(b"x")
    wipe.wipe(tmp_path, profile, database)
    assert profiles.known(tmp_path) == []
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    wipe.wipe_as_ordered(tmp_path, profile, None)
