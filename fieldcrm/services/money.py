"""What a customer has with us: balances by purse, and the statement of a ledger (F5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldcrm.model.money import MoneyEntry, MoneyPolicy
from fieldcrm.model.orders import Order
from fieldcrm.model.rebates import RebateEntry, RebateKind, RebateMove, RebateProgram
from fieldcrm.rules import credit, money

REBATE = "rebate"
PURSES = ("prepay", "cash", REBATE, "credit", "receivable", "receipt")


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
    """One movement with the balance of its purse after it; ``move`` is a rebate's (``RebateMove``)."""

    on: date
    text: str
    amount: Decimal
    balance: Decimal
    move: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One purse in a period: what it held before, its movements, and what it holds after them."""

    purse: str
    opening: Decimal
    lines: tuple[Line, ...]

    @property
    def closing(self) -> Decimal:
        """What the purse holds at the end."""
        return self.lines[-1].balance if self.lines else self.opening

    @property
    def came(self) -> Decimal:
        """What came in."""
        return sum((line.amount for line in self.lines if line.amount > 0), Decimal())

    @property
    def went(self) -> Decimal:
        """What went out, below nothing."""
        return sum((line.amount for line in self.lines if line.amount < 0), Decimal())


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


def statement(
    session: Session, account_id: UUID, today: date, since: date | None = None, until: date | None = None
) -> list[Section]:
    """Return the purses of an account that were ever used, each with what moved in a period, oldest first."""
    found: dict[str, list[Line]] = {}
    for purse, moved in (*_money(session, account_id), *_rebates(session, account_id, today)):
        found.setdefault(purse, []).append(moved)
    return [_section(purse, found[purse], since, until) for purse in PURSES if purse in found]


def _section(purse: str, moved: Iterable[Line], since: date | None, until: date | None) -> Section:
    balance = opening = Decimal()
    lines = []
    for line in moved:
        if until is not None and line.on > until:
            break
        balance += line.amount
        if since is not None and line.on < since:
            opening = balance
        else:
            lines.append(replace(line, balance=balance))
    return Section(purse, opening, tuple(lines))


def _money(session: Session, account_id: UUID) -> Iterator[tuple[str, Line]]:
    rows = session.scalars(
        select(MoneyEntry)
        .where(MoneyEntry.account_id == account_id, MoneyEntry.archived_at.is_(None))
        .order_by(MoneyEntry.booked_on, MoneyEntry.id)
    )
    for row in rows:
        text = " · ".join(part for part in (row.reference, row.note) if part)
        yield str(row.purse), Line(row.booked_on, text, row.amount, Decimal())


def _rebates(session: Session, account_id: UUID, today: date) -> list[tuple[str, Line]]:
    """Return the movements of rebates in money; what was left of a lot when it expired goes out then."""
    rows = session.execute(
        select(RebateEntry, Order.number)
        .outerjoin(Order, Order.id == RebateEntry.order_id)
        .where(
            RebateEntry.account_id == account_id, RebateEntry.kind == RebateKind.CASH,
            RebateEntry.archived_at.is_(None),
        )
    ).all()  # fmt: skip
    names = _programs(session, {row.program_code for row, _ in rows})
    left: dict[tuple[UUID, str], tuple[Decimal, date | None]] = {}
    moved = []
    for row, number in rows:
        name = names.get(row.program_code, row.program_code)
        text = " · ".join(part for part in (name, number, row.note) if part)
        moved.append((row.booked_on, row.id, Line(row.booked_on, text, row.amount, Decimal(), str(row.move))))
        amount, ends = left.get((row.lot_id, name), (Decimal(), None))
        left[row.lot_id, name] = amount + row.amount, row.valid_to or ends
    for (lot, name), (amount, ends) in left.items():
        if amount and ends is not None and ends < today:
            gone = ends + timedelta(1)
            moved.append((gone, lot, Line(gone, name, -amount, Decimal(), str(RebateMove.EXPIRED))))
    return [(REBATE, line) for *_, line in sorted(moved, key=lambda each: each[:2])]


def _programs(session: Session, codes: Collection[str]) -> dict[str, str]:
    query = select(RebateProgram.code, RebateProgram.name).where(
        RebateProgram.code.in_(codes), RebateProgram.until_set.is_(None)
    )
    return {row.code: row.name for row in session.execute(query)}
