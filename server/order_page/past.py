"""What a customer ordered before, whoever took it down: how it stands, and the same once more."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from fieldcrm.errors import NotFound
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.services import order_list
from fieldcrm.services.order_list import OrderDetail, OrderRow
from fieldcrm.services.pricing import DraftLine
from server.order_page import basket as baskets
from server.order_page.basket import Line
from server.order_page.counter import Counter

MANY = 12


def rows(counter: Counter, many: int = MANY) -> list[OrderRow]:
    """Return his last orders; what a rep did not hand over yet is not his business."""
    return [each.row for each in details(counter, many)]


def details(counter: Counter, many: int = MANY) -> list[OrderDetail]:
    """Return his last orders with their lines."""
    query = (
        select(Order.id)
        .where(
            Order.account_id == counter.opened.account.id, Order.status != OrderStatus.DRAFT,
            Order.archived_at.is_(None),
        )
        .order_by(Order.ordered_on.desc(), Order.id.desc())
        .limit(many)
    )  # fmt: skip
    return [order_list.detail(counter.session, key) for key in counter.session.scalars(query)]


def wanted(counter: Counter, order_id: UUID) -> tuple[DraftLine, ...]:
    """Return what one of his orders asked for."""
    order = counter.session.get(Order, order_id)
    if order is None or order.account_id != counter.opened.account.id or order.status == OrderStatus.DRAFT:
        raise NotFound("order", order_id)
    return order_list.draft_lines(counter.session, order_id)


def again(counter: Counter, order_id: UUID) -> list[Line]:
    """Return the lines of one of his orders for the basket, as far as they are still sold to him."""
    found = []
    taken: dict[str, int] = {}
    for line in wanted(counter, order_id):
        key = baskets.plain_key(line.product_id, line.unit)
        article = counter.article(line.product_id)
        if article is None or not counter.offers(article) or counter.price(article.id, line.unit) is None:
            continue
        if counter.is_put_together(article.id):
            taken[key] = taken.get(key, 0) + 1
            found.append(_filled(counter, f"{key}~{taken[key]}", line))
        else:
            found.append(Line(key, f"{line.quantity.normalize():f}"))
    return found


def _filled(counter: Counter, key: str, before: DraftLine) -> Line:
    line = Line(key, f"{before.quantity.normalize():f}", before.chosen)
    return Line(key, line.said, counter.desk(line).choices)


def made(counter: Counter, number: str) -> OrderDetail:
    """Return the order that was made under a page's number."""
    key = key_of(counter, number)
    if key is None:
        raise NotFound("order", number)
    return order_list.detail(counter.session, key)


def key_of(counter: Counter, number: str) -> UUID | None:
    """Return which order was made under a page's number, if one was."""
    return counter.session.scalar(
        select(Order.id).where(
            Order.account_id == counter.opened.account.id, Order.provisional_number == f"W-{number}"
        )
    )
