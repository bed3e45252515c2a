"""Eight laptops that sell without a network under limits of every kind: none is ever passed (decision 6).

A world of its own: laptops price, pay and submit with the product's services on their own files, and
sync in any order with losses and crashes, while the office hands slices out, books money, and lowers
what there is below what is out (``lowering``). What is spent is reckoned from the accepted orders alone,
in the oracle's own words, not from any counter.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unittest import mock
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from fieldcrm import clock, faults
from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.money import MoneyEntry, Purse
from fieldcrm.model.prices import BookLevel, PriceBook, PriceEntry
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.model.promotions import Promotion, PromotionTarget
from fieldcrm.model.rebates import RebateEntry, RebateMove, RebateProgram
from fieldcrm.model.slices import ScarceStock
from fieldcrm.rules import slices as rules
from fieldcrm.services import orders, paying
from fieldcrm.services.pricing import DraftLine
from fieldcrm.storage import device
from server import handing, keys, ledger
from server.database import run
from server.rule_sets import Change, Edition, publish
from tests.simulation import devices, exchanges, ledgers
from tests.simulation.laptop import Crash, dying_at
from tests.simulation.oracle import Violation
from tests.simulation.process import numbered

if TYPE_CHECKING:
    from tests.simulation.templates import Templates
    from tests.simulation.world import World

LAPTOPS = 8
SCALE = 10_000
BUDGET, USES, EACH, STOCK = 120, 9, 4, 24 * 70
PREPAY, CASH, CREDIT, REBATE = 400, 90, 3_000, 70
Limits = dict[tuple[str, str], int]


@dataclass
class Shop:
    """What is sold to whom, and how much of each limit the office allowed so far."""

    product: UUID = field(default_factory=new_id)
    account: UUID = field(default_factory=new_id)
    lot: UUID = field(default_factory=new_id)
    allowed: Limits = field(default_factory=dict)
    at_most: Limits = field(default_factory=dict)
    selling: bool = True


def begin(world: World) -> None:
    """Fill the server, give it eight laptops and let each know the server's key."""
    shop = world.own(Shop)
    with world.server.writing() as connection:
        for table, values in _rows(world, shop):
            connection.execute(insert(table).values(**values))
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            publish(session, Edition("First", world.clock.now(), _RULES), world.clock.now())
            session.commit()
        key = keys.public(connection)
        del world.laptops[2:]  # the manager does not sell here
        for n in range(2, LAPTOPS):
            world.add_laptop(*world.users[n % 2])
        for laptop in world.laptops:
            run(
                connection,
                "INSERT INTO device (id, user_id) VALUES (?, ?)",
                str(laptop.device),
                str(laptop.user),
            )
    for laptop in world.laptops:
        mine = str(laptop.device)
        laptop.save(lambda s, mine=mine: device.remember(s, device.DEVICE_ID, mine))
        laptop.save(lambda s: device.remember(s, device.TOKENS, {"server_key": key}))
    account, product = str(shop.account), str(shop.product)
    world.oracle.created.add(("account", account))
    world.oracle.accounts[account] = {
        "phone": "", "city": "", "name": "limited", "status": "active", "tags": [], "note": "",
        "territory_id": str(world.north), "archived": False,
    }  # fmt: skip
    shop.allowed = {
        ("budget", "B"): BUDGET * SCALE, ("uses", "C"): USES * SCALE, ("stock", product): STOCK * SCALE,
        ("prepay", account): PREPAY * SCALE, ("cash", account): CASH * SCALE,
        ("credit", account): CREDIT * SCALE, ("rebate", str(shop.lot)): REBATE * SCALE,
    }  # fmt: skip


def _promotion(code: str, give: dict[str, Any], **fields: Any) -> Change:
    return Change(Promotion, code, {
        "code": code, "name": code, "target": PromotionTarget.ORDER, "give": give, **fields,
    })  # fmt: skip


_RULES = (
    _promotion("B", {"percent_off": "5"}, budget=Decimal(BUDGET)),
    _promotion("C", {"amount_off": "1.00"}, max_uses_in_all=USES),
    _promotion("D", {"amount_off": "0.50"}, max_uses=EACH),
    Change(RebateProgram, "R", {"code": "R", "name": "R", "max_order_percent": Decimal(20)}),
)


