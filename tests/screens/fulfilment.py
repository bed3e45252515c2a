"""Orders after they were handed over: delivered in part, amended, given back; a manager agrees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldcrm.model.orders import Fulfilment, Order, OrderStatus, Origin
from fieldcrm.services import pricing, returns
from fieldcrm.ui.orders.giving_back import ReturnDialog
from fieldcrm.ui.widgets.overlays import Dialog
from tests.screens.stage import Stage
from tests.ui.conftest import NOW, TODAY
from tests.ui.orders.test_after_orders import delivery, kept

DATA = ("门店要多一些", "破损")


def rep(stage: Stage) -> None:
    """See what became of an order, what comes back, and why an order is changed."""
    with stage.office():
        partly, begun = stage.write(lambda s: _become(s, stage.context.me.id))
    page: Any = stage.open("orders", order_id=partly)
    stage.take("21-orders-partly-delivered", layout=page.table.setFocus, data=DATA)
    page.detail._return.click()
    stage.settle()
    stage.take("21-order-return", data=DATA)
    stage.window.findChild(ReturnDialog).leave()
    page = stage.open("order", order_id=begun)
    page.detail._cancel.click()
    stage.settle()
    stage.take("21-order-cancel", primaries=0, data=DATA)
    stage.window.findChildren(Dialog)[-1].leave()


def manager(stage: Stage) -> None:
    """Agree to an order that waits."""
    with stage.office():
        waits = stage.write(_waits)
    page: Any = stage.open("orders", order_id=waits)
    stage.take("46-order-to-agree-to", layout=page.table.setFocus)


def _latest(session: Session, many: int) -> list[Order]:
    wanted = select(Order).where(Order.status == OrderStatus.ACCEPTED).order_by(Order.ordered_on.desc())
    return list(session.scalars(wanted.limit(many)))


def _become(session: Session, me: UUID) -> tuple[UUID, UUID]:
    partly, begun, *others = _latest(session, 5)
    lines = pricing.order_lines(session, partly.id)
    told = {str(line.id): str(line.quantity if n else 1) for n, line in enumerate(lines[:-1])}
    session.add_all([kept(session, partly), delivery(partly, told, TODAY)])
    session.flush()
    returns.make(session, partly.id, {str(lines[0].id): Decimal(1)}, "破损", me=me, at=NOW)
    _put(session, partly, fulfilment=Fulfilment.PARTLY, edition=2)
    for order, origin in zip(others, (Origin.CUSTOMER, Origin.QUOTE, Origin.REPEAT), strict=True):
        _put(session, order, origin=origin, fulfilment=Fulfilment.DELIVERED)
    return partly.id, begun.id


def _waits(session: Session) -> UUID:
    [order] = _latest(session, 1)
    data = {"by": "manager", "percent": "7.5"}
    _put(session, order, status=OrderStatus.NEEDS_REVIEW, review_code="needs_approval", review_data=data)
    return order.id


def _put(session: Session, order: Order, **values: Any) -> None:
    session.execute(update(Order).where(Order.id == order.id).values(**values))
