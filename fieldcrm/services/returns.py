"""Goods of an order that come back: what may, what the customer gets for them, the return itself (R1).

The laptop shows the amounts with this before the return is sent; the server works them out again with
the same functions and its word stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.fulfilment import Delivery, OrderReturn
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.rebates import RebateEntry, RebateKind
from fieldcrm.money import to_cents
from fieldcrm.rules import deliveries, orders, returns
from fieldcrm.rules.deliveries import Quantities
from fieldcrm.rules.pricing.standing import NO_LIMITS
from fieldcrm.rules.returns import Back, Sold, Taxed
from fieldcrm.services import pricing, quote_orders

_NOTHING = Decimal()


@dataclass(frozen=True, slots=True)
class Move:
    """What a lot of rebates gets back (or loses, when the goods had earned it)."""

    lot: UUID
    program: str
    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """What a return gives: ``total`` in money, ``moves`` of rebates.

    ``spent`` is what the goods had earned and the customer has used already: it is not paid out.
    """

    back: Back
    moves: tuple[Move, ...] = ()
    spent: Decimal = _NOTHING

    @property
    def total(self) -> Decimal:
        """What is paid out or credited."""
        return self.back.paid - self.spent


@dataclass(frozen=True, slots=True)
class Basis:
    """An order as it was sold and what came back of it so far."""

    order: Order
    sold: tuple[Sold, ...]
    lines: tuple[OrderLine, ...]
    available: Quantities
    before: tuple[Quantities, ...]
    withheld: Decimal

    @property
    def left(self) -> dict[str, Decimal]:
        """How much of every line may still come back."""
        gone = deliveries.summed(self.before)
        return {key: many - gone.get(key, _NOTHING) for key, many in self.available.items()}


def basis(session: Session, order_id: UUID, *, besides: UUID | None = None) -> Basis:
    """Return what a return of an order goes by; ``besides`` is the return that is being judged."""
    order = session.get(Order, order_id)
    if order is None:
        raise NotFound("order", order_id)
    lines = pricing.order_lines(session, order_id)
    earlier = returns_of(session, order_id, besides=besides)
    withheld = sum((each.withheld_amount for each in earlier), _NOTHING)
    return Basis(
        order, _sold(order, lines), tuple(lines), available(session, order, lines),
        tuple(deliveries.read(each.quantities) for each in earlier), withheld,
    )  # fmt: skip


def returns_of(session: Session, order_id: UUID, *, besides: UUID | None = None) -> list[OrderReturn]:
    """Return what came back of an order so far, in its order."""
    query = select(OrderReturn).where(OrderReturn.order_id == order_id, OrderReturn.archived_at.is_(None))
    if besides is not None:
        query = query.where(OrderReturn.id != besides)
    return list(session.scalars(query.order_by(OrderReturn.returned_at, OrderReturn.id)))


def has_any(session: Session, order_id: UUID) -> bool:
    """Say whether anything came back."""
    query = select(OrderReturn.id).where(OrderReturn.order_id == order_id, OrderReturn.archived_at.is_(None))
    return session.scalar(query.limit(1)) is not None


def available(session: Session, order: Order, lines: Sequence[OrderLine]) -> dict[str, Decimal]:
    """Return what the customer has of every line: what was delivered, all where nobody says."""
    told = delivered(session, order.id)
    if told is None:
        return {str(line.id): line.quantity for line in lines}
    return {str(line.id): told.get(str(line.id), _NOTHING) for line in lines}


def delivered(session: Session, order_id: UUID) -> dict[str, Decimal] | None:
    """Return how much of every line was delivered; None when nobody said anything of it."""
    query = select(Delivery.quantities).where(Delivery.order_id == order_id, Delivery.archived_at.is_(None))
    parts = [deliveries.read(told, signed=True) for told in session.scalars(query)]
    return deliveries.summed(parts) if parts else None


def worth(session: Session, found: Basis, now: Quantities) -> Worth:
    """Return what ``now`` gives; raises for what cannot come back."""
    if found.order.status != OrderStatus.ACCEPTED:
        raise RuleBroken("order_not_accepted", status=str(found.order.status))
    returns.check(found.sold, found.available, deliveries.summed(found.before), now)
    gone = deliveries.summed([*found.before, now])
    back = returns.back(found.sold, found.before, now, _due(session, found, gone))
    settled = returns.settled(back, found.withheld)
    moves, spent = _rebates(session, found, settled, gone)
    return Worth(settled, moves, min(spent, settled.paid))


def make(
    session: Session, order_id: UUID, quantities: Quantities, reason: str, *, me: UUID, at: datetime
) -> UUID:  # fmt: skip
    """Take goods back; the amounts are those of this laptop until the server says its own."""
    said = orders.check_reason(reason)
    now = deliveries.read(quantities)
    found = basis(session, order_id)
    gives = worth(session, found, now)
    row = OrderReturn(
        id=new_id(), order_id=order_id, account_id=found.order.account_id,
        territory_id=found.order.territory_id, rep_id=me, returned_on=business_day(at), returned_at=at,
        reason=said, quantities=deliveries.told(now), amounts=told(gives), total_amount=gives.total,
        rebate_amount=gives.back.rebate, tax_amount=gives.back.tax, withheld_amount=gives.back.withheld,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def told(gives: Worth) -> dict[str, object]:
    """Return the amounts as a return keeps them."""
    return {
        "lines": {key: str(amount) for key, amount in gives.back.lines.items()},
        "rebate_spent": str(to_cents(gives.spent)),
    }


def _sold(order: Order, lines: Sequence[OrderLine]) -> tuple[Sold, ...]:
    nets = sum((line.net_amount for line in lines), _NOTHING)
    on_top = returns.on_top(
        [Taxed(x.tax_amount, x.net_amount - x.rebate_amount, x.tax_rate) for x in lines],
        order.total_amount - (nets - order.rebate_amount),
    )
    return tuple(
        Sold(
            str(line.id), line.quantity, line.net_amount, line.rebate_amount, line.tax_amount, top,
            line.gift_by, line.gift_value or _NOTHING, str(line.product_id), line.unit,
        )
        for line, top in zip(lines, on_top, strict=True)
    )  # fmt: skip


def _due(session: Session, found: Basis, gone: Quantities) -> dict[str, Decimal]:
    """Return the gifts that the goods which stay no longer earn, by the rules they were sold with."""
    if all(line.gift_by is None for line in found.sold):
        return {}
    goods = [row for row in found.lines if row.gift_by is None]
    wanted = pricing.draft_lines(session, found.order.id)
    stays = [
        replace(line, quantity=row.quantity - gone.get(str(row.id), _NOTHING))
        for row, line in zip(goods, wanted, strict=True)
        if row.quantity > gone.get(str(row.id), _NOTHING)
    ]
    return returns.gifts_due(found.sold, _earns(session, found, stays, gone) if stays else {})


def _earns(
    session: Session, found: Basis, stays: Sequence[pricing.DraftLine], gone: Quantities
) -> Mapping[tuple[str, str, str], Decimal]:
    order = found.order
    try:
        known = pricing.basis(
            session, order.account_id, quote_orders.priced_on(session, order), None,
            rule_set=order.rule_set or 0, besides=order.id,
        )  # fmt: skip
    except RuleBroken:  # rules that are no longer on this laptop: by the share that stays
        return _shares(found, gone)
    rules = replace(known.rules, limits=replace(known.rules.limits, budgets=NO_LIMITS.budgets))
    gifts = pricing.quote(replace(known, rules=rules), stays).priced.gifts
    earned: dict[tuple[str, str, str], Decimal] = {}
    for gift in gifts:
        key = (gift.promotion, gift.product, gift.unit)
        earned[key] = earned.get(key, _NOTHING) + gift.quantity
    return earned


def _shares(found: Basis, gone: Quantities) -> dict[tuple[str, str, str], Decimal]:
    kept = _kept(found, gone)
    return {
        (line.gift_by, line.product, line.unit): (line.quantity * kept).to_integral(ROUND_FLOOR)
        for line in found.sold
        if line.gift_by is not None
    }


def _kept(found: Basis, gone: Quantities) -> Decimal:
    """Return which part of the goods' worth stays with the customer."""
    whole = sum((line.net for line in found.sold), _NOTHING)
    lost = sum(
        (line.net * min(gone.get(line.key, _NOTHING), line.quantity) / line.quantity for line in found.sold),
        _NOTHING,
    )
    return (whole - lost) / whole if whole else _NOTHING


