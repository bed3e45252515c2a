"""The order centre's list, a page at a time, and one order with the server's answer (R1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Fulfilment, Order, OrderLine, OrderStatus, Origin
from fieldcrm.model.prices import PriceBook
from fieldcrm.model.products import Product
from fieldcrm.rules import deliveries, orders
from fieldcrm.rules.margins import Total
from fieldcrm.services import costs, insides, pricing, returns
from fieldcrm.services import orders as order_acts
from fieldcrm.services.insides import Part


class Shown(StrEnum):
    """What the list may be narrowed to."""

    ALL = "all"
    DRAFT = "draft"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    NEEDS_ATTENTION = "needs_attention"
    TO_DELIVER = "to_deliver"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


_STATUS = {
    Shown.DRAFT: OrderStatus.DRAFT,
    Shown.WAITING: OrderStatus.SUBMITTED,
    Shown.ACCEPTED: OrderStatus.ACCEPTED,
    Shown.NEEDS_ATTENTION: OrderStatus.NEEDS_REVIEW,
    Shown.TO_DELIVER: OrderStatus.ACCEPTED,
    Shown.DELIVERED: OrderStatus.ACCEPTED,
    Shown.CANCELLED: OrderStatus.CANCELLED,
}
_FULFILMENT = {
    Shown.TO_DELIVER: frozenset(Fulfilment) - {Fulfilment.DELIVERED},
    Shown.DELIVERED: frozenset({Fulfilment.DELIVERED}),
}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of the list; ``is_provisional`` while the server has not numbered it."""

    id: UUID
    number: str
    is_provisional: bool
    account_id: UUID
    account: str
    ordered_on: date
    status: OrderStatus
    lines: int
    total: Decimal
    is_sent: bool
    review_code: str | None
    origin: Origin = Origin.REP
    fulfilment: Fulfilment = Fulfilment.OPEN
    edition: int = 1
    returned: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of an order as it was priced."""

    product_id: UUID
    code: str
    name: str
    specification: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    book: str
    gift_value: Decimal | None = None
    id: UUID | None = None
    delivered: Decimal | None = None
    returned: Decimal = Decimal()
    parts: tuple[Part, ...] = ()

    @property
    def open(self) -> Decimal:
        """What is still to be delivered, as far as somebody says."""
        return Decimal() if self.delivered is None else self.quantity - self.delivered


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order, its lines, and what the server says of it; ``names`` names the goods it mentions.

    ``can_amend`` says that it can be corrected or made another edition, ``is_edition`` that it is the
    latter; ``can_approve`` that I may agree to what it waits for. ``margin`` is for those who may see it.
    """

    row: OrderRow
    provisional_number: str
    visit_id: UUID | None
    rep_id: UUID
    wanted_on: date | None
    submitted_at: datetime | None
    note: str
    goods: Decimal
    discount: Decimal
    tax: Decimal
    lines: tuple[LineRow, ...]
    review_data: dict[str, Any]
    names: dict[str, str]
    can_amend: bool
    can_cancel: bool
    rebate: Decimal = Decimal()
    paid_from: dict[str, Any] | None = None
    trace: dict[str, Any] | None = None
    reason: str = ""
    is_edition: bool = False
    can_return: bool = False
    can_approve: bool = False
    margin: Total | None = None


def counts(
    session: Session, account_id: UUID | None = None, origin: Origin | None = None
) -> dict[Shown, int]:
    """Return how many orders each filter holds."""
    query = select(Order.status, Order.fulfilment, func.count())
    rows = session.execute(
        query.where(*_where(Shown.ALL, "", account_id, origin)).group_by(Order.status, Order.fulfilment)
    ).all()
    found = {
        shown: sum(
            many for status, fulfilment, many in rows
            if status == wanted and (shown not in _FULFILMENT or fulfilment in _FULFILMENT[shown])
        )
        for shown, wanted in _STATUS.items()
    }  # fmt: skip
    return {Shown.ALL: sum(many for _, _, many in rows)} | found


