"""What goods cost us is in the scopes of those who may see margins, and of nobody else (I5)."""

from __future__ import annotations

from sqlalchemy import insert

from fieldcrm import faults
from fieldcrm.ids import new_id
from fieldcrm.model.prices import CostPrice
from fieldcrm.model.users import Role
from fieldcrm.sync.protocol import SCHEMA
from server import exchange, scope
from server.scope import Principal
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON


def priced(company: Company) -> None:
    with company.database.writing() as connection:
        connection.execute(
            insert(CostPrice).values(id=new_id(), product_id=company.product.id, cost=2, currency="CNY")
        )


def test_the_scope_of_costs_is_held_by_those_who_see_margins(company: Company) -> None:
    priced(company)
    with company.database.reading() as connection:
        held = {
            role
            for role in Role
            if "cost:CNY" in scope.grants(connection, Principal(company.rep.id, role, None, new_id()))
        }
    assert held == {Role.MANAGER, Role.FINANCE, Role.ADMIN}


def test_a_manager_is_sent_costs_and_a_rep_is_not(company: Company) -> None:
    priced(company)
    assert [row["cost"] for row in company.laptop(company.manager).sync().bodies("cost_price")] == ["2.00"]
    assert company.laptop().sync().bodies("cost_price") == []
    with faults.plant("cost_shown"):
        assert company.laptop().sync().bodies("cost_price"), "the test would notice"


def test_a_first_sync_of_the_first_release_is_told_no_scope_that_it_cannot_put_in_order(
    company: Company,
) -> None:
    priced(company)
    who = company.laptop(company.manager).principal
    told = {
        schema: exchange.hello(company.database, who, NOON, schema)["grants"]
        for schema in (SCHEMA - 1, SCHEMA)
    }
    assert set(told[SCHEMA]) - set(told[SCHEMA - 1]) == {"cost:CNY"}
