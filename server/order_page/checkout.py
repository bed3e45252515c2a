"""The basket as it will be ordered, and the order (R1).

An order is made once under its basket's number, however often it is confirmed: who lost the answer
and presses again is led to the order that was made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection

from fieldcrm.clock import business_day, to_ms
from fieldcrm.errors import NotFound, SignInRequired
from fieldcrm.faults import planted
from fieldcrm.ids import new_id
from fieldcrm.model.orders import Origin
from fieldcrm.services import orders
from fieldcrm.services.pricing import DraftLine
from fieldcrm.sync.protocol import Mutation, Op
from server import scope
from server.batch import Batch
from server.decide import decide
from server.order_page import past
from server.order_page.basket import Basket, Line
from server.order_page.counter import Bill, Counter, draft
from server.order_page.shop import inside
from server.scope import Principal

PORTAL = uuid5(NAMESPACE_URL, "fieldcrm:order-page")
is_number = re.compile(r"[0-9a-f]{12}").fullmatch
is_amount = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}").fullmatch  # 1e999999 would be a megabyte of zeros


@dataclass(frozen=True, slots=True)
class Checked:
    """What was put together with its prices, what is wrong with it, and what is inside its lines."""

    account: str
    bill: Bill
    basket: Basket
    today: date
    names: dict[str, str]
    insides: dict[str, tuple[str, ...]]

    @property
    def can_order(self) -> bool:
        """Whether nothing stands in the way."""
        return self.bill.is_sound and not self.basket.wrong and is_day(self.basket.wanted_on, self.today)


def is_day(said: str, today: date) -> bool:
    """Say whether what was typed is a day that still comes, or none."""
    day = read_day(said)
    return not said.strip() or (day is not None and day >= today)


def read_day(said: str) -> date | None:
    """Return the day that was typed; None when it is none."""
    try:
        return date.fromisoformat(said.strip())
    except ValueError:
        return None


def checked(counter: Counter) -> Checked:
    """Return the basket at the prices of this moment, promotions and gifts among it."""
    bill, basket = counter.bill(), counter.basket
    keys = [*(str(line.product) for line in basket.lines), *(g.product for g in bill.quote.priced.gifts)]
    return Checked(
        counter.opened.account.name, bill, basket, business_day(counter.at),
        {key: counter.name(key) for key in keys},
        {line.key: inside(counter, line) for line in basket.lines if line.chosen is not None},
    )  # fmt: skip


def order(counter: Counter, number: str, content: str) -> UUID | None:
    """Write the order as its rep's draft; None when it is no longer what was shown."""
    if not is_number(number):
        raise NotFound("order", number)
    now = checked(counter)
    if number != counter.basket.number or content != now.bill.content or not now.can_order:
        return None
    session, found, at = counter.session, counter.opened, counter.at
    order_id = orders.start(
        session, found.account.id, me=found.rep.id, at=at, origin=Origin.CUSTOMER, number=f"W-{number}"
    )
    orders.save(
        session, order_id, _lines(now.bill.lines), at=at, note=counter.basket.note,
        wanted_on=read_day(counter.basket.wanted_on),
    )  # fmt: skip
    session.flush()
    return order_id


def _lines(lines: tuple[Line, ...]) -> list[DraftLine]:
    return list(map(draft, lines))


def submit(connection: Connection, counter: Counter, order_id: UUID, at: datetime) -> None:
    """Hand the draft over as its rep's laptop would; who may no longer do so ends the page."""
    rep = counter.opened.rep
    try:
        me = scope.confirmed(connection, Principal(rep.id, rep.role, rep.territory_id, PORTAL))
    except SignInRequired as error:
        raise NotFound("order_link", "") from error
    at_ms = to_ms(at)
    batch = Batch(connection, scope.standing(connection, me, [], at_ms), at_ms, at_ms)
    act = Mutation(str(new_id()), 1, ("order", str(order_id)), Op.ACT, at_ms, act="submit")
    batch.prepare([act])
    batch.accept(decide(batch, act))
    batch.flush()


def was_made(counter: Counter, number: str) -> bool:
    """Say whether an order was made under a number before."""
    if planted("page_forgets"):
        return False
    return bool(is_number(number)) and past.key_of(counter, number) is not None
