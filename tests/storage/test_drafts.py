"""Half-typed input comes back after a crash and goes with the save that finishes it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from fieldcrm.storage import drafts
from fieldcrm.storage.database import Database
from tests.builders import MORNING, make_account, make_territory


def test_the_latest_input_comes_back(laptop: Database) -> None:
    for text in ("Good", "Good day"):
        with laptop.writing() as session:
            drafts.save(session, "visit step", "v1/shelf", {"note": text}, MORNING)
    path = laptop.path
    with laptop.reading() as session:
        assert drafts.load(session, "visit step", "v1/shelf") == {"note": "Good day"}
        assert drafts.load(session, "visit step", "v1/stock") is None
    assert path.exists()


def test_a_draft_is_kept_unless_its_save_succeeds(laptop: Database) -> None:
    with laptop.writing() as session:
        drafts.save(session, "account", "new", {"name": "Corner"}, MORNING)
    with suppress(ZeroDivisionError), laptop.writing() as session:
        session.add(make_account(make_territory()))
        drafts.discard(session, "account", "new")
        raise ZeroDivisionError
    with laptop.reading() as session:
        assert drafts.load(session, "account", "new") == {"name": "Corner"}
    with laptop.writing() as session:
        drafts.discard(session, "account", "new")
    with laptop.reading() as session:
        assert drafts.unfinished(session) == []


def test_unfinished_input_is_listed_latest_first(laptop: Database) -> None:
    with laptop.writing() as session:
        for n, kind in enumerate(("account", "order", "account")):
            drafts.save(session, kind, f"k{n}", n, MORNING + timedelta(minutes=n))
    with laptop.reading() as session:
        assert [row.key for row in drafts.unfinished(session)] == ["k2", "k1", "k0"]
        assert [row.value for row in drafts.unfinished(session, "account")] == [2, 0]
