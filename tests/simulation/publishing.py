"""Rules that change while laptops sell, and rebates that a month brings (P5, P7, P8).

P1: a laptop that is up to date uses the rules that are in force. P2: an accepted order costs what
the set it names says. P3: a month's rebate is booked once, and never less than it is worth.
L1: no budget, no number of uses, no stock is ever passed, with all that is still out.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fieldcrm.services import rule_sets
from server import period_rebates
from server.database import run
from server.rule_sets import PriceChange
from tests.simulation import limits
from tests.simulation.laptop import Crash, dying_at
from tests.simulation.oracle import Violation
from tests.simulation.shop import PERCENT, SCALE, Shop, budgeted, publish_set

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass
class Looked:
    """How often the server had written when the limits were looked at."""

    written: int = -1


def publish_rules(world: World, chance: random.Random) -> bool:
    """The office publishes the next set: other prices, another promotion."""
    shop, name = world.own(Shop), world.fresh("set")
    now = dict(shop.prices[_newest(world)])
    moved = chance.sample(sorted(now), chance.choice((0, 1, 2)))
    for each in moved:
        now[each] += chance.choice((Decimal("1.50"), Decimal("-0.75")))
    prices = [PriceChange(shop.books[each], shop.goods[each], "箱", now[each]) for each in moved]
    off = chance.choice(("4", "5", "6"))
    number = publish_set(world, name, [budgeted(off)], prices)
    shop.prices[number], shop.off[number] = now, off
    return True


def book_rebates(world: World, chance: random.Random) -> bool:
    """The server's nightly work books what months brought; it may die over it, or run twice."""
    with suppress(Crash), dying_at(chance.choice((None, "server.rebates.some_booked"))):
        period_rebates.book(world.server, world.clock.now())
    return True


def _newest(world: World) -> int:
    with world.server.reading() as connection:
        return int(run(connection, "SELECT max(number) FROM rule_set").scalar_one())


RULES = {"publish_rules": (2, publish_rules), "book_rebates": (2, book_rebates)}


# -- predicates -----------------------------------------------------------------------------------


def after_step(world: World) -> None:
    """L1: what accepted orders took and what devices hold is within what was allowed."""
    looked, written = world.own(Looked), world.written()
    if written == looked.written:
        return
    looked.written = written
    rare = str(world.own(Shop).goods["rare"])
    with world.server.reading() as connection:
        spent, held = _spent(connection, rare), limits.held(connection, world.clock.ms)
    for named, allowed in world.own(Shop).allowed.items():
        if spent[named] + held.get(named, 0) > allowed:
            raise Violation(f"L1 {named}: {spent[named]} is spent, {held.get(named, 0)} is out of {allowed}")
    world.checked("L1")


def _spent(connection: Any, rare: str) -> Counter[tuple[str, str]]:
    """Reckon what accepted orders took from nothing but themselves and what came back of them."""
    spent: Counter[tuple[str, str]] = Counter()
    for told, paid, account, total, back in run(
        connection, 'SELECT trace, paid_from, account_id, total_amount, returned_amount FROM "order" '
        "WHERE status = 'accepted'",
    ):  # fmt: skip
        for each in json.loads(told)["applied"]:
            worth = Decimal(each["amount"]) + Decimal(each["gift_value"])
            spent["budget", each["promotion"]] += int(worth * SCALE)
            spent["uses", each["promotion"]] += SCALE
        ahead = int(sum(map(Decimal, json.loads(paid).values()), Decimal()) * SCALE)
        spent["credit", account] += max(total - ahead - back, 0)
    sold = run(connection, "SELECT sum(l.quantity) FROM order_line l JOIN \"order\" o ON o.id = l.order_id "
               "WHERE o.status = 'accepted' AND l.product_id = ?", rare).scalar()  # fmt: skip
    spent["stock", rare] = (sold or 0) * 24
    return spent


def at_rest(world: World) -> None:
    """Look at rules, prices and rebates."""
    _rules_are_here(world)
    period_rebates.book(world.server, world.clock.now())
    with world.server.reading() as connection:
        _prices_are_of_their_set(world, connection)
        _rebates_are_booked_once(world, connection)


def _rules_are_here(world: World) -> None:
    at, newest = world.clock.now(), _newest(world)
    for laptop in world.laptops:
        with laptop.database.reading() as session:
            found = rule_sets.in_force(session, at)
        world.checked("P1")
        if found.number != newest or found.behind:
            raise Violation(f"P1 {laptop.name} is up to date and uses set {found.number} of {newest}")


def _prices_are_of_their_set(world: World, connection: Any) -> None:
    shop = world.own(Shop)
    rows = run(connection, "SELECT o.id, o.rule_set, l.product_id, l.unit_price, l.configuration "
               "FROM order_line l JOIN \"order\" o ON o.id = l.order_id "
               "WHERE o.status = 'accepted' AND l.gift_by IS NULL AND l.manual_price IS NULL")  # fmt: skip
    for order, number, product, price, chosen in rows:
        right = shop.prices[number][shop.named[product]]
        right += 2 * 24 if chosen and str(shop.inside[1]) in json.loads(chosen) else 0
        world.checked("P2")
        if price != right * SCALE:
            raise Violation(f"P2 {order} by set {number} has {product} at {price}, not {right}")


def _rebates_are_booked_once(world: World, connection: Any) -> None:
    booked: defaultdict[tuple[str, str], int] = defaultdict(int)
    for account, first, amount in run(
        connection, "SELECT account_id, period_from, amount FROM rebate_entry WHERE period_from "
        "IS NOT NULL AND program_code = 'M'",
    ):  # fmt: skip
        booked[account, first] += amount
    for (account, first), amount in booked.items():
        world.checked("P3")
        right = _worth(connection, account, date.fromisoformat(first))
        free, out = (
            run(
                connection,
                f"SELECT coalesce(sum({what}), 0) FROM {table} WHERE account_id = ?{more}",
                account,
            )
            for what, table, more in (
                ("amount", "rebate_entry", ""),
                ("amount - spent", "limit_slice", " AND kind = 'rebate'"),
            )
        )
        if amount < right or (amount > right and free.scalar_one() > out.scalar_one()):
            raise Violation(f"P3 {account} was booked {amount} for {first}, it is worth {right}")


def _worth(connection: Any, account: str, first: date) -> int:
    """Return what a month's accepted orders are worth without the goods that came back."""
    last = (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
    net, back = Decimal(), {}
    for order, line, amount, quantity in run(
        connection, 'SELECT o.id, l.id, l.net_amount, l.quantity FROM "order" o JOIN order_line l '
        "ON l.order_id = o.id WHERE o.status = 'accepted' AND o.account_id = ? AND o.ordered_on >= ? "
        "AND o.ordered_on <= ? AND l.gift_by IS NULL", account, first.isoformat(), last.isoformat(),
    ):  # fmt: skip
        if order not in back:
            back[order] = _back(connection, order)
        net += Decimal(amount) * (1 - back[order][line] * SCALE / quantity) / SCALE
    return int(round(net * PERCENT / 100, 2) * SCALE)


def _back(connection: Any, order: str) -> defaultdict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (told,) in run(connection, "SELECT quantities FROM order_return WHERE order_id = ?", order):
        for line, many in json.loads(told).items():
            found[line] += Decimal(many)
    return found
