"""The laptop's database: saves are durable and announced, and every failure has its own name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from fieldcrm.errors import InUse, ReadOnly, WrongKey
from fieldcrm.model.accounts import Account
from fieldcrm.storage.database import Database
from tests.builders import make_account, make_order, make_order_line, make_product, make_territory, make_user
from tests.fixtures.laptop import KEY


def test_a_save_is_read_by_others_at_once(laptop: Database) -> None:
    with laptop.writing() as session:
        session.add(make_account(make_territory().id, name="Corner"))
    with laptop.reading() as session:
        assert session.scalar(select(Account.name)) == "Corner"


def test_a_save_that_fails_leaves_nothing(laptop: Database) -> None:
    with suppress(ZeroDivisionError), laptop.writing() as session:
        session.add(make_account(make_territory().id))
        session.flush()
        raise ZeroDivisionError
    with laptop.reading() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_a_save_is_announced_after_its_commit(laptop: Database) -> None:
    heard: list[tuple[frozenset[str], int]] = []

    def listen(names: frozenset[str]) -> None:
        with laptop.reading() as session:
            heard.append((names, session.scalar(text("SELECT count(*) FROM account")) or 0))

    laptop.subscribe(listen)
    with laptop.writing() as session:
        session.add(make_account(make_territory().id))
    assert heard == [(frozenset({"account"}), 1)]


def test_a_changed_line_announces_its_order(laptop: Database) -> None:
    heard: list[frozenset[str]] = []
    laptop.subscribe(heard.append)
    territory, rep, product = make_territory(), make_user(), make_product()
    account = make_account(territory)
    order = make_order(rep, account)
    with laptop.writing() as session:
        session.add(make_order_line(order, product))
    assert heard == [frozenset({"order", "order_line"})]


def test_a_page_and_its_cursor_are_one_transaction(laptop: Database) -> None:
    with suppress(ZeroDivisionError), laptop.loading() as connection:
        connection.execute("INSERT INTO sync_state(key, value) VALUES ('cursor', '1')")
        raise ZeroDivisionError
    with laptop.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM sync_state")) == 0
    with laptop.loading() as connection:
        connection.execute("INSERT INTO sync_state(key, value) VALUES ('cursor', '2')")
    with laptop.reading() as session:
        assert session.scalar(text("SELECT value FROM sync_state")) == "2"


def test_a_save_inside_a_save_is_a_bug(laptop: Database) -> None:
    with laptop.writing(), pytest.raises(RuntimeError), laptop.writing():
        pass


def test_a_wrong_key_is_called_so(tmp_path: Path) -> None:
    Database.create(tmp_path / "field.db", KEY).close()
    with pytest.raises(WrongKey) as caught:
        Database.open(tmp_path / "field.db", bytes(32))
    assert caught.value.data == {"file": "field.db"}


def test_a_second_owner_is_refused_but_may_look(laptop: Database) -> None:
    with pytest.raises(InUse):
        Database.open(laptop.path, KEY)
    second = Database.open(laptop.path, KEY, read_only=True)
    with laptop.writing() as session:
        session.add(make_account(make_territory().id, name="Corner"))
    with second.reading() as session:
        assert session.scalar(select(Account.name)) == "Corner"
    with pytest.raises(InUse), second.writing():
        pass
    second.close()


def test_a_bug_in_sql_stays_a_bug(laptop: Database) -> None:
    with pytest.raises(Exception, match="no such table"), laptop.reading() as session:
        session.execute(text("SELECT * FROM nowhere"))


def test_a_save_is_synced_to_the_disk_and_a_page_is_not(laptop: Database) -> None:
    with laptop.writing() as session:
        raw = session.connection()
        settings = [
            raw.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
        ]
        assert settings == [2, "wal"]
        assert raw.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    with laptop.loading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (1,)


def test_readers_see_one_moment_and_cannot_write(laptop: Database) -> None:
    with laptop.reading() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 0
        with laptop.writing() as writer:
            writer.add(make_account(make_territory().id))
        assert session.scalar(select(func.count()).select_from(Account)) == 0
        with pytest.raises(ReadOnly):
            session.execute(text("DELETE FROM account"))


def test_savers_in_many_threads_take_turns(laptop: Database) -> None:
    def save(n: int) -> None:
        with laptop.writing() as session:
            session.add(make_account(make_territory().id, name=str(n)))
        with laptop.loading() as connection:
            connection.execute("INSERT INTO sync_state(key, value) VALUES (?, '1')", (str(n),))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(save, range(40)))
    with laptop.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM account")) == 40
        assert session.scalar(text("SELECT count(*) FROM sync_state")) == 40
