"""A whole sync of a real laptop file with a real server process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert

from fieldcrm import clock
from fieldcrm.errors import Offline, SignInRequired, Throttled
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import Todo
from fieldcrm.model.visits import CheckIn, Photo, PositionSource, Visit
from fieldcrm.storage import migrations
from fieldcrm.sync import first, status
from fieldcrm.sync.downloads import Downloads
from server import epochs
from server.database import run
from tests.builders import make_account, make_contact
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 9000


@pytest.fixture
def rep(shared_server: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    """A laptop of rep1 that has not synced yet, on a server that other tests use too."""
    made = signed_in(tmp_path / "rep1", shared_server.url, "rep1", PASSWORD)
    yield made
    made.close()


@pytest.fixture
def lonely(server_process: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    """A laptop of rep1 on a server of its own."""
    made = signed_in(tmp_path / "lonely", server_process.url, "rep1", PASSWORD)
    yield made
    made.close()


def stores(server: ServerProcess, count: int, area: str = "HZ") -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    with server.opened() as database, database.writing() as connection:
        connection.execute(
            insert(Account),
            [
                {"id": i, "name": f"店{n}", "territory_id": server.company.territories[area]}
                for n, i in enumerate(ids)
            ],
        )
    return ids


def test_the_first_sync_brings_everything_and_the_next_one_nothing(
    shared_server: ServerProcess, rep: Machine
) -> None:
    mine, others = stores(shared_server, 2_500), stores(shared_server, 10, "NJ")
    report = rep.cycle()
    assert report.up_to_date
    here = {UUID(row_id) for (row_id,) in rep.rows("SELECT id FROM account")}
    assert here >= set(mine)
    assert not here & set(others)
    assert not first.is_needed(rep.database)
    again = rep.cycle()
    assert (again.requests, again.rows, again.up_to_date) == (1, 0, True)


def test_stores_are_found_and_counted_after_the_first_sync(
    shared_server: ServerProcess, rep: Machine
) -> None:
    stores(shared_server, 30)
    rep.cycle()
    here = rep.rows("SELECT count(*) FROM account WHERE archived_at IS NULL AND merged_into IS NULL")
    assert here[0][0] >= 30
    assert rep.rows("SELECT count(*) FROM search_account") == here
    assert rep.rows("SELECT count(*) FROM account_fact") == here
    indexes = rep.rows("SELECT count(*) FROM sqlite_master WHERE name = 'ix_account_territory_id_id'")
    assert indexes == [(1,)]


def test_a_first_sync_that_was_stopped_goes_on_where_it_was(
    shared_server: ServerProcess, rep: Machine
) -> None:
    mine = stores(shared_server, 4_500)
    told = 0

    def stop() -> bool:
        return told >= 2_000

    def note(progress: object) -> None:
        nonlocal told
        told = progress.rows  # type: ignore[attr-defined]

    assert not rep.engine.cycle(stop, note).up_to_date
    here = rep.rows("SELECT count(*) FROM account")[0][0]
    assert 1_000 <= here < 4_500
    assert rep.cycle().up_to_date
    assert {UUID(row_id) for (row_id,) in rep.rows("SELECT id FROM account")} >= set(mine)


def test_what_a_rep_saves_offline_reaches_a_manager(
    shared_server: ServerProcess, rep: Machine, tmp_path: Path
) -> None:
    rep.cycle()
    area = shared_server.company.territories["HZ"]
    shop = make_account(area)
    rep.save(lambda session: session.add(shop))
    rep.save(lambda session: session.add(make_contact(shop)))
    todo = Todo(id=new_id(), assignee_id=rep.me, created_by=rep.me, account_id=shop.id, title="货架贴")
    rep.save(lambda session: session.add(todo))
    report = rep.cycle()
    assert (report.applied, report.rejected, report.requests) == (3, 0, 1)
    boss = signed_in(tmp_path / "boss", shared_server.url, "manager1", PASSWORD)
    boss.cycle()
    assert boss.rows("SELECT name FROM account WHERE id = ?", str(shop.id)) == [(shop.name,)]
    assert boss.rows("SELECT count(*) FROM contact WHERE account_id = ?", str(shop.id)) == [(1,)]
    boss.close()


def test_a_photo_follows_its_record_and_comes_back_as_stored(
    shared_server: ServerProcess, rep: Machine, tmp_path: Path
) -> None:
    [shop] = stores(shared_server, 1)
    rep.cycle()
    area, at = shared_server.company.territories["HZ"], clock.now()
    sha256 = rep.files.put(JPEG)
    of = {"account_id": shop, "rep_id": rep.me, "territory_id": area}
    visit, photo = new_id(), new_id()

    def work(session: object) -> None:
        session.add(Visit(id=visit, started_at=at, **of))  # type: ignore[attr-defined]
        session.add(CheckIn(id=new_id(), visit_id=visit, at=at, source=PositionSource.NONE, **of))  # type: ignore[attr-defined]
        session.add(Photo(id=photo, visit_id=visit, sha256=sha256, size=len(JPEG), media_type="image/jpeg",
                          width=1, height=1, taken_at=at, **of))  # type: ignore[attr-defined]  # fmt: skip

    rep.save(work)
    with rep.database.reading() as session:
        assert status.badge(session).photos == 1
    assert rep.cycle().photos == 1
    assert rep.rows("SELECT state FROM upload") == [("stored",)]
    with rep.database.reading() as session:
        assert status.badge(session).photos == 0
        assert status.chain(session, "visit", visit).step is status.Step.STORED
    boss = signed_in(tmp_path / "boss", shared_server.url, "manager1", PASSWORD)
    boss.cycle()
    assert Downloads(boss.database, boss.files, boss.remote).whole(sha256) == JPEG
    boss.close()


def test_an_expired_access_token_is_renewed_on_the_way(shared_server: ServerProcess, rep: Machine) -> None:
    kept = []
    rep.remote._on_rotated = kept.append
    stale = rep.remote.tokens
    assert stale is not None
    rep.remote._tokens = type(stale)(access="x" * 20, refresh=stale.refresh, expires_in=1, user=stale.user)
    assert rep.cycle().up_to_date
    assert kept
    assert kept[-1].refresh != stale.refresh


def test_a_session_that_was_ended_asks_for_signing_in(shared_server: ServerProcess, rep: Machine) -> None:
    rep.cycle()
    tokens = rep.remote.tokens
    rep.remote.logout()
    rep.remote._tokens = tokens
    with pytest.raises(SignInRequired):
        rep.cycle()


def test_the_file_from_before_a_migration_goes_with_the_next_whole_sync(rep: Machine) -> None:
    kept = migrations.previous(rep.database.path)
    kept.write_bytes(b"old")
    rep.engine.cycle(stop=lambda: True)
    assert kept.exists()
    rep.cycle()
    assert not kept.exists()


def test_without_a_server_work_stays_and_nothing_is_wrong(
    server_process: ServerProcess, lonely: Machine
) -> None:
    lonely.cycle()
    server_process.kill()
    lonely.save(lambda session: session.add(make_account(server_process.company.territories["HZ"])))
    with pytest.raises(Offline):
        lonely.cycle()
    with lonely.database.reading() as session:
        badge = status.badge(session)
        assert (badge.waiting, badge.attention) == (1, 0)
        assert badge.last_sync_at is not None
        assert status.log(session)[0].data["code"] == "unreachable"
    server_process.restart()
    assert lonely.cycle().applied == 1


def test_two_edits_of_one_field_leave_a_conflict_both_can_see(
    shared_server: ServerProcess, rep: Machine, tmp_path: Path
) -> None:
    [shop] = stores(shared_server, 1)
    boss = signed_in(tmp_path / "boss", shared_server.url, "manager1", PASSWORD)
    for machine in (rep, boss):
        machine.cycle()
    rep.save(lambda s: setattr(s.get_one(Account, shop), "phone", "1"))
    boss.save(lambda s: setattr(s.get_one(Account, shop), "phone", "2"))
    rep.cycle()
    report = boss.cycle()
    assert (report.merged, report.conflicts) == (1, 1)
    rep.cycle()
    for machine in (rep, boss):
        assert machine.rows("SELECT phone FROM account WHERE id = ?", str(shop)) == [("2",)]
        [(loser, state)] = machine.rows("SELECT loser, state FROM conflict WHERE row_id = ?", str(shop))
        assert (json.loads(loser), state) == ("1", "open")
    boss.close()


def test_a_refused_creation_can_be_mended_and_sent_again(shared_server: ServerProcess, rep: Machine) -> None:
    rep.cycle()
    elsewhere, here = (shared_server.company.territories[area] for area in ("NJ", "HZ"))
    shop = make_account(elsewhere)
    rep.save(lambda session: session.add(shop))
    assert rep.cycle().rejected == 1
    with rep.database.reading() as session:
        [refused] = status.refused(session)
        assert refused.code == "out_of_territory"
        assert status.chain(session, "account", shop.id).step is status.Step.REFUSED
    rep.save(lambda s: setattr(s.get_one(Account, shop.id), "territory_id", here))
    assert rep.cycle().applied == 1
    with rep.database.reading() as session:
        assert status.refused(session) == []
    assert rep.rows("SELECT version FROM account WHERE id = ?", str(shop.id))[0][0] >= 1


def test_a_refused_change_can_be_let_go(shared_server: ServerProcess, rep: Machine) -> None:
    rep.cycle()
    shop = make_account(shared_server.company.territories["NJ"])
    rep.save(lambda session: session.add(shop))
    rep.cycle()
    with rep.database.writing() as session:
        [refused] = status.refused(session)
        status.let_go(session, refused.mutation_id)
    assert rep.rows("SELECT count(*) FROM account WHERE id = ?", str(shop.id)) == [(0,)]
    assert rep.cycle().up_to_date


def test_a_new_epoch_is_met_by_going_back_to_common_ground_with_unsent_work_kept(
    server_process: ServerProcess, lonely: Machine
) -> None:
    [shop] = stores(server_process, 1)
    lonely.cycle()
    lonely.save(lambda s: setattr(s.get_one(Account, shop), "phone", "77"))
    with server_process.opened() as database, database.writing() as connection:
        epochs.begin(connection, "restored")
    with pytest.raises(Throttled, match="server_restored"):
        lonely.cycle()
    report = lonely.engine.cycle(asked=True)
    assert (report.applied, report.again, report.up_to_date) == (1, 0, True)
    with server_process.opened() as database, database.reading() as connection:
        assert run(connection, "SELECT phone FROM account").scalar() == "77"
