"""What reps and managers do to accounts on their laptops."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.users import Role
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import FIELD_RULES, Entered

if TYPE_CHECKING:
    from tests.simulation.world import World

SAVE_POINT = "client.outbox.recorded"
FIELDS = tuple(name for name in FIELD_RULES if name != "name")


def edit_account(world: World, chance: random.Random) -> bool:
    """Somebody types something into a field, now and then as the program dies."""
    laptop, name = world.someone(chance), chance.choice(FIELDS)
    return edit(world, laptop, chance, name, dies=chance.random() < 0.1)


def edit(world: World, laptop: Laptop, chance: random.Random, name: str, *, dies: bool = False) -> bool:
    """Enter a new value into one field of some account."""
    account = world.one(laptop, "account", chance)
    if account is None:
        return False
    enter(world, laptop, account, name, dies=dies)
    return True


def enter(world: World, laptop: Laptop, account: UUID, name: str, *, dies: bool = False) -> None:
    """Enter a new value into one field of this account, and note that it was entered."""
    value = world.fresh(name)

    def work(session: Any) -> None:
        row = session.get_one(Account, account)
        if name == "tags":
            row.tags = [*row.tags, value]
        elif name == "note":
            row.note = f"{row.note}\n{value}".strip()
        else:
            setattr(row, name, value)

    if laptop.save(work, SAVE_POINT if dies else None):
        world.oracle.entered.append(Entered(laptop.name, str(account), name, value))


def drop_tag(world: World, chance: random.Random) -> bool:
    """Somebody takes a tag away; what he gave up himself need not be found again."""
    laptop = world.someone(chance)
    account = world.one(laptop, "account", chance)
    if account is None:
        return False
    dropped: list[str] = []

    def work(session: Any) -> None:
        row = session.get_one(Account, account)
        dropped.extend(row.tags[:1])
        row.tags = row.tags[1:]

    laptop.save(work)
    given_up = [Entered(laptop.name, str(account), "tags", tag) for tag in dropped]
    world.oracle.entered = [entered for entered in world.oracle.entered if entered not in given_up]
    return True


def archive_account(world: World, chance: random.Random) -> bool:
    """Somebody puts an account away."""
    laptop = world.someone(chance)
    account = world.one(laptop, "account", chance)
    if account is None:
        return False
    at = laptop.clock.now()
    laptop.save(lambda session: setattr(session.get_one(Account, account), "archived_at", at))
    return True


def create_account(world: World, chance: random.Random) -> bool:
    """Somebody opens a store in the territory he believes to be his."""
    laptop = world.someone(chance)
    territory = _territory(world, laptop)
    if territory is None:
        return False
    row = Account(id=new_id(), name=world.fresh("shop"), territory_id=territory, tags=[], note="")
    laptop.save(lambda session: session.add(row), SAVE_POINT if chance.random() < 0.1 else None)
    return True


def _territory(world: World, laptop: Laptop) -> UUID | None:
    found = laptop.raw('SELECT territory_id FROM "user" WHERE id = ?', str(laptop.user))
    if not found or found[0][0] is None:
        return None
    return world.north if laptop.role is Role.MANAGER else UUID(found[0][0])


RULES = {
    "edit_account": (10, edit_account),
    "drop_tag": (1, drop_tag),
    "archive_account": (1, archive_account),
    "create_account": (2, create_account),
}