def by_origin(session: Session) -> dict[Origin, int]:
    """Return how many orders came from where; what there is none of is not named."""
    query = select(Order.origin, func.count()).where(Order.archived_at.is_(None))
    return dict(session.execute(query.group_by(Order.origin)).all())


def how_many(
    session: Session, shown: Shown = Shown.ALL, text: str = "", account_id: UUID | None = None,
    origin: Origin | None = None,
) -> int:  # fmt: skip
    """Return how many orders a filter and a search hold."""
    query = select(func.count()).select_from(Order).outerjoin(Account, Account.id == Order.account_id)
    return session.scalar(query.where(*_where(shown, text, account_id, origin))) or 0


def page(
    session: Session, shown: Shown = Shown.ALL, text: str = "", account_id: UUID | None = None, *,
    origin: Origin | None = None, offset: int = 0, limit: int = 100,
) -> list[OrderRow]:  # fmt: skip
    """Return one page of orders, the newest first."""
    query = _rows().where(*_where(shown, text, account_id, origin))
    rows = session.execute(
        query.order_by(Order.ordered_on.desc(), Order.id.desc()).offset(offset).limit(limit)
    ).all()
    lines = _line_counts(session, [order.id for order, _ in rows])
    return [_row(order, name, lines.get(order.id, 0)) for order, name in rows]


def detail(session: Session, order_id: UUID, me: UUID | None = None) -> OrderDetail:
    """Return one order with everything its panel shows, and what I may do with it."""
    found = session.execute(_rows().where(Order.id == order_id)).one_or_none()
    if found is None:
        raise NotFound("order", order_id)
    order, account = found
    lines = _lines(session, order_id, order.rule_set)
    data = order.review_data or {}
    returned = returns.has_any(session, order_id)
    is_edition = orders.may_change(order.status, order.fulfilment, returned=returned)
    return OrderDetail(
        row=_row(order, account, len(lines)),
        provisional_number=order.provisional_number,
        visit_id=order.visit_id,
        rep_id=order.rep_id,
        wanted_on=order.wanted_on,
        submitted_at=order.submitted_at,
        note=order.note,
        goods=order.goods_amount,
        discount=order.discount_amount,
        tax=order.tax_amount,
        lines=lines,
        review_data=data,
        names=_mentioned(session, data) | {str(line.product_id): line.name for line in lines},
        can_amend=orders.may_edit(order.status) or is_edition,
        can_cancel=order.status == OrderStatus.DRAFT or is_edition,
        rebate=order.rebate_amount,
        paid_from=order.paid_from,
        trace=order.trace,
        reason=order.reason,
        is_edition=is_edition and not orders.may_edit(order.status),
        can_return=_can_return(session, order),
        can_approve=me is not None and _can_approve(session, order, me),
        margin=costs.of_order(session, order) if me is not None and costs.may_see(session, me) else None,
    )


def _can_return(session: Session, order: Order) -> bool:
    """Say whether something is at the customer's that may come back."""
    if order.status != OrderStatus.ACCEPTED:
        return False
    return any(many > 0 for many in returns.basis(session, order.id).left.values())


def _can_approve(session: Session, order: Order, me: UUID) -> bool:
    try:
        order_acts.check_approval(session, order, me)
    except RuleBroken:
        return False
    return True


def draft_lines(session: Session, order_id: UUID) -> tuple[pricing.DraftLine, ...]:
    """Return an order's lines as a draft, to go on working on it."""
    return tuple(pricing.draft_lines(session, order_id))


