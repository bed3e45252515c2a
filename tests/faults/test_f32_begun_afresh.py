"""F32 the whole way: what the application does with a damaged file, and when it looks for damage.

Expected: the unsent work is read out, an empty file takes the damaged one's place, signing in
fetches everything and sends what was read out, once. A crash at any point of it loses nothing.
A file that was not closed is read through at the next start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from fieldcrm import afresh, clock, faults, laptop
from fieldcrm.errors import Damaged
from fieldcrm.ids import new_id
from fieldcrm.laptop import Laptop
from fieldcrm.model.plans import Todo
from fieldcrm.storage import key, profiles
from server.database import run
from tests.faults.test_f32_client_file_damaged import PAGE, flip
from tests.fixtures.server import PASSWORD, ServerProcess

WORDS = "a long passphrase"
TITLES = {f"Unsent {n}" for n in range(3)}


class Cut(BaseException):
    """The power goes."""


@pytest.fixture
def rep(shared_server: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    """A laptop of rep1 with everything fetched and three to-dos unsent."""
    monkeypatch.setattr(key, "seal", partial(key.seal, hardness=key.Hardness(1, 64, 1)))
    made = laptop.sign_in(tmp_path / "home", shared_server.url, "rep1", PASSWORD, passphrase=WORDS)
    made.engine.cycle()
    for title in sorted(TITLES):
        save(made, f"{title} {made.remote.device}")
    yield made
    made.database.close()


def save(rep: Laptop, title: str) -> None:
    me = UUID(rep.profile.user_id)
    with rep.database.writing() as session:
        session.add(Todo(id=new_id(), assignee_id=me, created_by=me, title=title))


def damage(rep: Laptop) -> None:
    """Break the list of tables: the file does not open, and its rows can still be read."""
    rep.close()
    path = profiles.database_file(rep.home, rep.profile)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 2 * PAGE)
    with pytest.raises(Damaged):
        laptop.open_profile(rep.home, rep.profile, WORDS).database.close()


def sent(server: ServerProcess, rep: Laptop) -> list[str]:
    with server.opened() as database, database.reading() as connection:
        mine = f"%{rep.remote.device}"
        titles = run(connection, "SELECT title FROM todo WHERE title LIKE ? ORDER BY title", mine)
        return [title.removesuffix(f" {rep.remote.device}") for (title,) in titles]


def secret(rep: Laptop) -> bytes:
    return laptop.unlocked(rep.home, rep.profile, WORDS)[0]


def test_work_of_a_damaged_file_is_sent_from_a_new_one(shared_server: ServerProcess, rep: Laptop) -> None:
    damage(rep)
    saved = afresh.rescue(rep.home, rep.profile, secret(rep))
    assert (saved.changes, saved.lost) == (3, 0)
    again = laptop.sign_in(rep.home, shared_server.url, "rep1", PASSWORD, passphrase=WORDS)
    assert again.remote.device == rep.remote.device
    again.engine.cycle()
    brought = afresh.bring_back(again)
    assert brought is not None
    assert brought.changes == 3
    assert again.engine.cycle().up_to_date
    assert sent(shared_server, rep) == sorted(TITLES)
    assert again.problems() == []
    again.close()
    assert not list(profiles.folder(rep.home, rep.profile).glob("salvaged-*"))


@pytest.mark.parametrize(
    "point",
    ["client.afresh.salvaged", "client.afresh.built", "client.afresh.aside", "client.afresh.imported"],
)
def test_a_rescue_that_was_cut_short_loses_and_doubles_nothing(
    shared_server: ServerProcess, rep: Laptop, point: str
) -> None:
    def cut(reached: str) -> None:
        if reached == point:
            raise Cut

    damage(rep)
    with faults.watching(cut):
        if point == "client.afresh.imported":
            afresh.rescue(rep.home, rep.profile, secret(rep))
            opened = laptop.sign_in(rep.home, shared_server.url, "rep1", PASSWORD, passphrase=WORDS)
            opened.engine.cycle()
            with pytest.raises(Cut):
                afresh.bring_back(opened)
            opened.close()
        else:
            with pytest.raises(Cut):
                afresh.rescue(rep.home, rep.profile, secret(rep))
    [known] = laptop.known(rep.home)
    if point == "client.afresh.salvaged":
        afresh.rescue(rep.home, known, secret(rep))
    again = laptop.sign_in(rep.home, shared_server.url, "rep1", PASSWORD, passphrase=WORDS)
    again.engine.cycle()
    again.close()
    again = laptop.open_profile(rep.home, known, WORDS)
    again.engine.cycle()
    again.close()
    assert sent(shared_server, rep) == sorted(TITLES)


def test_a_file_without_a_first_page_begins_afresh_too(shared_server: ServerProcess, rep: Laptop) -> None:
    rep.close()
    flip(profiles.database_file(rep.home, rep.profile), 40)
    assert afresh.rescue(rep.home, rep.profile, secret(rep)) == afresh.Rescued()
    again = laptop.sign_in(rep.home, shared_server.url, "rep1", PASSWORD, passphrase=WORDS)
    assert again.remote.device == rep.remote.device, "the lease knows which laptop this is"
    assert again.engine.cycle().up_to_date
    again.close()


def test_work_that_can_be_sent_no_other_way_reaches_the_office_in_a_parcel(
    shared_server: ServerProcess, rep: Laptop, tmp_path: Path
) -> None:
    damage(rep)
    assert afresh.can_seal(rep.home, rep.profile)
    file = tmp_path / "for-the-office.fieldparcel"
    assert afresh.seal_for_office(rep.home, rep.profile, secret(rep), file).changes == 3
    taken = shared_server.command("device", "parcels", "--take", str(file), "--from", rep.remote.device)
    parcel = json.loads(taken.stdout)["id"]
    done = json.loads(shared_server.command("device", "parcels", parcel, "--replay").stdout)
    assert done["changes"] == 3


def test_a_file_is_read_through_after_a_bad_end_and_once_a_week(
    rep: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not rep.is_check_due()
    rep.close()
    again = laptop.open_profile(rep.home, rep.profile, WORDS)
    assert not again.is_check_due()
    again.database.close()  # a process that was killed gets no further
    again = laptop.open_profile(rep.home, rep.profile, WORDS)
    assert again.is_check_due()
    assert again.problems() == []
    assert not again.is_check_due()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=8))
    assert again.is_check_due()
    again.close()


def test_a_stale_log_of_the_same_file_is_found_at_the_check(rep: Laptop) -> None:
    path = profiles.database_file(rep.home, rep.profile)
    rep.database.checkpoint()
    save(rep, "logged")
    log = path.with_name("field.db-wal").read_bytes()
    rep.database.checkpoint()
    for _ in range(10):
        save(rep, "later " * 150)
    rep.database.checkpoint()
    rep.database.close()
    path.with_name("field.db-wal").write_bytes(log)
    try:
        again = laptop.open_profile(rep.home, rep.profile, WORDS)
    except Damaged:
        return
    assert again.is_check_due()
    assert again.problems()
    assert again.is_check_due(), "a doubt stays until a check has found nothing"
    again.database.close()
