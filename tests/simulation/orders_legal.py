"""Orders that can be accepted, and what may become of any order (I13).

The prices and the state machine are said once more here, in the oracle's own words.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert

from fieldcrm.ids import new_id
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.prices import BookLevel, PriceBook, PriceEntry
from fieldcrm.model.products import Product, ProductUnit
from server.database import run
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

DAY = date(2026, 3, 2)
PRICE = Decimal(48)
TAX = {2: Decimal("11.04"), 3: Decimal("16.57")}
SCALE = 10_000
FOLLOWS = {
    "draft": {"submitted", "cancelled"},
    "submitted": {"accepted", "needs_review", "cancelled"},
    "needs_review": {"submitted", "accepted", "cancelled"},
    "accepted": set(),
    "cancelled": set(),
}


@dataclass
class Sold:
    """What can be sold here, and how far each order had come in this incarnation of the server."""

    product: UUID = field(default_factory=new_id)
    book: UUID = field(default_factory=new_id)
    epoch: str = ""
    written: int = -1
    status: dict[str, str] = field(default_factory=dict)

    def forget(self) -> None:
        """Know nothing of how far orders had come: the server was set back."""
        self.status, self.written = {}, -1


def begin(world: World) -> None:
    """Put an article with a price into the catalogue."""
    sold = world.own(Sold)
    with world.server.writing() as connection:
        connection.execute(insert(Product).values(
            id=sold.product, code="S", name="S", base_unit="瓶", sales_unit="箱", standard_price=Decimal(2),
            tax_rate=Decimal("0.13")))  # fmt: skip
        connection.execute(insert(ProductUnit).values(
            id=new_id(), product_id=sold.product, unit="箱", factor=Decimal(24), position=0))  # fmt: skip
        connection.execute(insert(PriceBook).values(
            id=sold.book, code="L", name="L", level=BookLevel.LIST, entry_count=1))  # fmt: skip
        connection.execute(insert(PriceEntry).values(
            id=new_id(), price_book_id=sold.book, product_id=sold.product, unit="箱",
            price=PRICE))  # fmt: skip
    world.oracle.people.common.add(f"pricebook:{sold.book}")


def take_order(world: World, chance: random.Random) -> bool:
    """Somebody takes an order of priced articles and hands it in; now and then at a wrong price."""
    laptop = world.someone(chance)
    account = world.one(laptop, "account", chance)
    if account is None:
        return False
    territory = laptop.raw("SELECT territory_id FROM account WHERE id = ?", str(account))[0][0]
    quantity = chance.choice(sorted(TAX))
    price = chance.choice([PRICE, PRICE, PRICE - 1])
    order = Order(
        id=new_id(), provisional_number=world.fresh("S"), account_id=account, territory_id=UUID(territory),
        rep_id=laptop.user, ordered_on=DAY, status=OrderStatus.SUBMITTED,
    )  # fmt: skip
    line = OrderLine(id=new_id(), order_id=order.id, product_id=world.own(Sold).product, unit="箱",
                     price_book_id=world.own(Sold).book, tax_rate=Decimal("0.13"))  # fmt: skip
    _priced(order, line, quantity, price)
    laptop.save(lambda session: session.add_all([order, line]))
    return True


def correct_order(world: World, chance: random.Random) -> bool:
    """An order that needs attention gets the right price and goes out again."""

    def change(session: Any, order: Order) -> None:
        for line in session.query(OrderLine).filter_by(order_id=order.id, unit="箱"):
            _priced(order, line, int(line.quantity), PRICE)
        order.status = OrderStatus.SUBMITTED

    return _with_refused(world, chance, change)


def give_up_order(world: World, chance: random.Random) -> bool:
    """An order that needs attention is cancelled."""
    return _with_refused(
        world, chance, lambda _session, order: setattr(order, "status", OrderStatus.CANCELLED)
    )


def _with_refused(world: World, chance: random.Random, change: Callable[[Any, Order], None]) -> bool:
    laptop: Laptop = world.someone(chance)
    query = "SELECT id FROM 'order' WHERE status = 'needs_review' AND rep_id = ? ORDER BY id"
    found = laptop.raw(query, str(laptop.user))
    if not found:
        return False
    order = UUID(chance.choice(found)[0])
    laptop.save(lambda session: change(session, session.get_one(Order, order)))
    return True


def _priced(order: Order, line: OrderLine, quantity: int, price: Decimal) -> None:
    net = price * quantity
    line.quantity, line.unit_price = Decimal(quantity), price
    line.gross_amount = line.net_amount = net
    line.tax_amount = order.tax_amount = TAX[quantity]
    order.goods_amount = order.total_amount = net


RULES = {
    "take_order": (3, take_order),
    "correct_order": (2, correct_order),
    "give_up_order": (1, give_up_order),
}


def after_step(world: World) -> None:
    """I13: an order only ever goes where its status may go."""
    sold, written = world.own(Sold), world.written()
    if written == sold.written:
        return
    sold.written = written
    with world.server.reading() as connection:
        epoch = run(connection, "SELECT epoch FROM sync_epoch ORDER BY n DESC LIMIT 1").scalar()
        now = dict(run(connection, 'SELECT id, status FROM "order"').all())
    if epoch != sold.epoch:  # restored from a backup: orders are where they were then
        sold.epoch, sold.status = str(epoch), {}
    for order, status in now.items():
        before = sold.status.get(order, "draft")
        if status not in _reachable(before):
            raise Violation(f"I13 order {order} went from {before} to {status}")
    sold.status |= now
    world.checked("I13")


def _reachable(status: str) -> set[str]:
    """Return every status that a few mutations of one push can lead to."""
    found = {status}
    while more := {following for known in found for following in FOLLOWS[known]} - found:
        found |= more
    return found


def at_rest(world: World) -> None:
    """I13: what was accepted has its number once, our prices, and sums that follow from its lines."""
    sold = str(world.own(Sold).product)
    with world.server.reading() as connection:
        orders = run(
            connection, 'SELECT id, number, goods_amount, tax_amount, total_amount FROM "order" '
            "WHERE status = 'accepted'",
        ).all()  # fmt: skip
        lines = run(
            connection,
            "SELECT order_id, product_id, quantity, unit_price, net_amount, tax_amount FROM order_line",
        ).all()
    numbers = [number for _, number, *_ in orders]
    if None in numbers or len(set(numbers)) < len(numbers):
        raise Violation(f"I13 accepted orders have the numbers {numbers}")
    for order, _, goods, tax, total in orders:
        owed = [_owed(order, sold, line) for line in lines if line[0] == order]
        if (goods, tax, total) != (sum(n for n, _ in owed), sum(t for _, t in owed), sum(n for n, _ in owed)):
            raise Violation(f"I13 order {order} was accepted with {(goods, tax, total)} for {owed}")
    world.checked("I13")


def _owed(order: str, sold: str, line: tuple[Any, ...]) -> tuple[int, int]:
    _, product, quantity, price, net, tax = line
    right = (PRICE * SCALE, PRICE * quantity, TAX.get(quantity // SCALE, Decimal()) * SCALE)
    if product != sold or (price, net, tax) != right:
        raise Violation(f"I13 order {order} was accepted with the line {line}")
    return net, tax
