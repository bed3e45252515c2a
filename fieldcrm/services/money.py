"""What a customer has with us: balances by purse, and the statement of a ledger (F5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldcrm.model.money import MoneyEntry, MoneyPolicy
from fieldcrm.model.rebates import RebateEntry, RebateKind
from fieldcrm.rules import credit, money

REBATE = "rebate"


@dataclass(frozen=True, slots=True)
class Policy:
    """How the organisation uses its customers' money; see ``MoneyPolicy``."""

    order_of_use: tuple[str, ...] = money.ORDER_OF_USE
    warn_percent: Decimal = credit.WARN_PERCENT
    manager_over: Decimal | None = None


def policy(session: Session) -> Policy:
    """Return what the organisation decided, or the usual."""
    row = session.scalars(select(MoneyPolicy).where(MoneyPolicy.archived_at.is_(None))).first()
    if row is None:
        return Policy()
    return Policy(tuple(map(str, row.order_of_use)), row.warn_percent, row.manager_over)


@dataclass(frozen=True, slots=True)
class Line:
    """One movement with the balance of its purse after it."""

    purse: str
    on: date
    text: str
    amount: Decimal
    balance: Decimal


def balances(session: Session, account_id: UUID, today: date) -> dict[str, Decimal]:
    """Return what an account has, by purse; a purse that was never used is not named."""
    wanted = select(MoneyEntry.purse, func.sum(MoneyEntry.amount)).where(
        MoneyEntry.account_id == account_id, MoneyEntry.archived_at.is_(None)
    )
    found = {
        str(purse): amount
        for purse, amount in session.execute(wanted.group_by(MoneyEntry.purse))
        if purse in money.ORDER_OF_USE
    }
    rebate = _rebate(session, account_id, today)
    return found if rebate is None else found | {REBATE: rebate}


def _rebate(session: Session, account_id: UUID, today: date) -> Decimal | None:
    """Return what is left of the lots that have not expired; None when there never was one."""
    lots = (
        select(func.sum(RebateEntry.amount).label("left"), func.max(RebateEntry.valid_to).label("valid_to"))
        .where(
            RebateEntry.account_id == account_id, RebateEntry.kind == RebateKind.CASH,
            RebateEntry.archived_at.is_(None),
        )
        .group_by(RebateEntry.lot_id)
        .subquery()
    )  # fmt: skip
    valid = or_(lots.c.valid_to.is_(None), lots.c.valid_to >= today)
    number, left = session.execute(select(func.count(), func.sum(lots.c.left).filter(valid))).one()
    return (left or Decimal()) if number else None


def statement(session: Session, account_id: UUID) -> list[Line]:
    """Return every movement of an account's money, purse by purse, the oldest first."""
    rows = session.scalars(
        select(MoneyEntry)
        .where(MoneyEntry.account_id == account_id, MoneyEntry.archived_at.is_(None))
        .order_by(MoneyEntry.purse.desc(), MoneyEntry.booked_on, MoneyEntry.id)
    )
    lines: list[Line] = []
    sums: dict[str, Decimal] = {}
    for row in rows:
        purse = str(row.purse)
        sums[purse] = sums.get(purse, Decimal()) + row.amount
        text = " · ".join(part for part in (row.reference, row.note) if part)
        lines.append(Line(purse, row.booked_on, text, row.amount, sums[purse]))
    return lines