def _rebates(
    session: Session, found: Basis, back: Back, gone: Quantities
) -> tuple[tuple[Move, ...], Decimal]:
    """Return what lots get back and lose, and what of the loss was used already."""
    moves: list[Move] = []
    spent, left = _NOTHING, back.rebate
    before, after = _kept(found, deliveries.summed(found.before)), _kept(found, gone)
    for lot, program, kind, amount in _lots(session, found.order.id):
        if amount < 0 and kind == RebateKind.GOODS:
            continue  # goods that came out of a rebate stay with the customer
        if amount < 0:
            part = min(-amount, left)
            left -= part
            moves.append(Move(lot, program, kind, part))
        elif before:
            wanted = to_cents(amount * (before - after) / before)
            part = min(wanted, max(_balance(session, lot), _NOTHING))
            spent += wanted - part
            moves.append(Move(lot, program, kind, -part))
    return tuple(move for move in moves if move.amount), spent


def _lots(session: Session, order_id: UUID) -> list[tuple[UUID, str, str, Decimal]]:
    query = (
        select(
            RebateEntry.lot_id, RebateEntry.program_code, RebateEntry.kind, func.sum(RebateEntry.amount)
        )
        .where(RebateEntry.order_id == order_id, RebateEntry.archived_at.is_(None))
        .group_by(RebateEntry.lot_id, RebateEntry.program_code, RebateEntry.kind)
        .order_by(RebateEntry.lot_id)
    )  # fmt: skip
    return [(lot, code, str(kind), amount) for lot, code, kind, amount in session.execute(query) if amount]


def _balance(session: Session, lot: UUID) -> Decimal:
    query = select(func.sum(RebateEntry.amount)).where(
        RebateEntry.lot_id == lot, RebateEntry.archived_at.is_(None)
    )
    return session.scalar(query) or _NOTHING
