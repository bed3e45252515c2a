"""Promises: made, kept, overdue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fieldcrm.errors import Invalid
from fieldcrm.ids import new_id
from fieldcrm.services import todos
from fieldcrm.storage.database import Database
from tests.builders import MORNING, TODAY

ME = new_id()
STORE = new_id()


def test_an_open_promise_is_overdue_after_its_day(laptop: Database) -> None:
    with laptop.writing() as session:
        todos.add(session, " Bring labels ", me=ME, account_id=STORE, due_on=TODAY)
        session.flush()
        assert todos.due(session, ME, TODAY - timedelta(days=1)) == []
        [late] = todos.due(session, ME, TODAY + timedelta(days=1))
    assert late.title == "Bring labels"


def test_what_was_kept_during_the_visit_stays_visible(laptop: Database) -> None:
    with laptop.writing() as session:
        kept = todos.add(session, "Price tags", me=ME, account_id=STORE)
        session.flush()
        todos.set_done(session, kept, MORNING)
        session.flush()
        assert todos.of_account(session, STORE) == []
        assert [row.id for row in todos.of_account(session, STORE, since=MORNING)] == [kept]
        todos.set_done(session, kept, None)
        session.flush()
        assert [row.id for row in todos.of_account(session, STORE)] == [kept]


def test_a_promise_says_something(laptop: Database) -> None:
    with laptop.writing() as session, pytest.raises(Invalid):
        todos.add(session, "  ", me=ME)
