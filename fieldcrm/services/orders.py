"""What a rep does with an order: draft, submit, cancel, amend what needs attention (R1).

A draft may hold lines without a price (0.00 and no book); submitting prices everything anew,
refuses what has no price and fixes the amounts. The number is provisional, ``R7-000123``, until
the server gives the final one. ``order_list`` and ``order_facts`` read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.products import Product
from fieldcrm.model.users import User
from fieldcrm.rules import orders
from fieldcrm.rules.pricing import PricedLine, Problem, bills, trace
from fieldcrm.rules.pricing.values import Gift
from fieldcrm.services import pricing
from fieldcrm.services.pricing import DraftLine, Quote, Rebates

_NOTHING = Decimal()
ORDERED = (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.NEEDS_REVIEW)


def start(
    session: Session, account_id: UUID, *, me: UUID, at: datetime, visit_id: UUID | None = None
) -> UUID:
    """Begin an empty draft for an account, perhaps inside a visit."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    order = Order(
        id=new_id(),
        provisional_number=_next_number(session, me),
        account_id=account.id,
        territory_id=account.territory_id,
        rep_id=me,
        visit_id=visit_id,
        status=OrderStatus.DRAFT,
        ordered_on=business_day(at),
    )
    session.add(order)
    session.flush()
    return order.id


def _next_number(session: Session, me: UUID) -> str:
    code = rep_code(session, me)
    query = select(func.max(Order.provisional_number)).where(
        Order.rep_id == me, Order.provisional_number.like(f"{code}-______")
    )
    last = session.scalar(query)
    return orders.provisional_number(code, int(last.rpartition("-")[2]) + 1 if last else 1)


def rep_code(session: Session, me: UUID) -> str:
    """Return how the numbers of a rep's own documents begin, as ``R7``."""
    user = session.get(User, me)
    digits = "".join(c for c in (user.login if user else "") if c.isdecimal() and c.isascii())
    return f"R{digits or 0}"


def save(
    session: Session, order_id: UUID, lines: Sequence[DraftLine], *, at: datetime,
    note: str | None = None, wanted_on: date | None = None, rebates: Rebates = (),
) -> Quote:  # fmt: skip
    """Keep an order's lines with the prices of today, as far as there are any.

    ``rebates`` names what is to be used; None for an amount means as much as is allowed.
    """
    order = _amendable(session, order_id)
    for position, line in enumerate(lines):
        orders.check_quantity(line.quantity, field=f"lines[{position}].quantity")
    order.ordered_on = business_day(at)
    order.wanted_on = wanted_on
    if note is not None:
        order.note = note.strip()
    order.rebates = [[key, None if amount is None else str(amount)] for key, amount in rebates] or None
    return _priced(session, order, lines, at)


def submit(session: Session, order_id: UUID, *, at: datetime) -> Quote:
    """Fix the prices of today and hand the order over; every line needs a price."""
    order = _amendable(session, order_id)
    lines = pricing.draft_lines(session, order_id)
    orders.check_lines([line.quantity for line in lines])
    order.ordered_on = business_day(at)
    quote = _priced(session, order, lines, at)
    if quote.broken is not None:
        raise quote.broken
    if quote.problems:
        raise RuleBroken("lines_without_price", lines=named(session, quote.problems))
    order.status = orders.advance(order.status, OrderStatus.SUBMITTED)
    order.submitted_at = at
    return quote


def cancel(session: Session, order_id: UUID) -> None:
    """Take an order back that is not accepted yet."""
    order = _order(session, order_id)
    order.status = orders.advance(order.status, OrderStatus.CANCELLED)


def last_lines(session: Session, account_id: UUID, *, besides: UUID | None = None) -> tuple[DraftLine, ...]:
    """Return the lines of the account's last order, to order the same again."""
    query = (
        select(Order.id)
        .where(Order.account_id == account_id, Order.status.in_(ORDERED), Order.archived_at.is_(None))
        .order_by(Order.ordered_on.desc(), Order.id.desc())
    )
    last = session.scalar(query.where(Order.id != besides) if besides is not None else query)
    if last is None:
        return ()
    return tuple(replace(line, manual_price=None) for line in pricing.draft_lines(session, last))


