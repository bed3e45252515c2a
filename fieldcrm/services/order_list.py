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

from fieldcrm.errors import NotFound
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.prices import PriceBook
from fieldcrm.model.products import Product
from fieldcrm.rules import orders
from fieldcrm.services import pricing


class Shown(StrEnum):
    """What the list may be narrowed to."""

    ALL = "all"
    DRAFT = "draft"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    NEEDS_ATTENTION = "needs_attention"


_STATUS = {
    Shown.DRAFT: OrderStatus.DRAFT,
    Shown.WAITING: OrderStatus.SUBMITTED,
    Shown.ACCEPTED: OrderStatus.ACCEPTED,
    Shown.NEEDS_ATTENTION: OrderStatus.NEEDS_REVIEW,
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


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order, its lines, and what the server says of it; ``names`` names the goods it mentions."""

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
    trace: dict[str, Any] | None = None


def counts(session: Session, account_id: UUID | None = None) -> dict[Shown, int]:
    """Return how many orders each filter holds; cancelled ones are in none but all."""
    query = select(Order.status, func.count()).where(*_where(Shown.ALL, "", account_id))
    by_status = dict(session.execute(query.group_by(Order.status)).all())
    found = {shown: by_status.get(status, 0) for shown, status in _STATUS.items()}
    return {Shown.ALL: sum(by_status.values())} | found


def how_many(
    session: Session, shown: Shown = Shown.ALL, text: str = "", account_id: UUID | None = None
) -> int:
    """Return how many orders a filter and a search hold."""
    query = select(func.count()).select_from(Order).outerjoin(Account, Account.id == Order.account_id)
    return session.scalar(query.where(*_where(shown, text, account_id))) or 0


def page(
    session: Session, shown: Shown = Shown.ALL, text: str = "", account_id: UUID | None = None, *,
    offset: int = 0, limit: int = 100,
) -> list[OrderRow]:  # fmt: skip
    """Return one page of orders, the newest first."""
    query = _rows().where(*_where(shown, text, account_id))
    rows = session.execute(
        query.order_by(Order.ordered_on.desc(), Order.id.desc()).offset(offset).limit(limit)
    ).all()
    lines = _line_counts(session, [order.id for order, _ in rows])
    return [_row(order, name, lines.get(order.id, 0)) for order, name in rows]


def detail(session: Session, order_id: UUID) -> OrderDetail:
    """Return one order with everything its panel shows."""
    found = session.execute(_rows().where(Order.id == order_id)).one_or_none()
    if found is None:
        raise NotFound("order", order_id)
    order, account = found
    lines = _lines(session, order_id)
    data = order.review_data or {}
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
        can_amend=orders.may_edit(order.status),
        can_cancel=order.status in orders.OPEN,
        rebate=order.rebate_amount,
        trace=order.trace,
    )


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


def _where(shown: Shown, text: str, account_id: UUID | None) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Order.archived_at.is_(None)]
    if shown in _STATUS:
        where.append(Order.status == _STATUS[shown])
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
    )


def _line_counts(session: Session, ids: list[UUID]) -> dict[UUID, int]:
    query = select(OrderLine.order_id, func.count()).where(OrderLine.order_id.in_(ids))
    return dict(session.execute(query.group_by(OrderLine.order_id)).all())


def _lines(session: Session, order_id: UUID) -> tuple[LineRow, ...]:
    query = (
        select(OrderLine, Product.code, Product.name, Product.specification, PriceBook.name)
        .outerjoin(Product, Product.id == OrderLine.product_id)
        .outerjoin(PriceBook, PriceBook.id == OrderLine.price_book_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position, OrderLine.id)
    )
    return tuple(
        LineRow(
            line.product_id, code or "", name or "", specification or "", line.unit, line.quantity,
            line.unit_price, line.net_amount, book or "",
            (line.gift_value or Decimal()) if line.gift_by is not None else None,
        )
        for line, code, name, specification, book in session.execute(query)
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
