"""A small company on a real server database, and plain-dict laptops that sync with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.prices import PriceBook
from fieldcrm.model.products import Product
from fieldcrm.model.users import Role, Territory, User
from server.database import Database
from tests import builders
from tests.server.sync.laptops import PlainLaptop


@dataclass
class Company:
    """Two territories under one root, a rep in each, their manager, and one account of each rep."""

    database: Database
    root: Territory
    west: Territory
    east: Territory
    rep: User
    other_rep: User
    manager: User
    account: Account
    other_account: Account
    product: Product
    book: PriceBook

    def laptop(self, user: User | None = None) -> PlainLaptop:
        """Return a new laptop of ``user`` (the rep)."""
        return PlainLaptop(self.database, user or self.rep)


def company_on(database: Database) -> Company:
    """Fill an empty database."""
    root = builders.make_territory(code="HZ", name="Hangzhou")
    west = builders.make_territory(code="HZ-W", name="West", parent_id=root.id)
    east = builders.make_territory(code="HZ-E", name="East", parent_id=root.id)
    rep = builders.make_user(west)
    other = builders.make_user(east, login="rep2", name="Wang Wei")
    manager = builders.make_user(root, login="manager1", name="Chen Jie", role=Role.MANAGER)
    account = builders.make_account(west, phone="1")
    other_account = builders.make_account(east, code="C0002", name="East store")
    product = builders.make_product()
    book = builders.make_price_book(entry_count=1)
    with database.writing() as connection, Session(connection, expire_on_commit=False) as session:
        for rows in ([root], [west, east], [rep, other, manager], [account, other_account, product, book]):
            session.add_all(rows)
            session.flush()
        session.add_all([builders.make_price(book, product), builders.make_unit(product)])
        session.flush()
        session.expunge_all()
    return Company(database, root, west, east, rep, other, manager, account, other_account, product, book)


@pytest.fixture
def company(server_database: Database) -> Company:
    """The company, once on SQLite and once on PostgreSQL."""
    return company_on(server_database)


@pytest.fixture
def fill() -> Callable[[Database], Company]:
    """The function that makes the company, for tests that bring their own database."""
    return company_on
