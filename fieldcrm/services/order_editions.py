"""The editions of an order one after the other, each with what the next one changed (R1).

The server keeps what was replaced. What was amended here and is not sent yet is told by the waiting
acts themselves: each carries what stood there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import from_ms
from fieldcrm.model.fulfilment import OrderVersion
from fieldcrm.model.orders import Order
from fieldcrm.model.products import Product
from fieldcrm.rules import items
from fieldcrm.rules.items import Change, Item
from fieldcrm.rules.pricing import bills
from fieldcrm.services import pricing


@dataclass(frozen=True, slots=True)
class Waiting:
    """An amendment that is not sent yet: when, and (before, after) of what it changes."""

    at: datetime
    changes: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition that was replaced: its total, why and when, and what the next one changed."""

    number: int
    total: Decimal
    reason: str
    replaced_at: datetime
    changes: tuple[Change, ...]
    next_total: Decimal


@dataclass(frozen=True, slots=True)
class _Whole:
    number: int
    total: Decimal
    items: tuple[Item, ...]
    reason: str
    at: datetime


def of_order(session: Session, order_id: UUID, waiting: Sequence[Waiting] = ()) -> tuple[Edition, ...]:
    """Return the editions that were replaced, the latest first."""
    order = session.get(Order, order_id)
    if order is None:
        return ()
    lines = [_of_row(line) for line in pricing.order_lines(session, order_id)]
    now = order.submitted_at or from_ms(0)
    after = _Whole(order.edition, order.total_amount, tuple(lines), order.reason, now)
    found: list[Edition] = []
    for before in (*_unsent(after, waiting), *_kept(session, order_id, order.edition - len(waiting))):
        found.append(_edition(before, after))
        after = before
    return tuple(found)


def _edition(before: _Whole, after: _Whole) -> Edition:
    changes = items.changes(before.items, after.items)
    return Edition(before.number, before.total, before.reason, before.at, tuple(changes), after.total)


def _unsent(now: _Whole, waiting: Sequence[Waiting]) -> Iterable[_Whole]:
    after = now
    for act in reversed(waiting):
        told = act.changes
        items = _of_wire(told["lines"][0] or ()) if "lines" in told else after.items
        total = Decimal(str(told["total_amount"][0])) if "total_amount" in told else after.total
        reason = str(told["reason"][1]) if "reason" in told else after.reason
        after = _Whole(after.number - 1, total, items, reason, act.at)
        yield after


def _kept(session: Session, order_id: UUID, until: int) -> Iterable[_Whole]:
    query = select(OrderVersion).where(OrderVersion.order_id == order_id, OrderVersion.edition < until)
    for row in session.scalars(query.order_by(OrderVersion.edition.desc())):
        items = _of_wire(row.content.get("lines") or ())
        yield _Whole(row.edition, row.total_amount, items, row.reason, row.replaced_at)


def _of_row(line: Any) -> Item:
    return Item(
        str(line.product_id), line.unit, line.quantity, line.unit_price, line.net_amount,
        gift_by=line.gift_by, chosen=bills.heard(line.configuration),
    )  # fmt: skip


def _of_wire(lines: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    return tuple(
        Item(
            str(line["product_id"]), str(line["unit"]), Decimal(str(line["quantity"])),
            Decimal(str(line["unit_price"])), Decimal(str(line["net_amount"])),
            gift_by=line.get("gift_by"), chosen=bills.heard(line.get("configuration")),
        )
        for line in lines
    )  # fmt: skip


def names(session: Session, editions: Iterable[Edition]) -> dict[str, str]:
    """Return the names of the goods that editions mention, by id."""
    ids = {
        UUID(item.product) for each in editions for change in each.changes
        for item in (change.before, change.after) if item is not None
    }  # fmt: skip
    rows = session.execute(select(Product.id, Product.name).where(Product.id.in_(ids)))
    return {str(key): name for key, name in rows}
