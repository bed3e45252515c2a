"""What a rep does with an order: draft, submit, correct what needs attention, amend, cancel (R1).

A draft may hold lines without a price (0.00 and no book); submitting prices everything anew,
refuses what has no price and fixes the amounts. The number is provisional, ``R7-000123``, until
the server gives the final one. What was handed over is amended in one save, so that it reaches
the server as one act. ``order_list`` and ``order_facts`` read, ``returns`` takes goods back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from fieldcrm.model.orders import Order, OrderLine, OrderStatus, Origin
from fieldcrm.model.prices import OnChange
from fieldcrm.model.products import Product
from fieldcrm.model.users import User
from fieldcrm.rules import orders
from fieldcrm.rules.pricing import PricedLine, Problem, bills, trace
from fieldcrm.rules.pricing.values import Gift
from fieldcrm.services import paying, price_check, pricing, quote_orders, returns, rule_sets
from fieldcrm.services.pricing import Basis, DraftLine, Quote, Rebates
from fieldcrm.services.quote_orders import Found
from fieldcrm.services.standing import standing_of

_NOTHING = Decimal()
Paid = Mapping[str, Decimal] | None
ORDERED = (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.NEEDS_REVIEW)


def start(
    session: Session, account_id: UUID, *, me: UUID, at: datetime, visit_id: UUID | None = None,
    origin: Origin | None = None, number: str = "",
) -> UUID:  # fmt: skip
    """Begin an empty draft for an account, perhaps inside a visit."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    order = Order(
        id=new_id(),
        provisional_number=number or _next_number(session, me),
        account_id=account.id,
        territory_id=account.territory_id,
        rep_id=me,
        visit_id=visit_id,
        status=OrderStatus.DRAFT,
        ordered_on=business_day(at),
        origin=origin or (Origin.REP if visit_id is None else Origin.VISIT),
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
    origin: Origin | None = None, paid_from: Paid = None,
) -> Quote:  # fmt: skip
    """Keep an order's lines with the prices of today, as far as there are any.

    ``rebates`` names what is to be used; None for an amount means as much as is allowed.
    ``paid_from`` is what each purse is to pay; None leaves it to the order of use.
    """
    order = _amendable(session, order_id)
    for position, line in enumerate(lines):
        orders.check_quantity(line.quantity, field=f"lines[{position}].quantity")
    order.ordered_on = business_day(at)
    _put_terms(order, note, wanted_on, rebates)
    order.paid_from = None if paid_from is None else {purse: str(part) for purse, part in paid_from.items()}
    order.origin = origin or order.origin
    return _priced(session, order, lines, at)


def _put_terms(order: Order, note: str | None, wanted_on: date | None, rebates: Rebates) -> None:
    order.wanted_on = wanted_on
    if note is not None:
        order.note = note.strip()
    order.rebates = [[key, None if amount is None else str(amount)] for key, amount in rebates] or None


def submit(session: Session, order_id: UUID, *, at: datetime) -> Quote:
    """Fix the prices of today and hand the order over; every line needs a price."""
    order = _amendable(session, order_id)
    lines = pricing.draft_lines(session, order_id)
    orders.check_lines([line.quantity for line in lines])
    order.ordered_on = business_day(at)
    quote = _priced(session, order, lines, at)
    _check_sound(session, quote)
    with session.no_autoflush:  # one save, one act
        paying.settle(session, order, quote.priced)
    order.status = orders.advance(order.status, OrderStatus.SUBMITTED)
    order.submitted_at = at
    return quote


def _check_sound(session: Session, quote: Quote) -> None:
    if quote.broken is not None:
        raise quote.broken
    if quote.problems:
        raise RuleBroken("lines_without_price", lines=named(session, quote.problems))


