"""F40. A lost device tries to pull and push; a leaver's device hands in its outbox.

Expected: the lost device gets a signed order to wipe and nothing else, destroys its key at
the next contact, and what it had not sent survives in a parcel that only the server opens.
The leaver's push is taken for 72 hours; no row reaches it (I18). A device that has not been
heard of for the length of its lease locks itself and opens again on contact, nothing lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from fieldcrm import clock, faults, laptop
from fieldcrm.errors import LeaseOver, SignInRequired, WrongKey
from fieldcrm.ids import new_id
from fieldcrm.laptop import Laptop
from fieldcrm.model.plans import Todo
from fieldcrm.storage import key, lease, profiles
from fieldcrm.storage.database import Database
from fieldcrm.sync import wipes
from fieldcrm.wipe_order import WipeOrder
from server.database import run
from tests.fixtures.server import PASSWORD, ServerProcess

WORDS = "a long passphrase"
HOUR = 3_600_000


def fetched(home: Path, url: str) -> Laptop:
    made = laptop.sign_in(home, url, "rep1", PASSWORD, passphrase=WORDS)
    made.engine.cycle()
    return made


@pytest.fixture
def rep(shared_server: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    """A laptop of rep1 with everything fetched, its key under a passphrase."""
    monkeypatch.setattr(key, "seal", partial(key.seal, hardness=key.Hardness(1, 64, 1)))
    made = fetched(tmp_path / "home", shared_server.url)
    yield made
    made.database.close()


@pytest.fixture
def lonely(server_process: ServerProcess, tmp_path: Path) -> Iterator[Laptop]:
    """The same on a server of its own."""
    made = fetched(tmp_path / "lonely", server_process.url)
    yield made
    made.database.close()


def save(rep: Laptop, title: str) -> UUID:
    assert rep.remote.tokens is not None
    me = UUID(rep.remote.tokens.user.id)
    todo = Todo(id=new_id(), assignee_id=me, created_by=me, title=title)
    with rep.database.writing() as session:
        session.add(todo)
    return todo.id


def decide(server: ServerProcess, rep: Laptop, verb: str) -> None:
    assert server.command("device", verb, rep.remote.device).returncode == 0


def titles(server: ServerProcess) -> set[str]:
    with server.opened() as database, database.reading() as connection:
        return {title for (title,) in run(connection, "SELECT title FROM todo")}


def told(server: ServerProcess, rep: Laptop) -> dict[str, object]:
    lines = server.command("device", "list").stdout.splitlines()
    return next(each for each in map(json.loads, lines) if each["id"] == rep.remote.device)


def parcel_of(server: ServerProcess, rep: Laptop) -> str:
    kept = [json.loads(line) for line in server.command("device", "parcels").stdout.splitlines()]
    (mine,) = [each["id"] for each in kept if each["device_id"] == rep.remote.device]
    return str(mine)


def test_a_lost_laptop_gets_nothing_wipes_itself_and_leaves_its_work_sealed(
    shared_server: ServerProcess, rep: Laptop
) -> None:
    home, place = rep.home, profiles.folder(rep.home, rep.profile)
    save(rep, "拜访前打电话")
    decide(shared_server, rep, "lost")
    with pytest.raises(SignInRequired, match="device_revoked"):
        rep.engine.cycle()
    assert "拜访前打电话" not in titles(shared_server), "a lost device pushed"
    order = rep.order()
    assert order is not None
    assert rep.obey(order) == 1
    assert not place.exists()
    assert laptop.known(home) == []
    assert wipes.pending(home) == []
    assert told(shared_server, rep)["wiped_at"]
    parcel = parcel_of(shared_server, rep)
    assert "拜访前打电话" in shared_server.command("device", "parcels", parcel).stdout
    done = json.loads(shared_server.command("device", "parcels", parcel, "--replay").stdout)
    assert done["changes"] == 1


def test_an_order_that_is_forged_or_replayed_or_for_another_does_nothing(
    shared_server: ServerProcess, rep: Laptop
) -> None:
    assert rep.order() is None
    decide(shared_server, rep, "lost")
    held = lease.read(profiles.folder(rep.home, rep.profile))
    assert held is not None
    facts = rep.remote.order()
    caught, challenge = facts["order"], rep.remote.challenge
    assert wipes.genuine(facts, held.server_key, rep.remote.device, challenge)
    decide(shared_server, rep, "restore")
    assert rep.remote.order() == {} or "order" not in rep.remote.order()
    for forged, device, answers in (
        (caught, rep.remote.device, rep.remote.challenge),
        (caught, str(new_id()), challenge),
        (caught | {"nonce": "0" * 32}, rep.remote.device, challenge),
        (caught | {"signature": "AAAA"}, rep.remote.device, challenge),
        ({}, rep.remote.device, challenge),
    ):
        assert wipes.genuine({"order": forged}, held.server_key, device, answers) is None
    assert profiles.folder(rep.home, rep.profile).exists()


def test_a_wipe_without_proof_would_be_noticed() -> None:
    forged = msgspec.to_builtins(WipeOrder("d", "n", "c"))
    assert wipes.genuine({"order": forged}, "", "d", "c") is None
    with faults.plant("wipe_without_proof"):
        assert wipes.genuine({"order": forged}, "", "d", "c") is not None


@pytest.mark.parametrize("point", ["client.wipe.noted", "client.wipe.sealed", "client.wipe.destroyed"])
def test_a_wipe_that_was_cut_short_goes_on_at_the_next_start(
    shared_server: ServerProcess, rep: Laptop, point: str
) -> None:
    class Cut(BaseException):
        pass

    def cut(reached: str) -> None:
        if reached == point:
            raise Cut

    decide(shared_server, rep, "lost")
    order = rep.order()
    assert order is not None
    with faults.watching(cut), pytest.raises(Cut):
        rep.obey(order)
    rep.database.close()
    wipes.finish(rep.home)
    assert not profiles.folder(rep.home, rep.profile).exists()
    assert wipes.pending(rep.home) == []
    assert told(shared_server, rep)["wiped_at"]


def test_without_a_network_the_key_is_destroyed_and_the_server_is_told_later(
    server_process: ServerProcess, lonely: Laptop
) -> None:
    save(lonely, "still here")
    decide(server_process, lonely, "lost")
    order = lonely.order()
    assert order is not None
    server_process.kill()
    assert lonely.obey(order) == 1
    assert not profiles.folder(lonely.home, lonely.profile).exists()
    assert len(wipes.pending(lonely.home)) == 1
    server_process.restart()
    wipes.finish(lonely.home)
    assert wipes.pending(lonely.home) == []
    assert not list((lonely.home / wipes.PARCELS).glob("*"))
    assert told(server_process, lonely)["wiped_at"]


def test_a_leaver_hands_in_for_72_hours_and_receives_nothing(
    shared_server: ServerProcess, rep: Laptop
) -> None:
    before = rep.engine.cycle()
    decide(shared_server, rep, "leaver")
    with shared_server.opened() as database, database.writing() as connection:
        me = rep.profile.user_id
        make = "INSERT INTO todo (id, version, assignee_id, created_by, title) VALUES (?, 0, ?, ?, ?)"
        run(connection, make, str(new_id()), me, me, "from the office")
    mine = save(rep, "handed in")
    report = rep.engine.cycle()
    assert before.up_to_date
    assert report.up_to_date
    assert (report.pushed, report.rows) == (1, 0)
    assert titles(shared_server) >= {"handed in", "from the office"}
    with rep.database.reading() as session:
        assert session.get_one(Todo, mine).title == "handed in"  # what is his stays, though nothing comes
    with shared_server.opened() as database, database.writing() as connection:
        earlier = "UPDATE device SET state_at = state_at - ? WHERE id = ?"
        run(connection, earlier, 73 * HOUR, rep.remote.device)
    save(rep, "too late")
    with pytest.raises(SignInRequired, match="hand_in_over"):
        rep.engine.cycle()
    assert "too late" not in titles(shared_server)


def test_a_lease_that_runs_out_locks_and_contact_opens_it_again(
    shared_server: ServerProcess, rep: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(rep, "not sent yet")
    rep.close()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=15))
    for _ in range(2):
        with pytest.raises(LeaseOver) as locked:
            laptop.open_profile(rep.home, rep.profile, WORDS)
        assert locked.value.data == {"days": 14, "waiting": 1}
    place = profiles.folder(rep.home, rep.profile)
    kept = profiles.unlock(rep.home, rep.profile, WORDS)
    with pytest.raises(WrongKey):
        Database.open(place / "field.db", kept[:32])
    monkeypatch.setattr(clock, "now", lambda: now)
    with pytest.raises(LeaseOver):
        laptop.open_profile(rep.home, rep.profile, WORDS)
    again = laptop.sign_in(rep.home, shared_server.url, "rep1", PASSWORD, passphrase=WORDS)
    again.engine.cycle()
    again.close()
    assert "not sent yet" in titles(shared_server)
    laptop.open_profile(rep.home, rep.profile, WORDS).close()


def test_a_locked_laptop_that_was_reported_lost_is_wiped_when_somebody_signs_in(
    shared_server: ServerProcess, rep: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(rep, "sealed when it locked")
    rep.close()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=15))
    with pytest.raises(LeaseOver):
        laptop.open_profile(rep.home, rep.profile, WORDS)
    decide(shared_server, rep, "lost")
    with pytest.raises(SignInRequired, match="device_wiped"):
        laptop.sign_in(rep.home, shared_server.url, "rep1", PASSWORD, passphrase=WORDS)
    assert not profiles.folder(rep.home, rep.profile).exists()
    parcel = parcel_of(shared_server, rep)
    assert "sealed when it locked" in shared_server.command("device", "parcels", parcel).stdout


def test_setting_the_clock_back_or_editing_the_file_does_not_prolong_a_lease(
    shared_server: ServerProcess, rep: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, now = profiles.folder(rep.home, rep.profile), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=13))
    left = rep.look()
    assert left is not None
    assert 0 < left <= lease.DAY_MS
    monkeypatch.setattr(clock, "now", lambda: now - timedelta(days=400))
    assert rep.look() in range(left - 60_000, left + 1)
    steady = clock.monotonic_ms()
    rep.keeper._mono_ms = lambda: steady + 2 * lease.DAY_MS
    assert rep.look() == 0
    held = lease.read(place)
    assert held is not None
    longer = msgspec.structs.replace(held, until_ms=held.until_ms + 100 * lease.DAY_MS)
    (place / "lease.json").write_bytes(msgspec.json.encode(longer))
    assert rep.keeper.left_ms() == 0


def test_a_refresh_renews_the_lease_and_keeps_the_server_s_first_key(
    shared_server: ServerProcess, rep: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=13))
    assert rep.remote.order() == {}
    assert rep.keeper.left_ms() in range(14 * lease.DAY_MS - 60_000, 14 * lease.DAY_MS + 1)
    held = lease.read(profiles.folder(rep.home, rep.profile))
    assert held is not None
    rep.keeper.renew(msgspec.structs.replace(held, server_key="another"))
    after = lease.read(profiles.folder(rep.home, rep.profile))
    assert after is not None
    assert after.server_key == held.server_key


def test_a_key_from_before_there_were_leases_is_halved_at_the_next_start(
    shared_server: ServerProcess, rep: Laptop
) -> None:
    place = profiles.folder(rep.home, rep.profile)
    held = lease.read(place)
    assert held is not None
    whole = lease.whole(profiles.unlock(rep.home, rep.profile, WORDS), held.share)
    rep.close()
    profiles.lock_away(rep.home, rep.profile, whole, WORDS)
    (place / "lease.json").unlink()
    laptop.open_profile(rep.home, rep.profile, WORDS).close()
    assert lease.is_halved(profiles.unlock(rep.home, rep.profile, WORDS))
    laptop.open_profile(rep.home, rep.profile, WORDS).close()
