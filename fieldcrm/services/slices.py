"""What this device may still spend of limits that many share: its own slices, less its own orders.

Only a laptop's sessions know a device (``session.info``); for the server there is nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.slices import LimitSlice
from fieldcrm.rules import slices
from fieldcrm.rules.pricing import trace
from fieldcrm.rules.slices import Slice

WAITING = (OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW)
DEVICE = "device"


def left_of_mine(session: Session, codes: Collection[str], besides: UUID | None = None) -> dict[str, Decimal]:
    """Return what is left of this device's slices, by promotion; what it was never given is not named."""
    known: Callable[[Session], str] | None = session.info.get(DEVICE)
    device = known(session) if known is not None else ""
    if not device:
        return {}
    rows = session.scalars(
        select(LimitSlice).where(
            LimitSlice.device_id == UUID(device), LimitSlice.promotion_code.in_(codes),
            LimitSlice.archived_at.is_(None),
        )
    ).all()  # fmt: skip
    left = dict.fromkeys((row.promotion_code for row in rows), Decimal())
    for row in rows:
        given = Slice(row.amount, row.spent, row.expires_at)
        left[row.promotion_code] += slices.sellable([given], clock.now())
    for code, cost in _waiting(session, {row.rep_id for row in rows}, besides):
        if code in left:
            left[code] = max(left[code] - cost, Decimal())
    return left


def _waiting(session: Session, reps: Collection[UUID], besides: UUID | None) -> list[tuple[str, Decimal]]:
    """Return what the user's orders cost that the server has not accepted yet."""
    query = select(Order.trace).where(
        Order.status.in_(WAITING), Order.rep_id.in_(reps), Order.trace.is_not(None),
        Order.archived_at.is_(None),
    )  # fmt: skip
    if besides is not None:
        query = query.where(Order.id != besides)
    return [
        (used.promotion, used.amount + used.gift_value)
        for told in session.scalars(query)
        for used in trace.applied(told)
    ]
