"""What customers do on their own pages: order at ``/o/``, answer a round at ``/q/``.

C1: a page makes one order, however often it is confirmed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm.errors import FieldCrmError
from fieldcrm.model.users import Role
from fieldcrm.rules.quotes import Act
from server import quote_page
from server.database import run
from server.order_page import acts, checkout, links
from server.order_page.basket import plain_key
from server.order_page.counter import at_counter
from server.scope import Principal
from tests.simulation.oracle import Violation
from tests.simulation.shop import Shop

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass
class Pages:
    """The addresses that customers were given, and what they pressed."""

    orders: dict[str, str] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    pressed: set[str] = field(default_factory=set)


def _said(world: World, work: Callable[[Connection], Any]) -> bool:
    with suppress(FieldCrmError), world.server.writing() as connection:
        work(connection)
        return True
    return False


def _rep(world: World, user: UUID, device: UUID) -> Principal:
    role = next(role for key, role in world.users if key == user)
    territory = world.oracle.people.territory_of[str(user)]
    return Principal(user, role, UUID(territory) if territory else None, device)


def order_alone(world: World, chance: random.Random) -> bool:
    """A customer orders on his page; pressing twice, or on a page from before, is no second order."""
    account, pages, at = world.one_of_office(chance), world.own(Pages), world.clock.now()
    if account is None:
        return False
    shop, rep = world.own(Shop), chance.choice([key for key, role in world.users if role is Role.REP])
    goods = shop.goods[chance.choice(("tea", "rare"))]
    typed = {f"n.{plain_key(goods, '箱')}": str(chance.choice((1, 2)))}

    def work(connection: Connection) -> None:
        if account not in pages.orders or chance.random() < 0.2:
            giver = _rep(world, rep, world.laptops[0].device)
            pages.orders[account] = links.make(connection, giver, UUID(account), at)
        token = pages.orders[account]
        acts.act(connection, token, {}, typed, at)
        with links.session_of(connection) as session:
            shown = checkout.checked(at_counter(session, token, at))
        pressed = {"do": "confirm", "number": shown.basket.number, "content": shown.bill.content}
        where = [acts.act(connection, token, {}, pressed, at) for _ in range(chance.choice((1, 2)))]
        if not all("done=" in each for each in where):
            raise Violation(f"C1 {account} confirmed what was shown and was sent to {where}")
        pages.pressed.add(shown.basket.number)

    done = _said(world, work)
    with world.server.reading() as connection:
        made = run(connection, "SELECT id FROM \"order\" WHERE origin = 'customer'").all()
    world.oracle.created |= {("order", key) for (key,) in made}
    return done


def answer_quote(world: World, chance: random.Random) -> bool:
    """A rep gives a round its page, and its customer answers there."""
    with world.server.reading() as connection:
        found = run(connection, "SELECT id FROM quote WHERE archived_at IS NULL ORDER BY id").all()
    return bool(found) and answer(world, chance, chance.choice(found)[0])


def answer(world: World, chance: random.Random, quote: str) -> bool:
    """Let the customer of this round answer on its page."""
    at, pages = world.clock.now(), world.own(Pages)
    act = chance.choice((Act.CONFIRMED, Act.CONFIRMED, Act.DECLINED, Act.COMMENTED))

    def work(connection: Connection) -> None:
        asked = "SELECT rep_id, content FROM quote WHERE id = ?"
        rep, content = run(connection, asked, quote).one()
        if quote not in pages.quotes or chance.random() < 0.2:
            giver = _rep(world, UUID(rep), world.laptops[0].device)
            pages.quotes[quote] = quote_page.make(connection, giver, UUID(quote), at)
        for _ in range(chance.choice((1, 2))):
            quote_page.answer(connection, pages.quotes[quote], act, "said", content, at)

    return _said(world, work)


RULES = {"order_alone": (2, order_alone), "answer_quote": (4, answer_quote)}


def at_rest(world: World) -> None:
    """C1: as many orders as pages were confirmed."""
    with world.server.reading() as connection:
        made = run(connection, "SELECT provisional_number, count(*) FROM \"order\" WHERE origin = 'customer' "
                   "GROUP BY provisional_number").all()  # fmt: skip
    for number, many in made:
        world.checked("C1")
        if many > 1 or number.removeprefix("W-") not in world.own(Pages).pressed:
            raise Violation(f"C1 page {number} made {many} orders")
