"""What this device knows of the server's time, from the best of its last eight exchanges."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.base import Kind
from fieldcrm.storage.database import Database
from fieldcrm.sync import documents, outbox, times
from fieldcrm.sync.entities import registry
from fieldcrm.sync.times import Reading

AHEAD = 90_000
SERVER = 1_772_000_000_000


def exchange(database: Database, at: int, took: int, *, skew: int = AHEAD, boot: str = "b") -> None:
    """Note an exchange begun when the steady clock said ``at``; the server answers half-way."""
    sent = Reading(SERVER + at - skew, at, boot)
    got = Reading(sent.wall_ms + took, at + took, boot)
    with database.loading() as connection:
        times.note(connection, sent, got, SERVER + at + took // 2)


def offset(database: Database, at: int, *, wall: int | None = None, boot: str = "b") -> int:
    with database.loading() as connection:
        return times.offset(connection, Reading(SERVER + at - AHEAD if wall is None else wall, at, boot))


def test_nobody_knows_before_the_first_exchange(database: Database) -> None:
    assert offset(database, 0) == 0


def test_the_exchange_with_the_shortest_way_is_believed(database: Database) -> None:
    exchange(database, 0, 4_000, skew=AHEAD + 1_900)
    exchange(database, 10_000, 20)
    exchange(database, 20_000, 6_000, skew=AHEAD - 2_500)
    assert offset(database, 30_000) == AHEAD


def test_only_the_last_eight_count(database: Database) -> None:
    exchange(database, 0, 1, skew=AHEAD + 77_000)
    for n in range(1, times.SAMPLES + 1):
        exchange(database, n * 1_000, 50)
    assert offset(database, 60_000) == AHEAD


def test_it_is_kept_over_a_restart(database: Database) -> None:
    exchange(database, 0, 20)
    assert offset(database, 5, boot="another run", wall=SERVER) == AHEAD


def test_a_jump_of_the_wall_clock_is_seen_at_once_in_the_same_boot(database: Database) -> None:
    exchange(database, 0, 20)
    hour = 3_600_000
    assert offset(database, 60_000, wall=SERVER + 60_000 - AHEAD - hour) == AHEAD + hour


def test_the_screens_read_the_same(database: Database) -> None:
    exchange(database, 0, 20)
    with database.reading() as session:
        assert times.ahead(session, Reading(SERVER - AHEAD + 9, 9, "b")) == timedelta(milliseconds=AHEAD)


def test_an_intent_carries_three_clocks_and_never_changes_them(database: Database) -> None:
    exchange(database, 0, 20, boot=times.RUN)
    row = new_id()
    with database.writing() as session:
        session.add(Account(id=row, name="店", territory_id=new_id()))
    with database.loading() as connection:
        [entry] = outbox.unsent(connection, "account", str(row))
    told = entry.mutation
    assert (told.boot, told.schema) == (times.RUN, 2)
    assert told.mono > 0
    assert told.at + told.off == pytest.approx(SERVER + told.mono, abs=20)


def _edit_the_only_account(database: Database) -> None:
    with database.writing() as session:
        found = session.query(Account).one()
        assert found.grade == "S"
        found.phone = "1"


def test_a_row_that_says_something_only_a_newer_program_knows_is_read_only(database: Database) -> None:
    row = str(new_id())
    entity = registry()["account"]
    assert entity.kind is Kind.MASTER
    body = {"name": "店", "grade": "S", "territory_id": str(new_id())}
    with database.loading() as connection:
        documents.write(connection, entity, [(row, 3, body)])
    with pytest.raises(RuleBroken) as refused:
        _edit_the_only_account(database)
    assert refused.value.data == {"field": "grade", "value": "S"}
    with database.loading() as connection:
        assert documents.read(connection, entity, (row,))[row].body["phone"] == ""
        assert outbox.unsent(connection, "account", row) == []
