"""A month's accepted orders priced once more by other rules, one after the other as they were taken.

What an order's price looks back at is played along: what the same version gave earlier in the
month counts, and before the month what really happened. Budgets begin the month whole. Rebates
are left out on every side: amounts are what was to be paid before them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.rules.pricing import Priced, bills
from fieldcrm.rules.pricing.standing import Limits
from fieldcrm.rules.pricing.values import Past
from fieldcrm.services import pricing, rule_facts, sandbox
from fieldcrm.services.pricing import Basis, DraftLine, Quote
from fieldcrm.services.sandbox import Version

PAGE = 200

Stop = Callable[[], bool]
Progress = Callable[[tuple[int, int]], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders are replayed; ``on`` prices them all as if taken on one day, None on their own."""

    first: date
    last: date
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """An accepted order as it was; ``paid`` is before rebates."""

    id: UUID
    number: str
    on: date
    account_id: UUID
    account: str
    paid: Decimal
    lines: tuple[DraftLine, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One order with what each version makes of it; None where a version could not price at all."""

    order: Taken
    quotes: tuple[Quote | None, ...]


@dataclass(slots=True)
class _Course:
    """The facts of one version while the month goes by."""

    version: Version
    budgets: dict[str, Decimal] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)
    past: dict[UUID, list[Past]] = field(default_factory=dict)

    def limits(self, account_id: UUID) -> Limits:
        return Limits(self.past.get(account_id, ()), self.budgets, uses_in_all=self.uses)

    def note(self, order: Taken, on: date, priced: Priced) -> None:
        """Remember what an order took, for those that come after it."""
        used = frozenset(each.promotion for each in priced.applied)
        for each in priced.applied:
            if each.promotion in self.budgets:
                self.budgets[each.promotion] -= each.amount + each.gift_value
            if each.promotion in self.uses:
                self.uses[each.promotion] -= 1
        self.past.setdefault(order.account_id, []).extend(
            Past(str(order.id), str(order.account_id), on, line.product, line.base_quantity,
                 line.net_amount, used)
            for line in priced.lines
        )  # fmt: skip


def how_many(session: Session, wanted: Wanted) -> int:
    """Return how many orders would be replayed."""
    return session.scalar(select(func.count()).select_from(Order).where(*_where(wanted))) or 0


def replayed(session: Session, wanted: Wanted, versions: Sequence[Version]) -> Iterator[Replayed]:
    """Yield the month's orders in their order, priced by each of ``versions``."""
    courses = [_course(session, wanted, version) for version in versions]
    for page in _pages(session, wanted):
        bases = [_bases(session, wanted, course.version, page) for course in courses]
        for order in page:
            on = wanted.on or order.on
            quotes = [
                _quoted(course, known.get((order.account_id, on)), order, on)
                for course, known in zip(courses, bases, strict=True)
            ]
            yield Replayed(order, tuple(quotes))


def _course(session: Session, wanted: Wanted, version: Version) -> _Course:
    book = sandbox.rulebook(session, version)
    course = _Course(version, dict(book.budgeted), dict(book.capped))
    if book.looks_back is not None:
        query = select(Order.account_id).where(*_where(wanted)).distinct()
        facts = rule_facts.of_accounts(session, book, session.scalars(query))
        course.past = {
            account: [past for past in said.limits.history if past.on < wanted.first]
            for account, said in facts.items()
        }
    return course


def _bases(
    session: Session, wanted: Wanted, version: Version, page: Sequence[Taken]
) -> Mapping[tuple[UUID, date], Basis]:
    asked = {(order.account_id, wanted.on or order.on, version.number) for order in page}
    found = pricing.bases(session, asked, plain=True)
    shared: dict[int, Any] = {}
    bases = {}
    for (account, on, _), known in found.items():
        mine = shared.get(id(known.rules))
        if mine is None:
            mine = shared[id(known.rules)] = sandbox.under(version, known)
        bases[account, on] = replace(mine, customer=known.customer)
    return bases


def _quoted(course: _Course, known: Basis | None, order: Taken, on: date) -> Quote | None:
    if known is None:
        return None
    limited = replace(known, rules=replace(known.rules, limits=course.limits(order.account_id)))
    quote = pricing.quote(limited, order.lines)
    course.note(order, on, quote.priced)
    return quote


def _where(wanted: Wanted) -> tuple[Any, ...]:
    return (
        Order.status == OrderStatus.ACCEPTED, Order.archived_at.is_(None),
        Order.ordered_on >= wanted.first, Order.ordered_on <= wanted.last,
    )  # fmt: skip


def _pages(session: Session, wanted: Wanted) -> Iterator[list[Taken]]:
    place: tuple[date, UUID] | None = None
    columns = (
        Order.id, Order.number, Order.provisional_number, Order.ordered_on, Order.account_id,
        Account.name, Order.total_amount, Order.rebate_amount,
    )  # fmt: skip
    base = select(*columns).outerjoin(Account, Account.id == Order.account_id).where(*_where(wanted))
    while True:
        query = base.order_by(Order.ordered_on, Order.id).limit(PAGE)
        if place is not None:
            query = query.where(tuple_(Order.ordered_on, Order.id) > place)
        rows = session.execute(query).all()
        if not rows:
            return
        lines = _lines(session, [row.id for row in rows])
        yield [
            Taken(row.id, row.number or row.provisional_number, row.ordered_on, row.account_id,
                  row.name or "", row.total_amount + row.rebate_amount, tuple(lines.get(row.id, ())))
            for row in rows
        ]  # fmt: skip
        place = (rows[-1].ordered_on, rows[-1].id)


def _lines(session: Session, orders: Sequence[UUID]) -> dict[UUID, list[DraftLine]]:
    query = (
        select(
            OrderLine.order_id, OrderLine.product_id, OrderLine.unit, OrderLine.quantity,
            OrderLine.manual_price, OrderLine.configuration,
        )
        .where(OrderLine.order_id.in_(orders), OrderLine.gift_by.is_(None))
        .order_by(OrderLine.order_id, OrderLine.position, OrderLine.id)
    )  # fmt: skip
    found: dict[UUID, list[DraftLine]] = {}
    for order, product, unit, quantity, manual, chosen in session.execute(query):
        line = DraftLine(product, unit, quantity, manual, bills.heard(chosen))
        found.setdefault(order, []).append(line)
    return found
