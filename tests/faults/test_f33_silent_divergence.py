"""F33: one row altered on a laptop, or a feed entry skipped by a server bug.

Expected: the self-check finds it and repairs only that bucket, moving at most 2 % of the
scope's rows; nothing is deleted first; it does not become a storm.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import msgspec
import pytest

from fieldcrm import clock, faults
from fieldcrm.model.accounts import Account
from fieldcrm.sync import digest, outbox, page, state
from server.database import run
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in
from tests.sync.test_engine import stores

ROWS = 1_500


class Line:
    """What the self-check asks, and how many rows the answers carry."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.paths: list[str] = []
        self.ids = self.rows = 0

    def ask(self, path: str, body: bytes) -> bytes:
        self.paths.append(path.rsplit("/", 1)[1])
        answer = self.machine.remote.call("POST", path, body).body
        if path.endswith("/ids"):
            self.ids += len(msgspec.json.decode(answer)["ids"])
        if path.endswith("/rows"):
            self.rows += len(page.read(answer).rows)
        return answer

    def check(self) -> digest.Found:
        return digest.check(self.machine.database, self.ask, clock.to_ms(clock.now()))


@pytest.fixture(scope="module")
def rep(shared_server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A laptop that holds many stores and has checked itself once; every test leaves it sound."""
    stores(shared_server, ROWS)
    made = signed_in(tmp_path_factory.mktemp("rep1"), shared_server.url, "rep1", PASSWORD)
    assert made.cycle().up_to_date
    yield made
    made.close()


def flip(rep: Machine, sql: str, *values: object) -> None:
    """Alter the laptop's file behind everybody's back."""
    with rep.database.loading() as connection:
        connection.execute(sql, values)


def one_store(rep: Machine, which: int = 700) -> str:
    return str(rep.rows("SELECT id FROM account ORDER BY id LIMIT 1 OFFSET ?", which)[0][0])


def test_a_laptop_that_holds_what_the_server_holds_asks_once_and_moves_nothing(rep: Machine) -> None:
    line = Line(rep)
    found = line.check()
    assert (line.paths, found.damaged, found.mended, found.removed) == (["digest"], 0, 0, 0)
    assert found.rows > ROWS


def test_altered_content_under_the_same_version_is_found_and_only_that_row_is_fetched(rep: Machine) -> None:
    shop = one_store(rep)
    before = rep.rows("SELECT * FROM account ORDER BY id")
    flip(rep, "UPDATE account SET name = 'altered' WHERE id = ?", shop)
    line = Line(rep)
    found = line.check()
    assert (found.damaged, found.mended, line.rows) == (1, 1, 1)
    assert rep.rows("SELECT * FROM account ORDER BY id") == before
    [(facts,)] = rep.rows("SELECT data FROM sync_log WHERE kind = 'checked' ORDER BY id DESC LIMIT 1")
    assert msgspec.json.decode(str(facts))["mended"] == 1
    assert Line(rep).check().mended == 0


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM account WHERE id = ?",
        "UPDATE account SET version = 7 WHERE id = ?",
        "UPDATE account SET id = '00000000-0000-7000-8000-000000000000' WHERE id = ?",
    ],
)
def test_a_lost_row_a_wrong_version_and_a_ghost_cost_one_bucket(rep: Machine, sql: str) -> None:
    before = rep.rows("SELECT * FROM account ORDER BY id")
    flip(rep, sql, one_store(rep))
    line = Line(rep)
    line.check()
    assert rep.rows("SELECT * FROM account ORDER BY id") == before
    assert line.ids + line.rows <= ROWS * 2 // 100


def test_a_change_that_the_feed_skipped_is_found(shared_server: ServerProcess, rep: Machine) -> None:
    shop = one_store(rep)
    with shared_server.opened() as database, database.writing() as connection:
        run(connection, "UPDATE account SET phone = '1' WHERE id = ?", shop)
        run(connection, "DELETE FROM sync_outbox")
    assert rep.cycle().rows == 0
    assert Line(rep).check().mended == 1
    assert rep.rows("SELECT phone FROM account WHERE id = ?", shop) == [("1",)]


def test_unsent_work_on_a_damaged_row_stays(rep: Machine) -> None:
    shop = one_store(rep, 701)
    rep.save(lambda session: setattr(session.get_one(Account, UUID(shop)), "phone", "mine"))
    flip(rep, "UPDATE account SET version = 9 WHERE id = ?", shop)
    Line(rep).check()
    assert rep.rows("SELECT phone, version FROM account WHERE id = ?", shop) == [("mine", 1)]
    assert rep.cycle().applied == 1


def test_a_check_is_due_once_a_day_when_asked_and_not_again_at_once_after_a_failure(rep: Machine) -> None:
    now = clock.to_ms(clock.now())
    assert not digest.is_due(rep.database, now)
    assert digest.is_due(rep.database, now + 2 * digest.PERIOD_MS)
    rep.save(digest.want)
    assert digest.is_due(rep.database, now)
    digest.put_off(rep.database, now)
    assert not digest.is_due(rep.database, now + digest.AGAIN_MS // 2)
    assert digest.is_due(rep.database, now - 4000 * digest.PERIOD_MS), "the clock was set back"


def test_a_check_that_was_asked_for_says_in_the_log_that_all_is_well(rep: Machine) -> None:
    [(before,)] = rep.rows("SELECT count(*) FROM sync_log WHERE kind = 'checked'")
    rep.save(digest.want)
    rep.cycle()
    assert rep.rows("SELECT count(*) FROM sync_log WHERE kind = 'checked'") == [(before + 1,)]
    with rep.database.reading() as session:
        assert not state.read(outbox.raw(session), state.CHECK_ASKED)


def test_a_check_that_compares_versions_only_would_be_seen(rep: Machine) -> None:
    flip(rep, "UPDATE account SET name = 'altered' WHERE id = ?", one_store(rep))
    with faults.plant("digest_blind"):
        assert Line(rep).check().mended == 0
    assert Line(rep).check().mended == 1
