"""The strategy card of an account, and its months counted from visits and orders (A2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order
from fieldcrm.model.strategy import AccountStrategy
from fieldcrm.model.visits import CheckOut, Visit
from fieldcrm.rules import evaluation
from fieldcrm.rules.evaluation import Month
from fieldcrm.services import cadence
from fieldcrm.services.store_facts import ORDERED

MAX_TEXT = 2000
_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Card:
    """What is wanted of an account, and what its months were."""

    aim: str = ""
    obstacles: str = ""
    measures: str = ""
    target: Decimal | None = None
    until: date | None = None
    months: tuple[Month, ...] = ()


def card(session: Session, account_id: UUID, *, today: date) -> Card:
    """Return the card of an account; one without a strategy has its months all the same."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    row = _row(session, account_id)
    rhythm = cadence.load(session).rhythm(cadence.store_of(account))
    since = _months_before(today, _MONTHS - 1)
    months = evaluation.months(
        rhythm, _visited(session, account_id, since), _ordered(session, account_id, since),
        row.target_sales if row else None, today=today, number=_MONTHS,
    )  # fmt: skip
    if row is None:
        return Card(months=tuple(months))
    return Card(row.aim, row.obstacles, row.measures, row.target_sales, row.until, tuple(months))


def save(session: Session, account_id: UUID, said: Card) -> UUID:
    """Keep what is said in a card."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    for name in ("aim", "obstacles", "measures"):
        if len(text := getattr(said, name)) > MAX_TEXT:
            raise Invalid("too_long", field=name, limit=MAX_TEXT, length=len(text))
    if said.target is not None and said.target < 0:
        raise Invalid("out_of_range", field="target_sales", least=0, value=str(said.target))
    row = _row(session, account_id)
    if row is None:
        row = AccountStrategy(id=new_id(), account_id=account_id, territory_id=account.territory_id)
        session.add(row)
    row.aim, row.obstacles = said.aim.strip(), said.obstacles.strip()
    row.measures = said.measures.strip()
    row.target_sales, row.until = said.target, said.until
    return row.id


def _row(session: Session, account_id: UUID) -> AccountStrategy | None:
    """Return the card; of two that were begun on two laptops the earlier one."""
    return session.scalars(
        select(AccountStrategy)
        .where(AccountStrategy.account_id == account_id, AccountStrategy.archived_at.is_(None))
        .order_by(AccountStrategy.id)
    ).first()


def _months_before(today: date, number: int) -> date:
    month = today.year * 12 + today.month - 1 - number
    return date(month // 12, month % 12 + 1, 1)


def _visited(session: Session, account_id: UUID, since: date) -> list[date]:
    begin = datetime.combine(since, time(), DEFAULT_ZONE)
    rows = session.scalars(
        select(Visit.started_at)
        .where(Visit.account_id == account_id, Visit.started_at >= begin, Visit.archived_at.is_(None))
        .where(Visit.id.in_(select(CheckOut.visit_id)))
    )
    return [business_day(at) for at in rows]


def _ordered(session: Session, account_id: UUID, since: date) -> list[tuple[date, Decimal]]:
    rows = session.execute(
        select(Order.ordered_on, Order.total_amount).where(
            Order.account_id == account_id,
            Order.ordered_on >= since,
            Order.status.in_(ORDERED),
            Order.archived_at.is_(None),
        )
    )
    return [(row.ordered_on, row.total_amount) for row in rows]
