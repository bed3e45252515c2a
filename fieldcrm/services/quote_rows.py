"""The rows of a round as others read them: its lines as the rules compare them, its acts that count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from fieldcrm.model.conflicts import Quarantine
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.quotes import QuoteAct, QuoteLine
from fieldcrm.rules.items import Item
from fieldcrm.rules.pricing import bills
from fieldcrm.services.pricing import DraftLine


def items(rows: Sequence[QuoteLine]) -> list[Item]:
    """Return lines as the rules compare them."""
    return [
        Item(
            str(r.product_id), r.unit, r.quantity, r.unit_price, r.net_amount, r.tax_amount, r.gift_by,
            bills.heard(r.configuration),
        )
        for r in rows
    ]  # fmt: skip


def lines_of(session: Session, quote_id: UUID) -> list[QuoteLine]:
    """Return a round's lines in their order."""
    query = select(QuoteLine).where(QuoteLine.quote_id == quote_id)
    return list(session.scalars(query.order_by(QuoteLine.position, QuoteLine.id)))


def draft_lines(session: Session, quote_id: UUID) -> list[DraftLine]:
    """Return what a round offers without its gifts, to make the next round or an order of it."""
    return [
        DraftLine(
            line.product_id, line.unit, line.quantity, line.manual_price, bills.heard(line.configuration)
        )
        for line in lines_of(session, quote_id)
        if line.gift_by is None
    ]


def acts_of(session: Session, quote_id: UUID) -> list[QuoteAct]:
    """Return what was done with a round, in its order."""
    query = counting().where(QuoteAct.quote_id == quote_id)
    return list(session.scalars(query.order_by(QuoteAct.at, QuoteAct.id)))


def cancelled(session: Session, acts: Iterable[QuoteAct]) -> frozenset[UUID]:
    """Return those orders that were made with some acts, for the same customers, and cancelled since."""
    made = {act.order_id: act.account_id for act in acts if act.order_id is not None}
    if not made:
        return frozenset()
    gone = select(Order.id, Order.account_id).where(Order.id.in_(made), Order.status == OrderStatus.CANCELLED)
    return frozenset(key for key, account in session.execute(gone) if made[key] == account)


def counting() -> Select[QuoteAct]:
    """Return the query of acts that count: not what the server refused and its author still has."""
    refused = select(Quarantine.row_id).where(Quarantine.entity == QuoteAct.__tablename__)
    return select(QuoteAct).where(or_(QuoteAct.version > 0, QuoteAct.id.not_in(refused)))
