"""Cost prices on real laptops: a manager's first sync brings them, a rep's never; they go with the scope."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from sqlalchemy import insert

from fieldcrm.ids import new_id
from fieldcrm.model.prices import CostPrice
from fieldcrm.model.products import Product
from fieldcrm.storage.database import Database
from fieldcrm.sync import scopes
from fieldcrm.sync.apply import Applied
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in


def priced(server: ServerProcess) -> UUID:
    key, product = new_id(), new_id()
    with server.opened() as database, database.writing() as connection:
        connection.execute(insert(Product).values(
            id=product, code=product.hex, name="P", base_unit="瓶", sales_unit="瓶", standard_price=2,
            tax_rate=0,
        ))  # fmt: skip
        connection.execute(insert(CostPrice).values(id=key, product_id=product, cost=1, currency="CNY"))
    return key


def costs(machine: Machine) -> set[str]:
    return {row_id for (row_id,) in machine.rows("SELECT id FROM cost_price")}


def test_a_managers_first_sync_brings_cost_prices_and_a_reps_does_not(
    shared_server: ServerProcess, tmp_path: Path
) -> None:
    cost = str(priced(shared_server))
    for login, expected in (("manager1", {cost}), ("rep1", set())):
        machine = signed_in(tmp_path / login, shared_server.url, login, PASSWORD)
        assert machine.cycle().up_to_date
        assert costs(machine) & {cost} == expected
        machine.close()


def test_cost_prices_leave_the_file_with_the_scope(database: Database) -> None:
    with database.loading() as connection:
        connection.execute(
            "INSERT INTO cost_price (id, version, product_id, currency, cost) VALUES ('a', 1, 'b', 'CNY', 1)"
        )
        scopes.purge(connection, ("cost:EUR",), Applied())
        assert connection.execute("SELECT count(*) FROM cost_price").fetchone() == (1,)
        scopes.purge(connection, ("cost:CNY",), Applied())
        assert connection.execute("SELECT count(*) FROM cost_price").fetchone() == (0,)