def rebates(session: Session, order_id: UUID) -> pricing.Rebates:
    """Return the rebates an order asks for."""
    return pricing.asked_rebates(session.scalar(select(Order.rebates).where(Order.id == order_id)))


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store an order may be taken for."""

    id: UUID
    name: str
    address: str


def stores(session: Session, ids: Sequence[UUID]) -> list[StoreRow]:
    """Return stores in the order of ``ids``, as a search found them."""
    query = select(Account.id, Account.name, Account.address).where(
        Account.id.in_(set(ids)), Account.archived_at.is_(None), Account.merged_into.is_(None)
    )
    found = {row[0]: StoreRow(*row) for row in session.execute(query)}
    return [found[each] for each in ids if each in found]


def recent_stores(session: Session, me: UUID, limit: int = 50) -> list[StoreRow]:
    """Return the stores I took orders for, the latest first."""
    last = func.max(Order.ordered_on)
    query = select(Order.account_id).where(Order.rep_id == me, Order.archived_at.is_(None))
    return stores(
        session, session.scalars(query.group_by(Order.account_id).order_by(last.desc()).limit(limit)).all()
    )


def _where(
    shown: Shown, text: str, account_id: UUID | None, origin: Origin | None = None
) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Order.archived_at.is_(None)]
    if shown in _STATUS:
        where.append(Order.status == _STATUS[shown])
    if shown in _FULFILMENT:
        where.append(Order.fulfilment.in_(_FULFILMENT[shown]))
    if origin is not None:
        where.append(Order.origin == origin)
    if account_id is not None:
        where.append(Order.account_id == account_id)
    if text := text.strip():
        where.append(
            Order.number.icontains(text, autoescape=True)
            | Order.provisional_number.icontains(text, autoescape=True)
            | Account.name.icontains(text, autoescape=True)
        )
    return where


def _rows() -> Select[Order, str]:
    return select(Order, Account.name).outerjoin(Account, Account.id == Order.account_id)


def _row(order: Order, account: str | None, lines: int) -> OrderRow:
    return OrderRow(
        id=order.id,
        number=order.number or order.provisional_number,
        is_provisional=order.number is None,
        account_id=order.account_id,
        account=account or "",
        ordered_on=order.ordered_on,
        status=order.status,
        lines=lines,
        total=order.total_amount,
        is_sent=order.version > 0,
        review_code=order.review_code,
        origin=order.origin,
        fulfilment=order.fulfilment,
        edition=order.edition,
        returned=order.returned_amount,
    )


def _line_counts(session: Session, ids: list[UUID]) -> dict[UUID, int]:
    query = select(OrderLine.order_id, func.count()).where(OrderLine.order_id.in_(ids))
    return dict(session.execute(query.group_by(OrderLine.order_id)).all())


def _lines(session: Session, order_id: UUID, rule_set: int | None) -> tuple[LineRow, ...]:
    query = (
        select(OrderLine, Product.code, Product.name, Product.specification, PriceBook.name)
        .outerjoin(Product, Product.id == OrderLine.product_id)
        .outerjoin(PriceBook, PriceBook.id == OrderLine.price_book_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position, OrderLine.id)
    )
    rows = session.execute(query).all()
    parts = insides.of_lines(session, rule_set, [row[0] for row in rows])
    told = returns.delivered(session, order_id)
    came_back = deliveries.summed(
        deliveries.read(r.quantities) for r in returns.returns_of(session, order_id)
    )
    return tuple(
        LineRow(
            line.product_id, code or "", name or "", specification or "", line.unit, line.quantity,
            line.unit_price, line.net_amount, book or "",
            (line.gift_value or Decimal()) if line.gift_by is not None else None, line.id,
            None if told is None else told.get(str(line.id), Decimal()),
            came_back.get(str(line.id), Decimal()),
            parts.get(line.id, ()) if line.gift_by is None else (),
        )
        for line, code, name, specification, book in rows
    )  # fmt: skip


def _uuids(said: Iterable[object]) -> Iterator[UUID]:
    for each in said:
        with suppress(ValueError):
            yield UUID(str(each))


def _mentioned(session: Session, data: dict[str, Any]) -> dict[str, str]:
    """Return the names of the articles that a review is about, by id."""
    lines = data.get("lines", ())
    said = [line["product_id"] for line in lines if "product_id" in line]
    for line in lines:
        about = line.get("about") or {}
        said += [about.get("product"), about.get("needed"), *about.get("products", ())]
    ids = set(_uuids(said))
    query = select(Product.id, Product.name).where(Product.id.in_(ids))
    return {str(key): name for key, name in session.execute(query)}
