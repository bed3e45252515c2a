"""F16: a child arrives a page before its parent; the parent is deleted meanwhile; territories form a tree.

Expected: the child is kept and is joined when its parent is there; nothing waits aside, nothing
is dropped, and when the laptop is up to date every reference leads to a row it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import insert

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Contact
from server.database import run
from server.exchange import settle
from tests.faults.conftest import office, one_page
from tests.fixtures.server import ServerProcess
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON
from tests.server.sync.references import dangling
from tests.sync.machine import Machine

JOINED = "SELECT a.name, c.name FROM contact c JOIN account a ON a.id = c.account_id WHERE c.id = ?"


def shop_after_its_contact(server: ServerProcess) -> tuple[UUID, UUID]:
    """Make a store whose number in the feed is above its contact's."""
    shop, contact, area = new_id(), new_id(), server.company.territories["HZ"]
    with server.opened() as database:
        with database.writing() as connection:
            connection.execute(insert(Account).values(id=shop, name="店", territory_id=area))
            connection.execute(
                insert(Contact).values(id=contact, name="人", account_id=shop, territory_id=area)
            )
        settle(database, clock.to_ms(clock.now()))
        with database.writing() as connection:
            run(connection, "UPDATE account SET city = '杭州' WHERE id = ?", str(shop))
    return shop, contact


@pytest.fixture
def rep(lonely_laptop: Callable[[str], Machine]) -> Machine:
    """A laptop of rep1 that is up to date."""
    return lonely_laptop("rep1")


def test_a_contact_that_came_before_its_store_is_joined_when_the_store_is_there(
    server_process: ServerProcess, rep: Machine
) -> None:
    shop, contact = shop_after_its_contact(server_process)
    one_page(rep, 1)
    assert rep.rows("SELECT id FROM contact") == [(str(contact),)]
    assert rep.rows("SELECT id FROM account WHERE id = ?", str(shop)) == []
    assert rep.cycle().up_to_date
    assert rep.rows(JOINED, str(contact)) == [("店", "人")]


def test_a_contact_whose_store_was_deleted_meanwhile_goes_too(
    server_process: ServerProcess, rep: Machine
) -> None:
    shop, contact = shop_after_its_contact(server_process)
    one_page(rep, 1)
    office(server_process, "DELETE FROM contact WHERE id = ?", contact)
    office(server_process, "DELETE FROM account WHERE id = ?", shop)
    assert rep.cycle().up_to_date
    assert rep.rows("SELECT id FROM contact") == rep.rows("SELECT id FROM account") == []


def test_pages_of_one_row_in_any_order_end_without_a_loose_reference(company: Company) -> None:
    for table in ("territory", '"user"', "account", "product", "price_book"):  # now behind their children
        settle(company.database, clock.to_ms(NOON))
        with company.database.writing() as connection:
            run(connection, f"UPDATE {table} SET version = version + 1")
    laptop = company.laptop(company.manager)
    loose, more = 0, True
    while more:
        more = laptop.exchange(rows=1).trailer["more"]
        loose += bool(dangling(laptop.rows))
    assert loose > 0
    assert dangling(laptop.rows) == []
    assert len(laptop.bodies("territory")) == 3