def _rows(world: World, shop: Shop) -> Iterator[tuple[Any, dict[str, Any]]]:
    book, place = new_id(), {"account_id": shop.account, "territory_id": world.north}
    yield Account, {"id": shop.account, "name": "limited", "territory_id": world.north,
                    "credit_limit": Decimal(CREDIT)}  # fmt: skip
    yield Product, {"id": shop.product, "code": "L", "name": "L", "base_unit": "瓶", "sales_unit": "箱",
                    "standard_price": Decimal(2), "tax_rate": Decimal("0.13")}  # fmt: skip
    for product in (shop.product, world.product):
        yield ProductUnit, {"id": new_id(), "product_id": product, "unit": "箱", "factor": Decimal(24)}
    yield PriceBook, {"id": book, "code": "L", "name": "L", "level": BookLevel.LIST, "entry_count": 1}
    yield PriceEntry, {"id": new_id(), "price_book_id": book, "product_id": shop.product, "unit": "箱",
                       "price": Decimal(48)}  # fmt: skip
    yield ScarceStock, {"id": ledger.stock_id(str(shop.product)), "product_id": shop.product,
                        "quantity": Decimal(STOCK), "sold": Decimal()}  # fmt: skip
    for purse, amount in ((Purse.PREPAY, PREPAY), (Purse.CASH, CASH)):
        yield MoneyEntry, _money(world, place, purse, amount)
    today = world.clock.now().date()
    yield RebateEntry, {"id": shop.lot, "lot_id": shop.lot, "program_code": "R", "move": RebateMove.EARNED,
                        "amount": Decimal(REBATE), "booked_on": today, **place}  # fmt: skip


def _money(world: World, place: dict[str, Any], purse: Purse, amount: int) -> dict[str, Any]:
    return {"id": new_id(), "purse": purse, "amount": Decimal(amount),
            "booked_on": world.clock.now().date(), **place}  # fmt: skip


# -- what happens ------------------------------------------------------------------------------


class _Unwise(Exception):
    """What a rep does not send because the screen tells him that it would have to wait."""


def sell(world: World, chance: random.Random) -> bool:
    """A rep takes an order and submits it, within what his laptop says that he may."""
    laptop, shop, at = world.someone(chance), world.own(Shop), world.clock.now()
    if not laptop.raw("SELECT 1 FROM account") or not laptop.raw("SELECT 1 FROM rule_set"):
        return False
    lines = [DraftLine(shop.product, "箱", Decimal(chance.choice((1, 2, 2, 3))))]
    rebates = (("auto", None),) if chance.random() < 0.4 else ()
    chosen = {"cash": Decimal(chance.randrange(40))} if chance.random() < 0.2 else None

    def work(session: Session) -> None:
        order = orders.start(session, shop.account, me=laptop.user, at=at)
        quote = orders.save(session, order, lines, at=at, rebates=rebates, paid_from=chosen)
        means = paying.means(session, shop.account, at.date(), besides=order)
        if means.pays(quote.priced.payable, chosen).uncovered:
            raise _Unwise
        orders.submit(session, order, at=at)

    with suppress(_Unwise, RuleBroken):
        return laptop.save(work)
    return False


def cancel(world: World, chance: random.Random) -> bool:
    """A rep takes back an order that was accepted."""
    laptop = world.someone(chance)
    found = laptop.raw("SELECT id FROM 'order' WHERE status = 'accepted' AND rep_id = ? ORDER BY id",
                       str(laptop.user))  # fmt: skip
    if not found:
        return False
    order = UUID(chance.choice(found)[0])
    return laptop.save(lambda session: orders.cancel(session, order, "no longer wanted"))


def hand_out(world: World, chance: random.Random) -> bool:
    """Two workers of the server give slices at once; one of them may die."""
    at = world.clock.now()

    def all_of_it() -> None:
        handing.hand_out(world.server, at)
        handing.hand_out_customers(world.server, at)

    point = chance.choice(("server.slices.wanted", "server.slices.customers_wanted"))
    with suppress(Crash), faults.watching(_once(point, all_of_it)), dying_at(
        chance.choice((None, point)), 1
    ):  # fmt: skip
        all_of_it()
    return True


def _once(point: str, act: Callable[[], object]) -> faults.Watcher:
    todo = [act]

    def watcher(reached: str) -> None:
        if reached == point and todo:
            todo.pop()()

    return watcher


def take_back(world: World, _chance: random.Random) -> bool:
    """What expired and nobody will spend comes back."""
    return handing.take_back(world.server, world.clock.now()) > 0


def days_pass(world: World, chance: random.Random) -> bool:
    """Some days pass: slices end soon, or have ended."""
    world.clock.tick(int(timedelta(days=chance.choice((1, 1, 2, 4, 8))).total_seconds()) * 1000)
    return True


def pay_in(world: World, chance: random.Random) -> bool:
    """The customer pays something ahead."""
    shop, amount = world.own(Shop), chance.randrange(1, 60)
    place = {"account_id": shop.account, "territory_id": world.north}
    with world.server.writing() as connection:
        connection.execute(insert(MoneyEntry).values(**_money(world, place, Purse.PREPAY, amount)))
    shop.allowed["prepay", str(shop.account)] += amount * SCALE
    return True


SELLING: dict[str, tuple[int, Callable[[World, random.Random], bool]]] = {
    "sell": (16, sell), "sync": (16, exchanges.sync), "hand_out": (6, hand_out), "cancel": (1, cancel),
    "days_pass": (1, days_pass), "pay_in": (1, pay_in), "take_back": (1, take_back),
}  # fmt: skip
Rules = Mapping[str, tuple[int, Callable[["World", random.Random], bool]]]


