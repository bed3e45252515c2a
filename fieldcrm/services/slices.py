"""What this device may still spend of limits: its own slices, signed by the server, less its own orders.

Only a laptop's sessions know a device (``session.info``); for the server there is nothing here. A
device that was never given anything of a limit has nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.products import ProductUnit
from fieldcrm.model.slices import LimitSlice, ScarceStock
from fieldcrm.rules import slices
from fieldcrm.rules.money import CREDIT
from fieldcrm.rules.pricing import trace
from fieldcrm.rules.slices import Limit, Named, Slice

WAITING = (OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW)
DEVICE, SERVER_KEY = "device", "server_key"


@dataclass(frozen=True, slots=True)
class CalledBack:
    """Why and when a part of this device was called back."""

    why: str  # rules/slices.Ended
    at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """What is left of a limit for this device, whether it was ever given anything of it, and what it lost."""

    left: Decimal = Decimal()
    given: bool = False
    lost: CalledBack | None = None


NOTHING = Share()


def left_of_mine(
    session: Session, wanted: Collection[Named], besides: UUID | None = None
) -> dict[Named, Share] | None:
    """Return what is left for this device of each limit asked for; None where there is no device.

    ``besides`` is an order that does not count as one of those that wait.
    """
    device = _known(session, DEVICE)
    if not device:
        return None
    left = dict.fromkeys(wanted, NOTHING)
    rows = _rows(session, device, wanted)
    for named, lost in _lost(rows):
        left[named] = replace(left[named], lost=lost)
    mine = _mine(session, rows)
    for named, given in mine:
        now = left[named].left + slices.sellable([given], clock.now())
        left[named] = replace(left[named], left=now, given=True)
    if not mine:
        return left
    for named, cost in _waiting(session, besides):
        if named in left and left[named].given:
            left[named] = replace(left[named], left=max(left[named].left - cost, Decimal()))
    return left


def _known(session: Session, what: str) -> str:
    known: Callable[[Session], str] | None = session.info.get(what)
    return known(session) if known is not None else ""


def _rows(session: Session, device: str, wanted: Collection[Named]) -> list[LimitSlice]:
    """Return this device's slices of these limits, and those that were called back and are gone."""
    there = or_(LimitSlice.archived_at.is_(None), LimitSlice.ended_by != "")
    query = select(LimitSlice).where(
        LimitSlice.device_id == UUID(device), LimitSlice.key.in_({key for _, key in wanted}), there
    )
    found = session.scalars(query.order_by(LimitSlice.expires_at))
    return [row for row in found if (row.kind, row.key) in wanted]


def _mine(session: Session, rows: Iterable[LimitSlice]) -> list[tuple[Named, Slice]]:
    """Return the slices that are this device's; one that the server did not sign so is none."""
    server = _known(session, SERVER_KEY)
    return [
        ((row.kind, row.key), Slice(row.amount, row.spent, row.expires_at))
        for row in rows
        if row.archived_at is None and (planted("seal_unread") or slices.genuine(_signed(row), server))
    ]


def _lost(rows: Iterable[LimitSlice]) -> Iterator[tuple[Named, CalledBack]]:
    """Yield what was called back lately, the last one last."""
    since = clock.now() - slices.VALID
    for row in rows:
        if row.ended_by and row.expires_at > since:
            yield (row.kind, row.key), CalledBack(row.ended_by, row.expires_at)


def _signed(row: LimitSlice) -> dict[str, Any]:
    """Return a slice as it is stored, which is how the server signed it."""
    return {
        "id": row.id, "kind": row.kind, "key": row.key, "device_id": row.device_id, "seal": row.seal,
        "amount": int(row.amount * SCALE), "spent": int(row.spent * SCALE),
        "expires_at": clock.to_ms(row.expires_at),
    }  # fmt: skip


def _waiting(session: Session, besides: UUID | None) -> Iterator[tuple[Named, Decimal]]:
    """Yield what the user's orders take that the server has not accepted yet; others' are not here."""
    query = select(Order).where(Order.status.in_(WAITING), Order.archived_at.is_(None))
    if besides is not None:
        query = query.where(Order.id != besides)
    for order in session.scalars(query):
        yield from taken(order)
        yield from goods(session, order.id)


def taken(order: Order) -> Iterator[tuple[Named, Decimal]]:
    """Yield what an order takes of promotions, rebates and its customer's money."""
    for used in trace.applied(order.trace):
        yield (Limit.BUDGET, used.promotion), used.amount + used.gift_value
        yield (Limit.USES, used.promotion), Decimal(1)
    for lot, amount in trace.rebates(order.trace):
        yield (Limit.REBATE, lot), amount
    paid = {purse: Decimal(str(part)) for purse, part in (order.paid_from or {}).items()}
    paid[CREDIT] = order.total_amount - sum(paid.values(), Decimal())
    for purse, part in paid.items():
        yield (purse, str(order.account_id)), max(part, Decimal())


def scarce(session: Session) -> frozenset[str]:
    """Return the articles that there is only so much of."""
    query = select(ScarceStock.product_id).where(ScarceStock.archived_at.is_(None))
    return frozenset(map(str, session.scalars(query)))


def goods(session: Session, order_id: UUID) -> Iterator[tuple[Named, Decimal]]:
    """Yield what an order takes of each article, in base units, gifts among it."""
    query = (
        select(OrderLine.product_id, OrderLine.quantity, ProductUnit.factor)
        .outerjoin(
            ProductUnit,
            (ProductUnit.product_id == OrderLine.product_id) & (ProductUnit.unit == OrderLine.unit),
        )
        .where(OrderLine.order_id == order_id)
    )
    for product, quantity, factor in session.execute(query):
        yield (Limit.STOCK, str(product)), quantity * (factor or 1)
