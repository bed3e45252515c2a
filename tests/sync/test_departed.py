"""An account that leaves a laptop leaves a note, not a riddle."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from fieldcrm import faults
from fieldcrm.ids import new_id
from fieldcrm.storage.database import Database
from fieldcrm.sync.protocol import Ack, Outcome
from tests.sync.test_core import SCOPE, Wire, account, edit


@pytest.fixture
def wire(database: Database) -> Wire:
    """A core and somebody to talk to it."""
    return Wire(database)


def notes(wire: Wire) -> list[tuple[object, ...]]:
    return wire.rows("SELECT row_id, label, left_at, reason FROM departed ORDER BY label")


def test_an_account_that_moved_or_was_deleted_leaves_its_name_and_when_and_why(wire: Wire) -> None:
    moved, deleted = new_id(), new_id()
    wire.say([account(moved, 1, name="A 店"), account(deleted, 1, name="B 店")])
    wire.say([account(moved, 2, "gone"), account(deleted, 2, "tomb")])
    assert notes(wire) == [(str(moved), "A 店", 2_000, "moved"), (str(deleted), "B 店", 2_000, "deleted")]


def test_an_account_that_left_can_no_longer_be_found(wire: Wire) -> None:
    for bug, left in ((None, 0), ("purge_forgets_search", 1)):
        shop = new_id()
        wire.say([account(shop, 1, name="店")])
        with ExitStack() as planted:
            if bug:
                planted.enter_context(faults.plant(bug))
            wire.say([account(shop, 2, "gone")])
        assert wire.rows(f"SELECT count(*) FROM search_account WHERE row_id = '{shop}'") == [(left,)]


def test_an_account_that_comes_back_leaves_no_note(wire: Wire) -> None:
    shop = new_id()
    wire.say([account(shop, 1)])
    wire.say([account(shop, 2, "gone")])
    wire.say([account(shop, 3)])
    assert notes(wire) == []


def test_a_lost_territory_notes_only_accounts_with_unsent_work(wire: Wire) -> None:
    idle, busy = new_id(), new_id()
    wire.say([account(idle, 1), account(busy, 1, name="忙")])
    edit(wire, busy, phone="mine")
    wire.say([], grants_removed=[SCOPE])
    assert notes(wire) == [(str(busy), "忙", 2_000, "territory")]


def test_a_note_is_written_once_when_the_account_leaves_not_when_its_work_is_answered(wire: Wire) -> None:
    shop = new_id()
    wire.say([account(shop, 1, name="店")])
    edit(wire, shop, phone="mine")
    [mutation] = wire.asked().push
    wire.say([account(shop, 2, "gone")])
    before = notes(wire)
    wire.say(acks=[Ack(mutation.id, Outcome.REJECTED, code="out_of_territory")])
    assert wire.rows("SELECT count(*) FROM account") == [(0,)]
    assert notes(wire) == before == [(str(shop), "店", 2_000, "moved")]