def _priced(session: Session, order: Order, lines: Sequence[DraftLine], at: datetime) -> Quote:
    """Put prices and gifts on lines and write both into the order, keeping the lines that stay."""
    ids = {line.product_id for line in lines}
    known = pricing.basis(session, order.account_id, order.ordered_on, ids, at=at, besides=order.id)
    quote = pricing.quote(known, lines, pricing.asked_rebates(order.rebates))
    priced = quote.priced
    found = {int(line.key): line for line in priced.lines}
    _write_lines(session, order, [(line, found.get(n)) for n, line in enumerate(lines)], priced.gifts)
    sums = orders.totals(priced.lines, tax_on_top=priced.tax_on_top, paid_otherwise=priced.rebate_used)
    order.goods_amount, order.discount_amount = sums.goods, sums.discount
    order.tax_amount, order.total_amount = sums.tax, sums.total
    order.rebate_amount = priced.rebate_used
    order.rule_set = known.rulebook.number or None
    order.trace = trace.told(priced, known.rulebook.number)
    order.approver = priced.approval.by if priced.approval and priced.approval.pending else None
    return quote


def _write_lines(
    session: Session, order: Order, lines: Sequence[tuple[DraftLine, PricedLine | None]],
    gifts: Sequence[Gift],
) -> None:  # fmt: skip
    left = pricing.order_lines(session, order.id)
    for position, (wanted, priced) in enumerate(lines):
        row = _row(session, order, left, wanted.product_id, wanted.unit, None)
        row.position, row.quantity, row.manual_price = position, wanted.quantity, wanted.manual_price
        row.configuration = bills.told(wanted.chosen)
        _put_price(row, priced)
    for position, gift in enumerate(gifts, len(lines)):
        row = _row(session, order, left, UUID(gift.product), gift.unit, gift.promotion)
        row.position, row.quantity, row.gift_value = position, gift.quantity, gift.value
        _put_price(row, None)
    for gone in left:
        session.delete(gone)


def _row(
    session: Session, order: Order, left: list[OrderLine], product_id: UUID, unit: str, gift_by: str | None
) -> OrderLine:
    """Return the line that stood for the same before, taken off ``left``, or a new one."""
    same = (old for old in left if (old.product_id, old.unit, old.gift_by) == (product_id, unit, gift_by))
    row = next(same, None)
    if row is None:
        row = OrderLine(id=new_id(), order_id=order.id, product_id=product_id, unit=unit, gift_by=gift_by)
        session.add(row)
    else:
        left.remove(row)
    return row


def _put_price(row: OrderLine, priced: PricedLine | None) -> None:
    row.unit_price = priced.unit_price if priced else _NOTHING
    row.price_book_id = UUID(priced.book) if priced else None
    row.book_version = priced.book_version if priced else None
    row.gross_amount = priced.gross_amount if priced else _NOTHING
    row.discount_amount = priced.discount_amount if priced else _NOTHING
    row.net_amount = priced.net_amount if priced else _NOTHING
    row.tax_rate = priced.tax_rate if priced else _NOTHING
    row.tax_amount = priced.tax_amount if priced else _NOTHING
    row.rebate_amount = priced.rebate_amount if priced else _NOTHING


def named(session: Session, problems: Sequence[Problem]) -> list[dict[str, str]]:
    """Return the articles that cannot be sold so, by name."""
    ids = [UUID(problem.product) for problem in problems]
    query = select(Product.id, Product.name).where(Product.id.in_(ids))
    names = dict(session.execute(query).all())
    return [{"product": names.get(UUID(problem.product), ""), "code": problem.code} for problem in problems]


def _amendable(session: Session, order_id: UUID) -> Order:
    order = _order(session, order_id)
    if not orders.may_edit(order.status):
        raise RuleBroken("order_fixed", status=str(order.status))
    return order


def _order(session: Session, order_id: UUID) -> Order:
    order = session.get(Order, order_id)
    if order is None:
        raise NotFound("order", order_id)
    return order
