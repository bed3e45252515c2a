"""What is sold in a history of sales: articles, prices, rules, limits, and who sells.

Laptops price, pay and submit with the product's own services on their own files. The oracle
remembers what the office published and allowed, and whether anything happened that excuses an
order which has to wait: a restore, a copy, a laptop that was lost.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.ids import new_id
from fieldcrm.model.boms import BomGroup, BomNode, SalesBom
from fieldcrm.model.money import MoneyEntry, Purse
from fieldcrm.model.prices import BookLevel, OnChange, PriceBook, PriceEntry
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.model.promotions import Promotion, PromotionTarget
from fieldcrm.model.rebates import RebateProgram
from fieldcrm.model.selling import ApprovalRung
from fieldcrm.model.slices import ScarceStock
from fieldcrm.model.users import Role
from fieldcrm.services.pricing import DraftLine
from fieldcrm.storage import device
from server import approver_keys, handing, keys, ledger, quote_sheets
from server.database import run
from server.rule_sets import Change, Edition, publish
from server.scope import Principal
from tests.simulation.laptop import Laptop

if TYPE_CHECKING:
    from tests.simulation.world import World

SCALE = 10_000
BUDGET, USES, STOCK, CREDIT, PREPAY = 90, 7, 24 * 60, 4_000, 300
RUNGS = (("3", None), ("10", "manager"), ("20", "director"))
PERCENT = Decimal(4)  # of what a month's orders cost, as a rebate
_BOOKS = (("tea", OnChange.HONOUR), ("rare", OnChange.REPRICE), ("box", OnChange.APPROVE))
_PRICES = {"tea": Decimal(48), "rare": Decimal(30), "box": Decimal(60)}


@dataclass
class Shop:
    """What can be sold, what was published of it in each set, and how much the office allowed."""

    goods: dict[str, UUID] = field(default_factory=lambda: {name: new_id() for name, _ in _BOOKS})
    books: dict[str, UUID] = field(default_factory=lambda: {name: new_id() for name, _ in _BOOKS})
    inside: list[UUID] = field(default_factory=list)
    office: UUID = field(default_factory=new_id)
    prices: dict[int, dict[str, Decimal]] = field(default_factory=dict)
    off: dict[int, str] = field(default_factory=dict)
    allowed: dict[tuple[str, str], int] = field(default_factory=dict)
    excused: str = ""

    @property
    def named(self) -> dict[str, str]:
        """Return the articles by id."""
        return {str(key): name for name, key in self.goods.items()}


def begin(world: World) -> None:
    """Fill the catalogue, publish the first rules, and give a rep his second laptop."""
    shop = world.own(Shop)
    with world.server.writing() as connection:
        for table, values in _rows(world, shop):
            connection.execute(insert(table).values(**values))
        run(connection, "UPDATE account SET credit_limit = ?", CREDIT * SCALE)
        for (account,) in run(connection, "SELECT id FROM account ORDER BY id").all():
            shop.allowed["credit", account] = CREDIT * SCALE
    world.oracle.people.common |= {f"pricebook:{key}" for key in shop.books.values()}
    world.add_laptop(*world.users[0])
    publish_set(world, "First", _rules(shop))
    shop.prices, shop.off = {1: dict(_PRICES)}, {1: "5"}
    for laptop in world.laptops:
        know_server(world, laptop)
    shop.allowed |= {
        ("budget", "B"): BUDGET * SCALE, ("uses", "C"): USES * SCALE,
        ("stock", str(shop.goods["rare"])): STOCK * SCALE,
    }  # fmt: skip
    give_out(world)


def publish_set(world: World, name: str, rules: Any = (), prices: Any = ()) -> int:
    """Publish a set of rules that is in force from now on; return its number."""
    at = world.clock.now()
    with world.server.writing() as connection, Session(
        connection, join_transaction_mode="create_savepoint"
    ) as session:  # fmt: skip
        number = publish(session, Edition(name, at, rules, prices), at).number
        session.commit()
    return number


def know_server(world: World, laptop: Laptop) -> None:
    """Do what a sign-in brings: the device's id, the server's key, and an approver's own."""
    me = str(laptop.device)
    with world.server.writing() as connection:
        enrol = "INSERT INTO device (id, user_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"
        run(connection, enrol, me, str(laptop.user))
        told = {"server_key": keys.public(connection),
                "approver_key": approver_keys.told(connection, laptop.user, str(laptop.role))}  # fmt: skip
    with laptop.database.writing() as session:
        device.remember(session, device.DEVICE_ID, me)
        device.remember(session, device.TOKENS, told)


def _rules(shop: Shop) -> list[Change]:
    group, box = new_id(), shop.goods["box"]
    parts: list[Any] = [BomGroup(id=group, name="flavour", required=True, least=1, most=1)]
    for n, flavour in enumerate(shop.inside):
        parts.append(BomNode(id=new_id(), group_id=group, product_id=flavour, delta=Decimal(2 * n),
                             least=Decimal(1), most=Decimal(1), step=Decimal(1)))  # fmt: skip
    earn = {"period": "month", "tiers": [{"min_amount": "0", "percent": str(PERCENT)}]}
    program = {"code": "M", "name": "M", "max_order_percent": Decimal(20), "earn": earn}
    return [
        budgeted("5"),
        promotion("C", {"amount_off": "1.00"}, max_uses_in_all=USES),
        promotion("D", {"amount_off": "0.50"}, max_uses=4),
        *(Change(ApprovalRung, up, {"up_to_percent": Decimal(up), "approver": by}) for up, by in RUNGS),
        Change(RebateProgram, "M", program),
        Change(SalesBom, str(box), {"host_id": box, "name": "box"}, parts),
    ]


