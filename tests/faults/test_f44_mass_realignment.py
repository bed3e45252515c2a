"""F44: a territory realignment of very many rows while laptops sync.

Expected: accounts, their dependants and their numbers move in short transactions, and pushes get
in between without numbering the rows of others; nobody loses a row. How long a push takes
meanwhile is measured by ``benchmarks/realignment.py``.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from fieldcrm import faults
from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Contact
from fieldcrm.sync.protocol import Mutation, SyncRequest
from server import backlog, moves, stamp
from server.database import run
from server.exchange import PATIENCE, reply, settle
from tests.server.sync.conftest import Company, company_on
from tests.server.sync.laptops import NOON, PlainLaptop

ACCOUNTS, CONTACTS = 300, 5


@pytest.fixture
def company(server_database: Any, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The company with many stores in the west, and steps small enough to be many."""
    made = company_on(server_database)
    west = made.west.id
    accounts = [
        {"id": new_id(), "name": f"店{n}", "territory_id": west, "tags": [], "note": ""}
        for n in range(ACCOUNTS)
    ]
    contacts = [
        {"id": new_id(), "name": "人", "account_id": account["id"], "territory_id": west}
        for account in accounts
        for _ in range(CONTACTS)
    ]
    with server_database.writing() as connection:
        connection.execute(insert(Account), accounts)
        connection.execute(insert(Contact), contacts)
    while settle(server_database, to_ms(NOON)):
        pass
    monkeypatch.setattr(moves, "CHUNK", 100)
    monkeypatch.setattr(moves, "ACCOUNTS", 20)
    monkeypatch.setattr(stamp, "BATCH", 100)
    monkeypatch.setattr(backlog, "LINES", 200)
    return made


def realign(company: Company) -> None:
    with company.database.writing() as connection:
        sql = "UPDATE account SET territory_id = ? WHERE territory_id = ?"
        run(connection, sql, str(company.east.id), str(company.west.id))


def waits(company: Company) -> bool:
    with company.database.reading() as connection:
        return backlog.waits(connection)


def todo(laptop: PlainLaptop) -> Mutation:
    me = str(laptop.user.id)
    return laptop.create("todo", {"assignee_id": me, "created_by": me, "title": "between"})


def test_no_step_numbers_or_moves_more_than_its_share_and_pushes_get_in_between(company: Company) -> None:
    laptop, heir = company.laptop().sync(), company.laptop(company.other_rep).sync()
    realign(company)
    steps: list[tuple[int, int]] = []
    pushed = 0
    for _ in range(10 * ACCOUNTS):
        with company.database.writing() as connection:
            step = moves.follow(connection), stamp.stamp_in(connection, to_ms(NOON))
        steps.append(step)
        if not waits(company):
            break
        if len(steps) % 3 == 0:
            doc = {"name": "between", "territory_id": str(company.east.id)}
            answers = heir.push(heir.create("account", doc))
            pushed += answers[0]["o"] == "applied"
    assert max(moved for moved, _ in steps) <= moves.CHUNK
    assert max(lines for _, lines in steps) <= stamp.BATCH
    assert len(steps) > 5
    assert pushed >= 2
    assert laptop.sync().bodies("contact") == laptop.bodies("account") == []
    assert len(heir.sync().bodies("contact")) == ACCOUNTS * CONTACTS


def test_a_request_in_the_middle_does_a_bounded_share_and_says_that_there_is_more(company: Company) -> None:
    heir = company.laptop(company.other_rep).sync()
    realign(company)
    taken: list[str] = []
    with faults.watching(taken.append):
        answer = heir.exchange()
    assert answer.trailer["more"]
    assert taken.count("server.stamp.taken") == 1
    assert len(heir.sync().bodies("contact")) == ACCOUNTS * CONTACTS


def test_a_push_in_the_middle_waits_for_nobodys_numbers_and_is_told_that_there_is_more(
    company: Company,
) -> None:
    heir = company.laptop(company.other_rep).sync()
    realign(company)
    taken: list[str] = []
    with faults.watching(taken.append):
        answer = heir.exchange(todo(heir))
    assert answer.acks[0]["o"] == "applied"
    assert answer.trailer["more"]
    assert "server.stamp.taken" not in taken
    assert len(heir.sync().bodies("contact")) == ACCOUNTS * CONTACTS
    assert [body["title"] for body in heir.bodies("todo")] == ["between"]


def test_a_push_is_numbered_at_once_when_little_waits(company: Company) -> None:
    heir = company.laptop(company.other_rep).sync()
    answer = heir.exchange(todo(heir))
    assert not answer.trailer["more"]
    assert len(heir.bodies("todo")) == 1


def test_whoever_asks_before_there_is_anything_is_kept_waiting_without_work(company: Company) -> None:
    heir = company.laptop(company.other_rep).sync()
    realign(company)
    asked = SyncRequest(str(heir.id), 1, 1, cursor=heir.cursor)
    seen = []
    # Somebody else is at it: this one neither does a share nor waits for that of the other.
    company.database.settling.run(
        lambda: seen.append(reply(company.database, heir.principal, asked, at=NOON))
    )
    assert seen[0].patience == PATIENCE
    assert b'"more":true' in seen[0].body
    assert heir.sync().exchange().trailer["more"] is False
    assert reply(company.database, heir.principal, asked, at=NOON).patience == 0


def test_accounts_with_nothing_on_them_are_no_end_of_the_backlog(company: Company) -> None:
    with company.database.writing() as connection:
        run(connection, "DELETE FROM contact WHERE territory_id = ?", str(company.west.id))
    while settle(company.database, to_ms(NOON)):
        pass
    realign(company)
    while settle(company.database, to_ms(NOON), steps=1):
        assert waits(company)
    assert not waits(company)
