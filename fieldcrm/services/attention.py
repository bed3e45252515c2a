"""What a rep should settle today: clashes, refused work, orders sent back, overdue promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict, ConflictState, Quarantine
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.visits import Decision, Visit, VisitReview
from fieldcrm.rules.visits import VisitState
from fieldcrm.services import quote_news, todos, visits

LATELY = timedelta(days=30)


class Concern(StrEnum):
    """Why something is on the list, most urgent first."""

    MISSED_CHECK_OUT = "missed_check_out"
    RETURNED = "returned"
    CONFLICT = "conflict"
    REFUSED = "refused"
    ORDER = "order"
    QUOTE = "quote"
    QUOTE_ENDS = "quote_ends"
    RECEIVABLE = "receivable"
    TODO = "todo"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to settle; ``fact`` is the field, code, title, order or quote number it is about.

    ``text`` is what somebody wrote with it, ``step`` what became of a quote.
    """

    concern: Concern
    target_id: UUID
    account: str = ""
    fact: str = ""
    days: int = 0
    account_id: UUID | None = None
    amount: Decimal = Decimal()
    text: str = ""
    step: str = ""
    giver: str = ""  # who gave a to-do, where that is somebody else
    about: UUID | None = None  # the row that refused work is about


def needed(session: Session, me: UUID, on: date) -> list[Item]:
    """Return what needs me, most urgent first."""
    return [
        *_missed(session, me, on),
        *_returned(session, me, on),
        *_conflicts(session, me),
        *_refused(session, me),
        *_orders(session, me),
        *_quotes(session, me, on),
        *_receivables(session, me, on),
        *_todos(session, me, on),
    ]


def _missed(session: Session, me: UUID, on: date) -> Iterator[Item]:
    for visit in visits.open_visits(session, me, on):
        if visit.state is VisitState.MISSED_CHECK_OUT:
            yield Item(Concern.MISSED_CHECK_OUT, visit.visit_id, visit.account)


def _returned(session: Session, me: UUID, on: date) -> Iterator[Item]:
    """Yield reports sent back lately whose latest decision still stands."""
    since = datetime.combine(on - LATELY, time(), DEFAULT_ZONE)
    query = (
        select(VisitReview, Account.name)
        .join(Visit, Visit.id == VisitReview.visit_id)
        .outerjoin(Account, Account.id == Visit.account_id)
        .where(VisitReview.rep_id == me, VisitReview.at >= since, VisitReview.archived_at.is_(None))
        .where(VisitReview.decision.in_((Decision.APPROVED, Decision.RETURNED)))
        .order_by(VisitReview.at)
    )
    latest = {review.visit_id: (review, name) for review, name in session.execute(query)}
    for review, name in latest.values():
        if review.decision is Decision.RETURNED:
            yield Item(Concern.RETURNED, review.visit_id, name or "", review.text)


def _conflicts(session: Session, me: UUID) -> Iterator[Item]:
    query = (
        select(Conflict, Account.name)
        .outerjoin(Account, Account.id == Conflict.row_id)
        .where(
            or_(Conflict.lost_by == me, Conflict.won_by == me),
            Conflict.state == ConflictState.OPEN,
            Conflict.archived_at.is_(None),
        )
        .order_by(Conflict.lost_at)
    )
    for conflict, name in session.execute(query):
        yield Item(Concern.CONFLICT, conflict.id, name or "", conflict.field)


def _refused(session: Session, me: UUID) -> Iterator[Item]:
    """Yield refused work; that of an order says which and why, so that it can be sent again at once."""
    query = (
        select(Quarantine, Order.number, Order.provisional_number, Account.name)
        .outerjoin(Order, (Quarantine.entity == Order.__tablename__) & (Order.id == Quarantine.row_id))
        .outerjoin(Account, Account.id == Order.account_id)
        .where(Quarantine.rep_id == me, Quarantine.settled.is_(False), Quarantine.archived_at.is_(None))
        .order_by(Quarantine.at)
    )
    for refused, number, provisional, account in session.execute(query):
        yield Item(
            Concern.REFUSED, refused.id, account or "", number or provisional or refused.entity,
            text=refused.code, about=refused.row_id,
        )  # fmt: skip


def _orders(session: Session, me: UUID) -> Iterator[Item]:
    query = (
        select(Order, Account.name)
        .outerjoin(Account, Account.id == Order.account_id)
        .where(Order.rep_id == me, Order.status == OrderStatus.NEEDS_REVIEW, Order.archived_at.is_(None))
        .order_by(Order.ordered_on)
    )
    for order, name in session.execute(query):
        number = order.number or order.provisional_number
        yield Item(Concern.ORDER, order.id, name or "", number, amount=order.total_amount)


def _quotes(session: Session, me: UUID, on: date) -> Iterator[Item]:
    for news in quote_news.mine(session, me, on):
        concern = Concern.QUOTE_ENDS if news.act is None else Concern.QUOTE
        yield Item(
            concern, news.quote_id, news.account, news.number, max(news.days, 0), text=news.text,
            step=news.act or "",
        )  # fmt: skip


def _receivables(session: Session, me: UUID, on: date) -> Iterator[Item]:
    query = (
        select(Account)
        .join(VisitPlan, VisitPlan.account_id == Account.id)
        .where(
            VisitPlan.rep_id == me,
            VisitPlan.on == on,
            VisitPlan.status == PlanStatus.PLANNED,
            VisitPlan.archived_at.is_(None),
            Account.overdue_since.is_not(None),
        )
        .order_by(Account.overdue_since)
    )
    for account in session.scalars(query):
        late = (on - account.overdue_since).days if account.overdue_since else 0
        yield Item(Concern.RECEIVABLE, account.id, account.name, days=max(0, late), amount=account.receivable)


def _todos(session: Session, me: UUID, on: date) -> Iterator[Item]:
    for todo in todos.due(session, me, on):
        late = (on - todo.due_on).days if todo.due_on else 0
        yield Item(
            Concern.TODO, todo.id, todo.account, todo.title, late, todo.account_id, giver=todo.giver
        )  # fmt: skip