# -- what holds --------------------------------------------------------------------------------


def after_step(world: World) -> None:
    """L1: slices and what is spent are no more than the limit. L2: nothing is below zero.

    Where a limit was lowered below what was out, that may be more, but never more than before.
    """
    shop = world.own(Shop)
    if not shop.allowed:
        return
    with world.server.reading() as connection:
        spent, out = _spent(connection, shop), held(connection, world.clock.ms)
    for named, allowed in shop.allowed.items():
        taken = spent[named] + out.get(named, 0)
        if taken > max(allowed, shop.at_most.get(named, 0)):
            raise Violation(f"L1 {named}: {spent[named]} spent, {out.get(named, 0)} out, of {allowed}")
        shop.at_most[named] = taken
    if spent["each", "D"] > EACH * SCALE or out.get(("turn", str(shop.account)), 0) > SCALE:
        raise Violation(f"L1 a customer's uses: {spent['each', 'D']}, {out}")
    world.checked("L1")
    ledgers.at_rest(world)


def _spent(connection: Any, shop: Shop) -> Counter[tuple[str, str]]:
    """Return what the accepted orders took, from nothing but themselves."""
    spent: Counter[tuple[str, str]] = Counter()
    account, product = str(shop.account), str(shop.product)
    for told, paid, total, quantity in run(
        connection, "SELECT o.trace, o.paid_from, o.total_amount, sum(l.quantity) FROM \"order\" o "
        "JOIN order_line l ON l.order_id = o.id WHERE o.status = 'accepted' GROUP BY o.id",
    ):  # fmt: skip
        said, purses = json.loads(told), json.loads(paid)
        for each in said["applied"]:
            worth = Decimal(each["amount"]) + Decimal(each["gift_value"])
            spent["budget", each["promotion"]] += int(worth * SCALE)
            spent["uses", each["promotion"]] += SCALE
            spent["each", each["promotion"]] += SCALE
        for lot, amount in said["rebates"]:
            spent["rebate", lot] += int(Decimal(amount) * SCALE)
        for purse, amount in purses.items():
            spent[purse, account] += int(Decimal(amount) * SCALE)
        spent["credit", account] += total - int(sum(map(Decimal, purses.values()), Decimal()) * SCALE)
        spent["stock", product] += quantity * 24
    return spent


def held(connection: Any, at_ms: int) -> Limits:
    """Return what devices may still spend of each limit, by the rows that say so."""
    grace = int(rules.GRACE.total_seconds() * 1000)
    rows = run(
        connection, 'SELECT kind, "key", sum(amount - spent) FROM limit_slice '
        'WHERE archived_at IS NULL AND expires_at > ? GROUP BY kind, "key"', at_ms - grace,
    )  # fmt: skip
    return {(kind, key): left for kind, key, left in rows}


def at_rest(world: World) -> None:
    """L4: no order was refused or held back for a limit that its laptop had kept to."""
    ledgers.at_rest(world)
    if not world.own(Shop).allowed:
        return
    with world.server.reading() as connection:
        held = run(
            connection, "SELECT review_code, review_data FROM \"order\" WHERE status = 'needs_review'"
        ).all()
        # Two laptops of one rep may cancel the same order; that is no matter of limits.
        refused = run(connection, "SELECT code, reason FROM quarantine WHERE code <> 'order_step'").all()
    if held or refused:
        raise Violation(f"L4 {held} {refused}")
    world.checked("L4")


# -- a history ---------------------------------------------------------------------------------


@contextmanager
def world_of(templates: Templates, seed: int) -> Iterator[World]:
    """Make the world of one history; everybody's clock is its own."""
    from tests.simulation import limits
    from tests.simulation.world import World

    with numbered(seed):
        world = World(templates, (devices, exchanges, limits))
        with mock.patch.object(clock, "now", world.clock.now):
            try:
                yield world
            finally:
                world.close()


def play(
    templates: Templates, seed: int, steps: int, more: Rules | None = None,
    at_last: Callable[[World], None] = lambda _world: None,
) -> Counter[str]:  # fmt: skip
    """Play one history; return how often each rule did something, and how many orders were accepted."""
    rules_of = {**SELLING, **(more or {})}
    chance, done = random.Random(seed), Counter[str]()
    with world_of(templates, seed) as world:
        for who in range(len(world.laptops)):
            exchanges.whole_cycle(world, who)
        hand_out(world, chance)
        names, weights = list(rules_of), [weight for weight, _ in rules_of.values()]
        for name in chance.choices(names, weights, k=steps):
            done[name] += rules_of[name][1](world, chance)
            world.clock.tick(60_000)
            world.tell("after_step")
        world.settle()
        at_last(world)
        with world.server.reading() as connection:
            done["accepted"] = run(
                connection, "SELECT count(*) FROM \"order\" WHERE status = 'accepted'"
            ).scalar()
    return done