def budgeted(percent: str) -> Change:
    """Return the promotion that has a budget, with so much off."""
    return promotion("B", {"percent_off": percent}, budget=Decimal(BUDGET))


def promotion(code: str, give: dict[str, Any], **fields: Any) -> Change:
    """Return a promotion on whole orders."""
    told = {"code": code, "name": code, "target": PromotionTarget.ORDER, "give": give, **fields}
    return Change(Promotion, code, told)


def _rows(world: World, shop: Shop) -> Iterator[tuple[Any, dict[str, Any]]]:
    shop.inside = [new_id(), new_id()]
    yield ProductUnit, {"id": new_id(), "product_id": world.product, "unit": "箱", "factor": Decimal(24)}
    for n, key in enumerate((*shop.goods.values(), *shop.inside)):
        yield Product, {"id": key, "code": f"G{n}", "name": f"G{n}", "base_unit": "瓶", "sales_unit": "箱",
                        "standard_price": Decimal(2), "tax_rate": Decimal("0.13")}  # fmt: skip
        yield ProductUnit, {"id": new_id(), "product_id": key, "unit": "箱", "factor": Decimal(24)}
    for name, policy in _BOOKS:
        book = shop.books[name]
        yield PriceBook, {"id": book, "code": name, "name": name, "level": BookLevel.LIST, "entry_count": 1,
                          "on_change": policy, "honour_days": 3}  # fmt: skip
        yield PriceEntry, {"id": new_id(), "price_book_id": book, "product_id": shop.goods[name],
                           "unit": "箱", "price": _PRICES[name]}  # fmt: skip
    rare = shop.goods["rare"]
    yield ScarceStock, {"id": ledger.stock_id(str(rare)), "product_id": rare, "quantity": Decimal(STOCK),
                        "sold": Decimal()}  # fmt: skip


# -- what steps share ----------------------------------------------------------------------------


def at_the_desk(world: World) -> Principal:
    """Return somebody of the office who may do everything there."""
    return Principal(world.users[2][0], Role.ADMIN, None, world.own(Shop).office)


def wanted(world: World, chance: random.Random, *, dear: bool = False) -> list[DraftLine]:
    """Draw what somebody orders; ``dear``: at a price of the rep's own, which somebody must agree to."""
    shop, found = world.own(Shop), []
    for name in chance.sample(sorted(shop.goods), chance.choice((1, 1, 2, 3))):
        quantity, key = Decimal(chance.choice((1, 1, 2, 3))), shop.goods[name]
        chosen = ((str(chance.choice(shop.inside)), Decimal(1)),) if name == "box" else ()
        asked = None
        if dear and name == "tea":
            asked = chance.choice((Decimal("46.00"), Decimal("44.50"), Decimal("41.00")))
        found.append(DraftLine(key, "箱", quantity, asked, chosen))
    return found


def tried(laptop: Laptop, work: Callable[[Session], Any], crash: str | None = None) -> bool:
    """Save something that a screen may refuse in words; nobody sells before the first sync is through."""
    if not laptop.raw("SELECT 1 FROM cursor_history WHERE whole LIMIT 1"):
        return False
    with suppress(FieldCrmError):
        return laptop.save(work, crash)
    return False


def mine(laptop: Laptop, chance: random.Random, table: str, where: str, *values: Any) -> UUID | None:
    """Draw one of a rep's own rows on his laptop."""
    query = f'SELECT id FROM "{table}" WHERE rep_id = ? AND ({where}) ORDER BY id'
    found = laptop.raw(query, str(laptop.user), *values)
    return UUID(chance.choice(found)[0]) if found else None


def hand_out(world: World, _chance: random.Random) -> bool:
    """The server's job gives slices and sheets of codes, and takes back what is over."""
    return give_out(world)


def give_out(world: World) -> bool:
    """Do what the server's jobs do now and then."""
    at = world.clock.now()
    given = handing.hand_out(world.server, at) + handing.hand_out_customers(world.server, at)
    return bool(given + handing.take_back(world.server, at) + quote_sheets.hand_out(world.server, at))


def days_pass(world: World, chance: random.Random) -> bool:
    """Some days pass: slices, quotes and codes end, a month may."""
    world.clock.tick(chance.choice((1, 1, 2, 5, 15)) * 86_400_000)
    return True


def pay_in(world: World, chance: random.Random) -> bool:
    """A customer pays something ahead."""
    account = world.one_of_office(chance)
    if account is None:
        return False
    amount, territory = chance.randrange(20, PREPAY), world.oracle.accounts[account]["territory_id"]
    with world.server.writing() as connection:
        connection.execute(insert(MoneyEntry).values(
            id=new_id(), purse=Purse.PREPAY, amount=Decimal(amount), booked_on=world.clock.now().date(),
            account_id=UUID(account), territory_id=UUID(territory)))  # fmt: skip
    return True


def meet(world: World, chance: random.Random) -> bool:
    """Two laptops sync well, one after the other: what one handed in reaches the other."""
    able = [n for n, laptop in enumerate(world.laptops) if not laptop.is_locked]
    for who in chance.sample(able, min(2, len(able))):
        world.sync(who)
        world.sync(who)
    return True


RULES = {
    "hand_out": (3, hand_out), "days_pass": (1, days_pass), "pay_in": (1, pay_in), "meet": (8, meet),
}  # fmt: skip


def after_step(world: World) -> None:
    """A step takes a minute."""
    world.clock.tick(60_000)


def moved(world: World, laptop: Laptop) -> None:
    """A copy that became another device knows itself by its new id."""
    know_server(world, laptop)