def amend(
    session: Session, order_id: UUID, lines: Sequence[DraftLine], *, reason: str, at: datetime,
    note: str | None = None, wanted_on: date | None = None, rebates: Rebates = (), paid_from: Paid = None,
) -> Quote:  # fmt: skip
    """Make the next edition of an order that was handed over, priced by the policy of its books."""
    order = _order(session, order_id)
    said = orders.check_reason(reason)
    orders.check_amend(order.status, order.fulfilment, returned=returns.has_any(session, order_id))
    orders.check_lines([line.quantity for line in lines])
    on, rule_set = terms_of_amending(session, order, at)
    ids = {line.product_id for line in lines}
    known = pricing.basis(
        session, order.account_id, on, ids, at=at, rule_set=rule_set, besides=order.id
    )  # fmt: skip
    found = _by_quote(session, order, known, lines, rebates, business_day(at))
    quote = found.quote
    _check_sound(session, quote)
    with session.no_autoflush:  # one save, one act
        _write(session, order, lines, found.basis, quote)
        _put_terms(order, note, wanted_on, rebates)
        order.paid_from = None if paid_from is None else {p: str(part) for p, part in paid_from.items()}
        order.ordered_on, order.reason = on, said
        paying.settle(session, order, quote.priced)
        order.edition += 1
        order.status, order.submitted_at = OrderStatus.SUBMITTED, at
    return quote


def terms_of_amending(session: Session, order: Order, at: datetime) -> tuple[date, int | None]:
    """Return the day and the set of rules that an amended order is priced by; None is the newest.

    While no newer rules are out it keeps its own. Then the strictest policy of its books decides: to
    honour or to have somebody agree keeps the old prices, anything else takes those of today.
    """
    number = order.rule_set or 0
    if rule_sets.in_force(session, at).number <= number:
        return order.ordered_on, number
    policy = price_check.change_policy(session, price_check.submitted(session, order), at)
    keeps = policy in (OnChange.HONOUR, OnChange.APPROVE)
    return (order.ordered_on, number) if keeps else (business_day(at), None)


def cancel(session: Session, order_id: UUID, reason: str = "") -> None:
    """Take an order back until its fulfilment begins; what was handed over needs a reason."""
    order = _order(session, order_id)
    said = reason.strip() if order.status == OrderStatus.DRAFT else orders.check_reason(reason)
    orders.check_cancel(order.status, order.fulfilment, returned=returns.has_any(session, order_id))
    order.status, order.reason = OrderStatus.CANCELLED, said


def approve(session: Session, order_id: UUID, *, me: UUID) -> None:
    """Agree to somebody else's order that waits for it, as far as the ladder lets me."""
    order = _order(session, order_id)
    check_approval(session, order, me)
    order.status = orders.advance(order.status, OrderStatus.ACCEPTED)


def check_approval(session: Session, order: Order, me: UUID) -> None:
    """Raise unless I may agree to an order as it waits."""
    code = order.review_code
    if order.status != OrderStatus.NEEDS_REVIEW or code not in orders.APPROVABLE:
        raise RuleBroken("order_not_approvable", reason=code or str(order.status))
    role, is_top = standing_of(session, me)
    orders.check_approval(code, needed_by(order), order.rep_id, me, role, is_top=is_top)


def needed_by(order: Order) -> str | None:
    """Return whom the ladder names for an order's discount."""
    said = (order.review_data or {}).get("by") if order.review_code == "needs_approval" else None
    return str(said) if said else order.approver


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
    rebates = pricing.asked_rebates(order.rebates)
    found = _by_quote(session, order, known, lines, rebates, order.ordered_on)
    _write(session, order, lines, found.basis, found.quote)
    return found.quote


def _by_quote(
    session: Session, order: Order, known: Basis, lines: Sequence[DraftLine], rebates: Rebates, on: date
) -> Found:
    """Price an order by the quote that it was made of while that holds, else by ``known``."""
    promise = quote_orders.of_order(session, order.id, order.account_id)
    promised = quote_orders.basis(session, promise, besides=order.id) if promise is not None else None
    return quote_orders.priced(known, promise, promised, lines, rebates, on)


def _write(session: Session, order: Order, lines: Sequence[DraftLine], known: Basis, quote: Quote) -> None:
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
