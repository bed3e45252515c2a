"""Goods on their way and back: the office begins, delivers in parts, cancels; reps take back (R1).

S5: nothing is delivered beyond what was ordered, and nothing comes back that was not delivered.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.services import returns
from server import deliveries, records
from server.database import run
from tests.simulation.accounts import SAVE_POINT
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation
from tests.simulation.shop import SCALE, at_the_desk, mine, tried

if TYPE_CHECKING:
    from tests.simulation.world import World

Lines = Counter[str]


@dataclass
class Goods:
    """Which returns were looked at already: each is judged by what was delivered when it was taken."""

    judged: set[str] = field(default_factory=set)
    written: int = -1


def _accepted(world: World, chance: random.Random) -> UUID | None:
    with world.server.reading() as connection:
        found = run(connection, "SELECT id FROM \"order\" WHERE status = 'accepted' ORDER BY id").all()
    return UUID(chance.choice(found)[0]) if found else None


def _at_the_desk(world: World, chance: random.Random, work: Any, order: UUID | None) -> bool:
    """Let the office do something with an accepted order, in a transaction of its own."""
    order = order or _accepted(world, chance)
    if order is None:
        return False
    with suppress(FieldCrmError), world.server.writing() as connection:
        work(connection, records.locked(connection, "order", order, []))
        return True
    return False


def office_begins(world: World, chance: random.Random, order: UUID | None = None) -> bool:
    """The warehouse begins."""
    by, at = at_the_desk(world), world.clock.now()
    return _at_the_desk(world, chance, lambda c, o: deliveries.begin(c, o, by, at, None), order)


def office_delivers(world: World, chance: random.Random, order: UUID | None = None) -> bool:
    """A part of an order leaves, or all; now and then the same note comes twice, or one is corrected."""
    by, at, twice = at_the_desk(world), world.clock.now(), chance.random() < 0.3
    reference, sign = world.fresh("note"), -1 if chance.random() < 0.15 else 1

    def work(connection: Connection, held: dict[str, Any]) -> None:
        lines = chance.sample(held["lines"], chance.randrange(1, len(held["lines"]) + 1))
        quantities = {line["id"]: str(sign * chance.choice((1, Decimal(line["quantity"])))) for line in lines}
        told = {"quantities": quantities, "delivered_on": at.date().isoformat(), "reference": reference,
                "note": ""}  # fmt: skip
        deliveries.deliver(connection, held, told, by, at)
        if twice:
            deliveries.deliver(connection, held, told, by, at)

    return _at_the_desk(world, chance, work, order)


def office_cancels(world: World, chance: random.Random) -> bool:
    """The office cancels an order."""
    by, at = at_the_desk(world), world.clock.now()
    return _at_the_desk(world, chance, lambda c, o: deliveries.cancel(c, o, "no stock", by, at, None), None)


def return_goods(world: World, chance: random.Random) -> bool:
    """A rep takes goods back."""
    laptop = world.someone(chance)
    order = mine(laptop, chance, "order", "status = 'accepted'")
    return order is not None and bring_back(world, chance, laptop, order)


def bring_back(world: World, chance: random.Random, laptop: Laptop, order: UUID) -> bool:
    """Take goods of this order back, now and then as the program dies."""
    at = laptop.clock.now()

    def work(session: Session) -> None:
        left = {key: many for key, many in returns.basis(session, order).left.items() if many > 0}
        lines = chance.sample(sorted(left), min(len(left), 2))
        told = {key: chance.choice((Decimal(1), left[key])) for key in lines}
        returns.make(session, order, told, world.fresh("broken"), me=laptop.user, at=at)

    return tried(laptop, work, SAVE_POINT if chance.random() < 0.1 else None)


RULES = {
    "office_begins": (1, office_begins), "office_delivers": (3, office_delivers),
    "office_cancels": (1, office_cancels), "return_goods": (4, return_goods),
}  # fmt: skip


# -- predicates -----------------------------------------------------------------------------------


def after_step(world: World) -> None:
    """Judge what came in since the step before, by what was delivered at that time."""
    goods, written = world.own(Goods), world.written()
    if written == goods.written:
        return
    goods.written = written
    with world.server.reading() as connection:
        asked = "SELECT id, order_id, quantities FROM order_return WHERE archived_at IS NULL ORDER BY id"
        back = run(connection, asked).all()
        for key, order, told in back:
            if key not in goods.judged:
                _judge(world, connection, order, json.loads(told))
    goods.judged |= {key for key, *_ in back}


def at_rest(world: World) -> None:
    """Look at every order once more."""
    with world.server.reading() as connection:
        for (order,) in run(connection, "SELECT DISTINCT order_id FROM delivery").all():
            ordered, delivered = _ordered(connection, order), _told(connection, "delivery", order)
            if any(not 0 <= many <= ordered[line] for line, many in delivered.items()):
                raise Violation(f"S5 {order} of {ordered} was delivered {delivered}")
            world.checked("S5")


def _judge(world: World, connection: Any, order: str, told: dict[str, str]) -> None:
    """Look at the lines of one return: of others less may have been said to be delivered since."""
    delivered, ordered = _told(connection, "delivery", order), _ordered(connection, order)
    had = delivered if _was_said(connection, order) else ordered
    back = _told(connection, "order_return", order)
    if any(back[line] > had[line] for line in told):
        raise Violation(f"S5 of {order} came back {dict(back)}, the customer had {dict(had)}")
    world.checked("S5")


def _was_said(connection: Any, order: str) -> bool:
    return run(connection, "SELECT 1 FROM delivery WHERE order_id = ?", order).first() is not None


def _ordered(connection: Any, order: str) -> Lines:
    rows = run(connection, "SELECT id, quantity FROM order_line WHERE order_id = ?", order)
    return Counter({line: many // SCALE for line, many in rows})


def _told(connection: Any, table: str, order: str) -> Lines:
    found: Lines = Counter()
    for (told,) in run(connection, f"SELECT quantities FROM {table} WHERE order_id = ?", order):
        for line, many in json.loads(told).items():
            found[line] += int(many)
    return found
