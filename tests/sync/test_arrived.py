"""A row has come with everything once its laptop was up to date after a page that told of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.rule_sets import RuleSet
from fieldcrm.storage.arrived import with_everything
from fieldcrm.storage.database import Database
from fieldcrm.sync import arrivals, state


def page(database: Database, cursor: str, *rows: UUID, whole: bool = False) -> None:
    with database.loading() as connection:
        place = state.move_cursor(connection, cursor, 1, whole=whole)
        arrivals.note(connection, [("rule_set", str(row)) for row in rows], place)


def come(database: Database, *rows: UUID) -> list[bool]:
    with database.reading() as session:
        return [with_everything(session, "rule_set", row) for row in rows]


def test_a_row_waits_for_the_first_page_behind_which_nothing_waits(database: Database) -> None:
    old, new = new_id(), new_id()
    page(database, "a", whole=True)
    assert come(database, old) == [True], "of the first sync"
    page(database, "b", new)
    page(database, "c")
    assert come(database, old, new) == [True, False]
    page(database, "d", whole=True)
    assert come(database, old, new) == [True, True]


def test_a_set_published_after_the_scopes_were_named_waits_for_the_feed(database: Database) -> None:
    named = clock.now()
    early, late = new_id(), new_id()
    moments = {early: named - timedelta(1), late: named + timedelta(seconds=1)}
    sets = [
        {"id": key, "version": 1, "number": n, "valid_from": at, "published_at": at}
        for n, (key, at) in enumerate(moments.items(), 1)
    ]
    with database.writing() as session:
        session.execute(insert(RuleSet), sets)
    with database.loading() as connection:
        arrivals.note_later_sets(connection, clock.to_ms(named))
    assert come(database, early, late) == [True, False]
    page(database, "a", whole=True)
    assert come(database, late) == [True]
