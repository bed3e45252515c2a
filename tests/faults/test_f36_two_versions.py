"""F36: clients of two versions, servers of two versions, work of the old one unsent."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.products import Product
from server.database import run
from tests.fixtures.next_year import SCHEMA
from tests.fixtures.remote_laptop import drive
from tests.fixtures.server import ServerProcess


class Scene:
    """One server, whose program may change, and what the office knows of it."""

    def __init__(self, server: ServerProcess, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.store, self.product = str(new_id()), str(new_id())
        area = server.company.territories["HZ"]
        with server.opened() as database, database.writing() as connection:
            connection.execute(insert(Account).values(id=UUID(self.store), name="店", territory_id=area))
            connection.execute(insert(Product).values(
                id=UUID(self.product), code="P", name="P", base_unit="瓶", sales_unit="瓶",
                standard_price=2, tax_rate=0))  # fmt: skip
        self.area = str(area)
        self.devices: dict[str, UUID] = {}

    def laptop(self, name: str, *steps: list[Any], year: int | None = None) -> list[Any]:
        """Drive one laptop of rep1."""
        device = self.devices.setdefault(name, new_id())
        return drive(self.folder / name, self.server, device, *steps, year=year)

    def becomes(self, year: int | None) -> None:
        """Update the server."""
        self.server.stop()
        self.server.program = (
            ("server",) if year is None else ("tests.fixtures.next_year", str(year), "server")
        )
        self.server.restart()

    def row(self, entity: str, row: str, column: str) -> Any:
        """Return what the server holds."""
        with self.server.opened() as database, database.reading() as connection:
            return run(connection, f'SELECT "{column}" FROM "{entity}" WHERE id = ?', row).scalar()

    def gift(self, order: str) -> list[Any]:
        """Return what the server holds of an order's lines."""
        with self.server.opened() as database, database.reading() as connection:
            sql = "SELECT gift, quantity FROM order_line WHERE order_id = ?"
            return [tuple(row) for row in run(connection, sql, order).all()]


@pytest.fixture
def scene(server_process: ServerProcess, tmp_path: Path) -> Scene:
    return Scene(server_process, tmp_path)


def test_old_and_new_clients_edit_one_row_and_no_field_is_erased(scene: Scene) -> None:
    """One server of next year; a client of this year keeps, shows and never erases what it does not know."""
    scene.becomes(SCHEMA)
    store = scene.store
    *_, order = scene.laptop(
        "new", ["sync"], ["edit", store, {"slogan": "好"}], ["sync"],
        ["order", store, scene.product, {"gift": "杯子"}], year=SCHEMA,
    )  # fmt: skip
    scene.laptop("new", ["sync"], year=SCHEMA)
    old = scene.laptop(
        "old", ["sync"], ["edit", store, {"phone": "1"}], ["lines", order, 3], ["sync"], ["ends"],
        ["extra", "account", store],
    )  # fmt: skip
    assert old[0] == old[3] == ""
    assert old[4] == {"applied": 2}
    assert old[5] == {"slogan": "好"}
    assert scene.row("account", store, "slogan") == "好"
    assert scene.row("account", store, "phone") == "1"
    assert scene.gift(order) == [("杯子", 30_000)]
    new = scene.laptop("new", ["sync"], ["show", "account", store], ["show", "order", order], year=SCHEMA)
    assert (new[1]["slogan"], new[1]["phone"]) == ("好", "1")
    assert [(line["gift"], line["quantity"]) for line in new[2]["lines"]] == [("杯子", "3.00")]


def test_an_older_server_keeps_what_it_has_no_column_for_until_it_is_updated(scene: Scene) -> None:
    """The new client's outbox drains; what is new as a whole waits; after the update nothing is missing."""
    store = scene.store
    made = scene.laptop(
        "new", ["sync"], ["edit", store, {"slogan": "好", "phone": "1"}],
        ["order", store, scene.product, {"gift": "杯子"}],
        ["make", "errand", {"territory_id": scene.area, "title": "送货"}],
        ["sync"], ["unsent"], ["ends"], ["show", "account", store], year=SCHEMA,
    )  # fmt: skip
    order, errand = made[2], made[3]
    assert made[4] == ""
    assert made[5] == [["errand", SCHEMA]]
    assert made[6] == {"applied": 2, "pending": 1}
    assert made[7]["slogan"] == "好"
    assert scene.row("account", store, "phone") == "1"
    [carried] = scene.laptop("old", ["sync"], ["lines", order, 5], ["sync"], ["ends"])[3:]
    assert carried == {"applied": 1}
    scene.becomes(SCHEMA)
    assert scene.row("account", store, "slogan") == "好"
    assert scene.gift(order) == [("杯子", 50_000)]
    seen = scene.laptop(
        "new", ["sync"], ["sync"], ["unsent"], ["show", "account", store], ["show", "errand", errand],
        year=SCHEMA,
    )  # fmt: skip
    assert seen[2] == []
    assert seen[3]["slogan"] == "好"
    assert seen[4]["title"] == "送货"
    assert seen[4]["version"] == 1
    assert scene.row("errand", errand, "title") == "送货"


def test_an_updated_client_is_told_what_its_new_columns_hold(scene: Scene) -> None:
    """Lifted from what the old one kept, without contact; what changed since comes as fills, nothing else."""
    scene.becomes(SCHEMA)
    store = scene.store
    scene.laptop(
        "other", ["sync"], ["edit", store, {"slogan": "好"}],
        ["make", "errand", {"territory_id": scene.area, "title": "送货"}], ["sync"], year=SCHEMA,
    )  # fmt: skip
    scene.laptop("mine", ["sync"], ["edit", store, {"phone": "2"}])
    seen = scene.laptop(
        "mine", ["show", "account", store], ["extra", "account", store], ["unsent"], ["sync"],
        ["show", "account", store], ["titles"], year=SCHEMA,
    )  # fmt: skip
    assert seen[0]["slogan"] == "好"
    assert seen[1] is None
    assert seen[2] == [["account", 2]]
    assert (seen[4]["slogan"], seen[4]["phone"]) == ("好", "2")
    assert seen[5] == ["送货"]


def test_a_client_that_is_too_old_hands_in_its_work_and_is_told_to_update(scene: Scene) -> None:
    """Push goes on with the old schema, nothing is pulled, the next word is 426."""
    store = scene.store
    scene.laptop("old", ["sync"])
    scene.becomes(7)
    with scene.server.opened() as database, database.writing() as connection:
        run(connection, "UPDATE account SET city = 'changed' WHERE id = ?", store)
    seen = scene.laptop(
        "old", ["edit", store, {"phone": "9"}], ["sync"], ["unsent"], ["ends"], ["show", "account", store],
        ["edit", store, {"note": "still working"}], ["sync"], ["ends"],
    )  # fmt: skip
    assert seen[1] == seen[6] == "client_too_old"
    assert seen[2] == []
    assert seen[3] == {"applied": 1}
    assert seen[4]["city"] == ""
    assert seen[7] == {"applied": 2}
    assert scene.row("account", store, "phone") == "9"
    assert scene.row("account", store, "note") == "still working"
