"""What the office does on the server: accounts, territories, and who works where."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy import insert

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.users import Role
from server.database import run
from tests.simulation.accounts import FIELDS

if TYPE_CHECKING:
    from tests.simulation.world import World


def begin(world: World) -> None:
    """Every territory has a store."""
    for territory in world.territories:
        create(world, territory)


def create(world: World, territory: UUID) -> str:
    """The office opens a store."""
    row, name = new_id(), world.fresh("store")
    with world.server.writing() as connection:
        connection.execute(
            insert(Account).values(id=row, name=name, territory_id=territory, tags=[], note="")
        )
    world.oracle.created.add(("account", str(row)))
    world.oracle.accounts[str(row)] = {
        "phone": "", "city": "", "name": name, "status": "active", "tags": [], "note": "",
        "territory_id": str(territory), "archived": False,
    }  # fmt: skip
    return str(row)


def office_creates(world: World, chance: random.Random) -> bool:
    create(world, chance.choice(world.territories))
    return True


def office_edits(world: World, chance: random.Random) -> bool:
    account, name = world.one_of_office(chance), chance.choice(FIELDS)
    if account is None:
        return False
    value: Any = world.fresh("office")
    stored = value
    if name == "tags":
        value = [*world.oracle.accounts[account]["tags"], value]
        stored = msgspec.json.encode(value).decode()
    with world.server.writing() as connection:
        run(connection, f'UPDATE account SET "{name}" = ? WHERE id = ?', stored, account)
    world.oracle.office_sets(account, name, value)
    return True


def reassign(world: World, chance: random.Random) -> bool:
    account = world.one_of_office(chance)
    if account is None:
        return False
    territory = str(chance.choice(world.territories))
    with world.server.writing() as connection:
        run(connection, "UPDATE account SET territory_id = ? WHERE id = ?", territory, account)
    world.oracle.office_sets(account, "territory_id", territory)
    return True


def office_deletes(world: World, chance: random.Random) -> bool:
    """The office removes a store that nothing refers to."""
    account = world.one_of_office(chance)
    if account is None:
        return False
    with world.server.reading() as connection:
        for table in ("contact", "visit", "check_in", "order"):
            if run(connection, f'SELECT 1 FROM "{table}" WHERE account_id = ?', account).first():
                return False
    with world.server.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", account)
    world.oracle.office_deletes(account)
    return True


def change_grants(world: World, chance: random.Random) -> bool:
    """A rep works in another territory from now on, or in none."""
    user = chance.choice([user for user, role in world.users if role is not Role.MANAGER])
    move_rep(world, user, chance.choice([*map(str, world.territories), None]))
    return True


def move_rep(world: World, user: UUID, territory: str | None) -> None:
    """Let a rep work in this territory from now on."""
    with world.server.writing() as connection:
        run(connection, 'UPDATE "user" SET territory_id = ? WHERE id = ?', territory, str(user))
    world.oracle.people.territory_of[str(user)] = territory


RULES = {
    "office_creates": (1, office_creates),
    "office_edits": (3, office_edits),
    "office_deletes": (1, office_deletes),
    "reassign": (2, reassign),
    "change_grants": (2, change_grants),
}
