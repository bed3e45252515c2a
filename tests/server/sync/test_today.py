"""A territory from the stores of this week's plan on: they come first, and nothing is lost or told twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.errors import Malformed
from fieldcrm.model.accounts import Account
from fieldcrm.rules.orders import OrderStatus
from fieldcrm.sync.protocol import Want
from server import exchange, today
from server.database import run
from tests import builders
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, Answer, PlainLaptop

STORES = 5
DAY = clock.business_day(NOON)


@pytest.fixture
def stores(company: Company) -> list[Account]:
    """Stores of the rep with a contact and two orders each, planned backwards: the last one for today."""
    made = [builders.make_account(company.west, code=f"T{n}", name=f"store {n}") for n in range(STORES)]
    with company.database.writing() as connection, Session(connection, expire_on_commit=False) as session:
        session.add_all(made)
        session.flush()
        for n, account in enumerate(made):
            on = DAY + timedelta(days=2 * (STORES - 1 - n))
            session.add_all([builders.make_contact(account), builders.make_plan(company.rep, account, on)])
            for status in (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED):
                session.add(builders.make_order(company.rep, account, status=status))
        session.flush()
        session.expunge_all()
    return made


def asked(laptop: PlainLaptop, scope: str, after: str, rows: int = 2_000) -> Answer:
    """Ask for a slice and keep what it says."""
    answer = Answer(
        exchange.bootstrap(
            laptop.database, laptop.principal, scope, after, Want(rows), laptop.at, laptop.cursor
        )
    )
    laptop.apply(answer)
    return answer


def ids(answer: Answer, entity: str) -> list[Any]:
    return [line["r"][1] for line in answer.rows if line["r"][0] == entity]


def test_the_stores_of_this_week_come_first_with_their_contacts_and_open_orders(
    company: Company, stores: list[Account]
) -> None:
    answer = asked(company.laptop(), f"terr:{company.west.id}", today.BEGIN)
    this_week = {str(account.id) for account in stores[1:]}
    assert set(ids(answer, "account")) == this_week
    assert len(ids(answer, "contact")) == len(ids(answer, "order")) == len(this_week)
    assert answer.trailer["after"] == "0."


def test_today_comes_before_the_other_days_on_a_line_that_takes_little(
    company: Company, stores: list[Account]
) -> None:
    laptop, scope = company.laptop(), f"terr:{company.west.id}"
    answer, told = asked(laptop, scope, today.BEGIN, rows=1), []
    while today.is_asked(answer.trailer["after"]):
        told += ids(answer, "account")
        answer = asked(laptop, scope, answer.trailer["after"], rows=1)
    assert [*told, *ids(answer, "account")] == [str(account.id) for account in reversed(stores[1:])]


def test_what_follows_is_the_same_as_without_a_plan(company: Company, stores: list[Account]) -> None:
    laptop = company.laptop()
    for scope in exchange.hello(company.database, laptop.principal, NOON)["grants"]:
        after: str | None = today.BEGIN
        while after is not None:
            after = asked(laptop, scope, after, rows=3).trailer.get("after")
    assert laptop.rows == company.laptop().sync().rows
    assert laptop.exchange().rows == []


def test_a_store_that_leaves_before_the_rest_is_read_leaves_the_laptop(
    company: Company, stores: list[Account]
) -> None:
    laptop, scope = company.laptop(), f"terr:{company.west.id}"
    after = asked(laptop, scope, today.BEGIN).trailer["after"]
    with company.database.writing() as connection:
        run(connection, "UPDATE account SET territory_id = ? WHERE id = ?",
            str(company.east.id), str(stores[-1].id))  # fmt: skip
    company.laptop(company.manager).sync()
    while after is not None:
        after = asked(laptop, scope, after).trailer.get("after")
    laptop.sync()
    assert ("account", str(stores[-1].id)) not in laptop.rows
    assert laptop.rows == company.laptop().sync().rows


def test_a_place_that_is_none_is_refused(company: Company) -> None:
    with pytest.raises(Malformed):
        asked(company.laptop(), f"terr:{company.west.id}", "today.x")


def test_hello_counts_what_each_scope_holds(company: Company, stores: list[Account]) -> None:
    laptop = company.laptop()
    told = exchange.hello(company.database, laptop.principal, NOON)
    laptop.sync()
    for scope in told["grants"]:
        here: dict[str, int] = {}
        for (entity, row_id), place in laptop.scopes.items():
            if place == scope and (entity, row_id) in laptop.rows:
                here[entity] = here.get(entity, 0) + 1
        assert told["counts"][scope] == here
    laptop.push_one(laptop.create("contact", {"account_id": str(stores[0].id), "name": "Li"}))
    laptop.sync()
    again = exchange.hello(company.database, laptop.principal, NOON)["counts"][f"terr:{company.west.id}"]
    assert again["contact"] == told["counts"][f"terr:{company.west.id}"]["contact"] + 1


def test_price_books_that_are_not_in_force_this_week_can_wait(company: Company) -> None:
    old = builders.make_price_book(code="OLD", valid_to=DAY - timedelta(days=1))
    new = builders.make_price_book(code="NEW", valid_from=DAY + timedelta(days=30))
    with company.database.writing() as connection, Session(connection) as session:
        session.add_all([old, new])
        session.flush()
        waits = {f"pricebook:{old.id}", f"pricebook:{new.id}"}
    assert set(exchange.hello(company.database, company.laptop().principal, NOON)["not_yet"]) == waits
