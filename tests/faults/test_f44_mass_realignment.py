"""F44: a territory realignment of very many rows while laptops sync.

Expected: accounts, their dependants and their numbers move in short transactions, and pushes get
in between; nobody loses a row. How long a push takes meanwhile is measured by
``benchmarks/realignment.py``.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from fieldcrm import faults
from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Contact
from server import moves, stamp
from server.database import run
from server.exchange import settle
from tests.server.sync.conftest import Company, company_on
from tests.server.sync.laptops import NOON

ACCOUNTS, CONTACTS = 300, 5


@pytest.fixture
def company(server_database: Any, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The company with many stores in the west, and steps small enough to be many."""
    monkeypatch.setattr(moves, "CHUNK", 100)
    monkeypatch.setattr(stamp, "BATCH", 100)
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
    return made


def realign(company: Company) -> None:
    with company.database.writing() as connection:
        sql = "UPDATE account SET territory_id = ? WHERE territory_id = ?"
        run(connection, sql, str(company.east.id), str(company.west.id))


def test_no_step_numbers_or_moves_more_than_its_share_and_pushes_get_in_between(company: Company) -> None:
    laptop, heir = company.laptop().sync(), company.laptop(company.other_rep).sync()
    realign(company)
    steps: list[tuple[int, int]] = []
    pushed = 0
    for _ in range(10 * ACCOUNTS):
        with company.database.writing() as connection:
            step = moves.follow(connection), stamp.stamp_in(connection, to_ms(NOON))
        steps.append(step)
        if step == (0, 0):
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
