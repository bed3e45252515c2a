"""A change of an order that the office refused: what was typed, and the ways to send it again.

What the refused act held stays in the outbox until somebody settles it. As long as the order may
still change, it opens in the entry once more; afterwards what it would have added becomes an order
of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.model.orders import Order
from fieldcrm.rules import orders as rules
from fieldcrm.rules.money import ORDER_OF_USE
from fieldcrm.rules.pricing import bills, rebates
from fieldcrm.services import conflicts, orders, pricing, returns
from fieldcrm.services.pricing import DraftLine
from fieldcrm.storage import drafts
from fieldcrm.storage.local import OutboxEntry, OutboxState
from fieldcrm.sync import outbox, status
from fieldcrm.ui.orders.draft import Draft

ACTS = ("amend", "cancel", "approve")


@dataclass(frozen=True, slots=True)
class Refused:
    """An act on an order that the server refused; ``wanted`` is what it was to set, as it was sent.

    ``may_change`` says whether the order may still become another edition.
    """

    mutation_id: UUID
    act: str
    code: str
    wanted: Mapping[str, Any]
    may_change: bool = False

    @property
    def reason(self) -> str:
        """Why the order was to be changed."""
        return str(self.wanted.get("reason") or "")


def last(session: Session, order_id: UUID) -> Refused | None:
    """Return the last act on an order that was refused and not settled."""
    entry = _entry(session, OutboxEntry.row_id == order_id)
    return None if entry is None else _refused(session, entry)


def one(session: Session, mutation_id: UUID) -> Refused | None:
    """Return a refused act, unless somebody settled it meanwhile."""
    entry = _entry(session, OutboxEntry.mutation_id == mutation_id)
    return None if entry is None else _refused(session, entry)


def _entry(session: Session, which: Any) -> OutboxEntry | None:
    query = select(OutboxEntry).where(
        which, OutboxEntry.entity == "order", OutboxEntry.act.in_(ACTS),
        OutboxEntry.state == OutboxState.REJECTED, OutboxEntry.outcome != outbox.SETTLED,
    )  # fmt: skip
    return session.scalars(query.order_by(OutboxEntry.n.desc()).limit(1)).first()


def _refused(session: Session, entry: OutboxEntry) -> Refused:
    said = outbox.mutation(entry.payload).set or {}
    order = session.get(Order, entry.row_id)
    may = order is not None and rules.may_change(
        order.status, order.fulfilment, returned=returns.has_any(session, order.id)
    )
    wanted = {name: change.new for name, change in said.items()}
    return Refused(entry.mutation_id, str(entry.act), str(entry.code), wanted, may)


def lines(refused: Refused) -> list[DraftLine] | None:
    """Return what was to be ordered, without gifts; None when the lines were to stay."""
    if "lines" not in refused.wanted:
        return None
    return [
        DraftLine(
            UUID(str(line["product_id"])), str(line["unit"]), Decimal(str(line["quantity"])),
            _amount(line.get("manual_price")), bills.heard(line.get("configuration")),
        )
        for line in refused.wanted["lines"] or ()
        if line.get("gift_by") is None
    ]  # fmt: skip


def _amount(said: Any) -> Decimal | None:
    return None if said is None else Decimal(str(said))


def put_into(draft: Draft, refused: Refused) -> None:
    """Put what was typed into a draft that holds the order as it stands."""
    wanted, goods = refused.wanted, lines(refused)
    if goods is not None:
        draft.fill(goods)
    if wanted.get("wanted_on"):
        draft.wanted_on = date.fromisoformat(str(wanted["wanted_on"]))
    if "note" in wanted:
        draft.note = str(wanted["note"] or "")
    if "rebates" in wanted:
        asked = {str(key) for key, _ in wanted["rebates"] or ()}
        draft.uses_rebate, draft.takes_goods = bool(asked - {rebates.GOODS}), rebates.GOODS in asked
    if wanted.get("paid_from") is not None:
        draft.spared = set(ORDER_OF_USE) - set(wanted["paid_from"])


def added(standing: Iterable[DraftLine], wanted: Iterable[DraftLine]) -> list[DraftLine]:
    """Return what a change would have added to an order as it stands."""
    left: dict[tuple[object, ...], Decimal] = {}
    for line in standing:
        left[_what(line)] = left.get(_what(line), Decimal()) + line.quantity
    more: list[DraftLine] = []
    for line in wanted:
        there = min(left.get(_what(line), Decimal()), line.quantity)
        left[_what(line)] = left.get(_what(line), Decimal()) - there
        if line.quantity > there:
            more.append(replace(line, quantity=line.quantity - there))
    return more


def _what(line: DraftLine) -> tuple[object, ...]:
    return line.product_id, line.unit, line.chosen


def order_anew(session: Session, mutation_id: UUID, *, me: UUID, at: datetime) -> UUID:
    """Make a draft order of what a refused change would have added, and settle the refusal with it."""
    refused = one(session, mutation_id)
    entry = _entry(session, OutboxEntry.mutation_id == mutation_id)
    order = session.get(Order, entry.row_id) if entry is not None else None
    if refused is None or order is None:
        raise NotFound("order", mutation_id)
    key = _begin(session, order, lines(refused) or (), refused.reason or order.note, me=me, at=at)
    settle(session, mutation_id)
    return key


def order_typed(session: Session, typed: Draft, *, me: UUID, at: datetime) -> UUID:
    """Make a draft order of what was being added to an order that nobody may change any more."""
    order = session.get(Order, typed.order_id) if typed.order_id is not None else None
    if order is None:
        raise NotFound("order", typed.order_id)
    key = _begin(session, order, typed.lines(), order.note, me=me, at=at)
    drafts.discard(session, Order.__tablename__, typed.name)
    return key


def _begin(
    session: Session, order: Order, wanted: Iterable[DraftLine], note: str, *, me: UUID, at: datetime
) -> UUID:
    more = added(pricing.draft_lines(session, order.id), wanted)
    if not more:
        raise RuleBroken("nothing_more_ordered")
    key = orders.start(session, order.account_id, me=me, at=at)
    orders.save(session, key, more, at=at, note=note)
    return key


def settle(session: Session, mutation_id: UUID) -> None:
    """Take a refusal off the list, on every device: what it held was sent in another way."""
    status.let_go(session, mutation_id)
    conflicts.settle_refusal(session, mutation_id)
