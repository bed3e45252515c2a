"""What a rep wants to know before walking in, for several stores at once.

One query per kind of fact, however many stores, so that a day of forty stops opens at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.model.accounts import Account, Contact
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.plans import Todo
from fieldcrm.model.users import User
from fieldcrm.model.visits import Visit

ORDERED = (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.NEEDS_REVIEW)
WAITING = (OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW)
RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A to-do of a store; ``giver`` is who gave it, where that is somebody else than who does it."""

    title: str
    giver: str = ""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Contact, last visit, money and to-dos of one store.

    ``credit_left`` is the limit less the receivable and orders the office has not answered;
    None when the store has no limit.
    """

    contact: str = ""
    contact_title: str = ""
    phone: str = ""
    last_visit_on: date | None = None
    last_order_on: date | None = None
    last_order: Decimal | None = None
    sales_30d: Decimal = Decimal()
    ordered_today: Decimal = Decimal()
    orders_today: int = 0
    receivable: Decimal = Decimal()
    overdue_since: date | None = None
    credit_left: Decimal | None = None
    todos: tuple[Agreed, ...] = ()


NOTHING = StoreFacts()


def of_stores(session: Session, account_ids: Collection[UUID], on: date) -> dict[UUID, StoreFacts]:
    """Return the facts of these stores as of a day; a store that is not here is left out."""
    facts = _money(session, list(set(account_ids)))
    ids = list(facts)
    for account_id, contact in _contacts(session, ids).items():
        known = facts[account_id]
        facts[account_id] = replace(
            known,
            contact=contact.name,
            contact_title=contact.title,
            phone=contact.phone or known.phone,
        )
    for account_id, day in last_visits(session, ids, on).items():
        facts[account_id] = replace(facts[account_id], last_visit_on=day)
    for account_id, titles in _todos(session, ids).items():
        facts[account_id] = replace(facts[account_id], todos=tuple(titles))
    return _with_orders(session, facts, on)


def _money(session: Session, ids: list[UUID]) -> dict[UUID, StoreFacts]:
    rows = session.execute(
        select(
            Account.id, Account.phone, Account.receivable, Account.overdue_since, Account.credit_limit
        ).where(Account.id.in_(ids))
    )
    return {
        account_id: StoreFacts(
            phone=phone,
            receivable=receivable,
            overdue_since=overdue,
            credit_left=None if limit is None else limit - receivable,
        )
        for account_id, phone, receivable, overdue, limit in rows
    }


def _contacts(session: Session, ids: list[UUID]) -> dict[UUID, Contact]:
    rows = session.scalars(
        select(Contact)
        .where(Contact.account_id.in_(ids), Contact.archived_at.is_(None))
        .order_by(Contact.is_primary, Contact.id.desc())
    )
    return {row.account_id: row for row in rows if row.account_id in ids}


def last_visits(session: Session, ids: list[UUID], on: date) -> dict[UUID, date]:
    """Return the day each store was last visited before ``on``."""
    begin = datetime.combine(on, time(), DEFAULT_ZONE)
    rows = session.execute(
        select(Visit.account_id, func.max(Visit.started_at))
        .where(Visit.account_id.in_(ids), Visit.started_at < begin, Visit.archived_at.is_(None))
        .group_by(Visit.account_id)
    )
    return {account_id: business_day(moment) for account_id, moment in rows}


def _todos(session: Session, ids: list[UUID]) -> dict[UUID, list[Agreed]]:
    given = and_(User.id == Todo.created_by, Todo.created_by != Todo.assignee_id)
    rows = session.execute(
        select(Todo.account_id, Todo.title, User.name)
        .outerjoin(User, given)
        .where(Todo.account_id.in_(ids), Todo.done_at.is_(None), Todo.archived_at.is_(None))
        .order_by(Todo.due_on, Todo.title)
    )
    found: dict[UUID, list[Agreed]] = {}
    for account_id, title, giver in rows:
        if account_id is not None:
            found.setdefault(account_id, []).append(Agreed(title, giver or ""))
    return found


def _with_orders(session: Session, facts: dict[UUID, StoreFacts], on: date) -> dict[UUID, StoreFacts]:
    total = func.sum(Order.total_amount)
    month = _sums(session, list(facts), total, Order.ordered_on > on - RECENT, Order.status.in_(ORDERED))
    waiting = _sums(session, list(facts), total, Order.status.in_(WAITING))
    today = _sums(session, list(facts), total, Order.ordered_on == on, Order.status.in_(ORDERED))
    last = _last_orders(session, list(facts), on)
    for account_id, known in facts.items():
        amount, count = today.get(account_id, (Decimal(), 0))
        left = known.credit_left
        last_on, last_amount = last.get(account_id, (None, None))
        facts[account_id] = replace(
            known,
            sales_30d=month.get(account_id, (Decimal(), 0))[0],
            ordered_today=amount,
            orders_today=count,
            last_order_on=last_on,
            last_order=last_amount,
            credit_left=None if left is None else left - waiting.get(account_id, (Decimal(), 0))[0],
        )
    return facts


def _sums(
    session: Session, ids: list[UUID], total: ColumnElement[Decimal], *where: ColumnElement[bool]
) -> dict[UUID, tuple[Decimal, int]]:
    rows = session.execute(
        select(Order.account_id, total, func.count())
        .where(Order.account_id.in_(ids), Order.archived_at.is_(None), *where)
        .group_by(Order.account_id)
    )
    return {account_id: (amount or Decimal(), count) for account_id, amount, count in rows}


def _last_orders(session: Session, ids: list[UUID], on: date) -> dict[UUID, tuple[date, Decimal]]:
    newest = (
        select(Order.account_id, func.max(Order.ordered_on).label("day"))
        .where(
            Order.account_id.in_(ids),
            Order.ordered_on < on,
            Order.status.in_(ORDERED),
            Order.archived_at.is_(None),
        )
        .group_by(Order.account_id)
        .subquery()
    )
    same = (Order.account_id == newest.c.account_id) & (Order.ordered_on == newest.c.day)
    rows = session.execute(
        select(Order.account_id, Order.ordered_on, func.sum(Order.total_amount))
        .join(newest, same)
        .where(Order.status.in_(ORDERED), Order.archived_at.is_(None))
        .group_by(Order.account_id, Order.ordered_on)
    )
    return {account_id: (day, amount) for account_id, day, amount in rows}
