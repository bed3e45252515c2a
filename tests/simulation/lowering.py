"""The office lowers below what laptops hold: scarce stock, a credit limit, a purse, a rebate (decision 6).

Played in the world of ``limits``: each limit falls in the oracle's book at once, and what is spent and out
may only ebb towards it from then on. At the end everything comes back, and what was asked for is booked, or
is more than is left; nothing waits for ever.
"""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from unittest import mock

from sqlalchemy import Connection, select, update

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.slices import ScarceStock
from fieldcrm.model.users import Role
from server import handing, ledger, lowering
from server.database import run
from server.lowering import Asked
from server.scope import Principal
from server.slices import hold
from tests.simulation import limits
from tests.simulation.limits import SCALE, Shop
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World


def change_stock(world: World, chance: random.Random) -> bool:
    """Fewer are there than was said, though not fewer than are sold, or as many as at first."""
    shop, at = world.own(Shop), world.clock.now()
    key = ledger.stock_id(str(shop.product))
    with world.server.writing() as connection:
        hold(connection)
        sold = connection.execute(select(ScarceStock.sold).where(ScarceStock.id == key)).scalar_one()
        now = sold + (max(limits.STOCK - sold, Decimal()) * chance.choice((0, 1, 2, 3)) // 3)
        connection.execute(update(ScarceStock).where(ScarceStock.id == key).values(quantity=now))
        handing.call_back_everybodys(connection, at)
    shop.allowed["stock", str(shop.product)] = int(now * SCALE)
    return True


def change_credit(world: World, chance: random.Random) -> bool:
    """The customer is trusted with less, or as much as at first."""
    shop, now = world.own(Shop), limits.CREDIT * chance.choice((0, 1, 2, 3)) // 3
    with world.server.writing() as connection:
        handing.hold_accounts(connection, [str(shop.account)])
        limit = update(Account).where(Account.id == shop.account).values(credit_limit=Decimal(now))
        connection.execute(limit)
        handing.hand_out_to(connection, [str(shop.account)], world.clock.now())
    shop.allowed["credit", str(shop.account)] = now * SCALE
    return True


def pay_out(world: World, chance: random.Random) -> bool:
    """Finance takes money out of a purse, or something out of the rebate, whoever holds it."""
    shop = world.own(Shop)
    kind = chance.choice(("prepay", "prepay", "rebate", "cash"))
    key = str(shop.lot if kind == "rebate" else shop.account)
    with world.server.writing() as connection:
        handing.hold_accounts(connection, [str(shop.account)])
        there = _there(connection, shop, kind) - _asked(connection, kind)
        amount = there * chance.choice((1, 1, 2, 4)) // 4
        if amount <= 0:
            return False
        asked = Asked(new_id(), kind, key, shop.account, Decimal(-amount) / SCALE, world.clock.now().date())
        lowering.ask(connection, asked, _finance(world), world.clock.now())
    shop.allowed[kind, key] -= amount
    return True


def book(world: World, _chance: random.Random) -> bool:
    """What waited is booked, where it has room now."""
    return lowering.book_all(world.server, world.clock.now()) > 0


def _finance(world: World) -> Principal:
    return Principal(world.laptops[0].user, Role.FINANCE, None, new_id())


def _there(connection: Connection, shop: Shop, kind: str) -> int:
    table, named = ("rebate_entry", ()) if kind == "rebate" else ("money_entry", (kind,))
    purse = " AND purse = ?" if named else ""
    query = f"SELECT coalesce(sum(amount), 0) FROM {table} WHERE account_id = ?{purse}"
    return int(run(connection, query, str(shop.account), *named).scalar_one())


def _asked(connection: Connection, kind: str) -> int:
    query = "SELECT coalesce(-sum(amount), 0) FROM money_lowering WHERE done_at IS NULL AND kind = ?"
    return int(run(connection, query, kind).scalar_one())


LOWERING: limits.Rules = {
    "change_stock": (1, change_stock), "change_credit": (1, change_credit), "pay_out": (1, pay_out),
    "sell": (30, limits.sell), "book": (2, book), "take_back": (4, limits.take_back),
}  # fmt: skip


def at_last(world: World) -> None:
    """L5: when nothing is out any more, what was asked for is booked, or there is not enough left for it."""
    shop = world.own(Shop)
    for _ in range(2):
        world.clock.tick(int(timedelta(days=30).total_seconds()) * 1000)
        handing.take_back(world.server, world.clock.now())
    with mock.patch.object(handing, "hand_out_to", return_value=0):
        lowering.book_all(world.server, world.clock.now())
    with world.server.reading() as connection:
        found = lowering.waiting(connection, shop.account, world.clock.now())
        for kind, key in (each.asked.named for each in found):
            there = _there(connection, shop, kind)
            if there >= _asked(connection, kind):
                raise Violation(f"L5 {kind} {key} waits though {there} are there")
    if any(each.held for each in found):
        raise Violation(f"L5 parts never came back: {found}")
    world.checked("L5")
    limits.after_step(world)
