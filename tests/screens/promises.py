"""An order of a quote, prices that moved meanwhile, a change that was refused; who holds parts of limits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.products import Product
from fieldcrm.services import orders, pricing
from fieldcrm.storage.local import OutboxEntry, OutboxState
from fieldcrm.sync.limits import Held
from fieldcrm.ui.limits import lowered
from fieldcrm.ui.widgets.overlays import Dialog
from tests.screens.stage import Stage
from tests.ui.conftest import NOW
from tests.ui.limits.test_limits import BUDGET, STOCK
from tests.ui.orders.test_order_screens import busiest_account
from tests.ui.orders.test_prices_on_screen import CHIPS, TEA
from tests.ui.orders.test_quoted_orders import ordered, raise_price

DATA = ("清泉矿泉水 550ml", "春季满减", "陈嘉禾", "周敏", "LAPTOP-7", "周末促销", "财务")


def rep(stage: Stage) -> None:
    """Take the order of a quote, change it, see newer prices; send a refused change again."""
    me = stage.context.me.id
    with stage.office():
        product = stage.read(lambda s: s.scalars(select(Product).where(Product.name == CHIPS)).one())
        key = stage.write(lambda s: ordered(s, me, product.id, "箱"))
    page: Any = stage.open("order", order_id=key)
    stage.take("24-order-of-a-quote", layout=page.entry.table.setFocus, data=DATA)
    page.entry.set_quantity((product.id, "箱"), Decimal(3))
    stage.take("24-order-beyond-its-quote", layout=page.entry.table.setFocus, data=DATA)
    tea = stage.read(lambda s: s.scalars(select(Product).where(Product.name == TEA)).one())
    page.entry.set_quantity((tea.id, "箱"), Decimal(4))
    with stage.office():
        stage.write(lambda s: raise_price(s, tea.id, "箱"))
    page.refresh()
    stage.settle()
    stage.take("24-order-prices-moved", layout=page.entry.table.setFocus, data=DATA)
    page.entry.moved.see()
    stage.settle()
    stage.take("24-order-difference", data=DATA)
    stage.window.findChildren(Dialog)[-1].leave()
    page.entry.moved.take()
    _refused(stage, me)


def _refused(stage: Stage, me: UUID) -> None:
    with stage.office():
        key = stage.write(lambda s: _accepted(s, me))
    stage.write(lambda s: _changed(s, key))
    with stage.office():
        stage.write(lambda s: _turned_down(s, key))
    page: Any = stage.open("order", order_id=key)
    stage.take("24-change-refused", data=DATA)
    mutation = stage.read(lambda s: s.scalars(select(OutboxEntry.mutation_id).where(_IS_IT)).one())
    page.detail.after.again.emit(mutation)
    stage.settle()
    stage.take("24-change-typed-on", layout=page.entry.table.setFocus, data=DATA)
    page._draft = None  # nothing of it is kept for the walks after this one


_IS_IT = OutboxEntry.act == "amend"


def _accepted(session: Session, me: UUID) -> UUID:
    account = busiest_account(session)
    key = orders.start(session, account, me=me, at=NOW)
    orders.save(session, key, orders.last_lines(session, account), at=NOW)
    orders.submit(session, key, at=NOW)
    session.flush()
    _put(session, key, status=OrderStatus.ACCEPTED, number="SO-2026-000077", version=3)
    return key


def _changed(session: Session, key: UUID) -> None:
    orders.amend(session, key, pricing.draft_lines(session, key)[1:], reason="周末促销", at=NOW)


def _turned_down(session: Session, key: UUID) -> None:
    said = {"state": OutboxState.REJECTED, "outcome": "rejected", "code": "order_amended_meanwhile"}
    session.execute(update(OutboxEntry).where(_IS_IT).values(said))
    _put(session, key, status=OrderStatus.ACCEPTED, edition=1)


def _put(session: Session, key: UUID, **values: Any) -> None:
    session.execute(update(Order).where(Order.id == key).values(**values))


def office(stage: Stage) -> None:
    """See which laptops hold parts of limits, with and without any, and call them back."""
    page: Any = stage.open("limits")
    stage.take("88-limits-offline", data=DATA)
    found: tuple[Held, ...] = (BUDGET, STOCK)
    page.show_limits(found)
    stage.take("88-limits", layout=page.table.setFocus, data=DATA)
    page.ask()
    stage.settle()
    stage.take("88-limit-call-back", data=DATA)
    stage.window.findChildren(Dialog)[-1].leave()
    lowered.tell(page, found)
    stage.settle()
    stage.take("88-limit-lowered", data=DATA)
    stage.window.findChildren(Dialog)[-1].leave()
