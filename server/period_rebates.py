"""Rebates of a period, booked when it is over: once for each program, account and period.

A period ends with the organisation's day. What it earned is reckoned from all of its orders each
time and compared with what is booked for it, so running twice books nothing twice, and a late
order, a cancelled one or a return becomes one more entry. What was earned too much comes back from
the program's lots, none of them below nothing; the rest is taken when the next period is booked.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE, business_day, to_ms
from fieldcrm.faults import planted, reach
from fieldcrm.model.base import SCALE
from fieldcrm.model.rebates import RebateKind, RebateMove
from fieldcrm.rules import deliveries, slices
from fieldcrm.rules.pricing import accruals
from fieldcrm.rules.pricing.accruals import Line, Lot, Sale, Span
from fieldcrm.rules.pricing.rebates import Program
from fieldcrm.services import pricing, rule_sets
from server.database import Database, run, run_many

LATELY, LONG = timedelta(days=40), timedelta(days=400)
ACCOUNTS = 200
_LOCK = 0x72656261
_SOLD = (
    "SELECT o.account_id, o.id, o.ordered_on, l.id, l.net_amount, l.quantity,"
    " l.quantity * coalesce(u.factor, ?) "
    'FROM "order" o JOIN order_line l ON l.order_id = o.id '
    "LEFT JOIN product_unit u ON u.product_id = l.product_id AND u.unit = l.unit "
    "WHERE o.status = 'accepted' AND o.archived_at IS NULL AND o.ordered_on >= ? AND o.ordered_on <= ? "
    "AND l.gift_by IS NULL AND o.account_id IN ?"
)
_BACK = (
    'SELECT r.order_id, r.quantities FROM order_return r JOIN "order" o ON o.id = r.order_id '
    "WHERE r.account_id IN ? AND r.archived_at IS NULL AND o.ordered_on >= ? AND o.ordered_on <= ? "
    "ORDER BY r.id"
)
_BOUGHT = (
    'SELECT DISTINCT o.account_id FROM "order" o JOIN order_line l ON l.order_id = o.id '
    "WHERE o.status = 'accepted' AND o.archived_at IS NULL AND o.ordered_on >= ? AND o.ordered_on <= ?"
)
_OF = " AND l.product_id IN ?"
_BOOKED = (
    "SELECT account_id, sum(amount), count(*) FROM rebate_entry WHERE program_code = ? AND period_from = ? "
    "AND move IN ('earned', 'adjusted') AND account_id IN ? GROUP BY account_id"
)
_LOTS = (
    "SELECT account_id, lot_id, sum(amount), max(valid_to) FROM rebate_entry "
    "WHERE program_code = ? AND kind = ? AND account_id IN ? AND archived_at IS NULL "
    "GROUP BY account_id, lot_id HAVING sum(amount) > 0 AND (max(valid_to) IS NULL OR max(valid_to) >= ?)"
)
_GIVEN = (
    "SELECT key, sum(amount - spent) FROM limit_slice WHERE kind = 'rebate' AND key IN ? "
    "AND expires_at > ? AND amount > spent AND archived_at IS NULL GROUP BY key"
)
_INSERT = (
    "INSERT INTO rebate_entry (id, version, lot_id, program_code, account_id, territory_id, move, kind,"
    " amount, booked_on, valid_from, valid_to, note, product_id, period_from, period_to) "
    "VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Due:
    """A program's period that is over."""

    program: Program
    span: Span

    @property
    def kind(self) -> RebateKind:
        """What is given."""
        return RebateKind.GOODS if self.program.goods else RebateKind.CASH

    def lot(self, account_id: str) -> str:
        """Return the id of what an account earned: the same wherever and however often it is reckoned."""
        name = f"rebate:{self.program.key}:{account_id}:{self.span.first}"
        return str(uuid5(NAMESPACE_OID, name))


def book(database: Database, at: datetime, back: timedelta = LATELY) -> int:
    """Book what periods earned that ended in the last days; return how many entries were made."""
    made = 0
    with database.reading() as connection, _session(connection) as session:
        found = list(due(session, _today(at), back))
    for each in found:
        with database.reading() as connection:
            accounts = sorted(_concerned(connection, each))
        for place in range(0, len(accounts), ACCOUNTS):
            with database.writing() as connection:
                made += _book(connection, each, accounts[place : place + ACCOUNTS], at)
            reach("server.rebates.some_booked")
    return made


def _today(at: datetime) -> date:
    return at.date() if planted("period_ends_in_utc") else business_day(at)


def due(session: Session, today: date, back: timedelta) -> Iterator[Due]:
    """Yield the periods that are over, the oldest first, by the rules in force on their last day."""
    since = today - back
    last = (since.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
    while last < today:
        midnight = datetime.combine(last + timedelta(1), datetime.min.time(), DEFAULT_ZONE)
        book_ = rule_sets.in_force(session, midnight - timedelta(milliseconds=1))
        for program in book_.programs.values():
            if program.earning.period and (not program.goods or program.product):
                yield from (Due(program, span) for span in accruals.ended(program, last + timedelta(1), last))
        last = ((last + timedelta(32)).replace(day=1)) - timedelta(1)


def _session(connection: Connection) -> Session:
    return Session(connection, join_transaction_mode="rollback_only")


def _concerned(connection: Connection, due_: Due) -> set[str]:
    """Return who bought in the period, and who was booked for it before."""
    of = sorted(due_.program.of)
    found = run(
        connection, _BOUGHT + (_OF if of else ""),
        due_.span.first.isoformat(), due_.span.last.isoformat(), *([of] if of else ()),
    )  # fmt: skip
    booked = run(
        connection, "SELECT DISTINCT account_id FROM rebate_entry WHERE program_code = ? AND period_from = ?",
        due_.program.key, due_.span.first.isoformat(),
    )  # fmt: skip
    return {account for (account,) in [*found, *booked]}


def _book(connection: Connection, due_: Due, accounts: Sequence[str], at: datetime) -> int:
    """Book for some accounts what is not booked yet, all in one transaction that nobody else is in."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    areas = _held(connection, accounts)
    sales = _sales(connection, due_, accounts)
    meant = _meant(connection, due_.program, areas)
    booked = _booked(connection, due_, accounts)
    today = business_day(at)
    lots = _lots(connection, due_, accounts, at)
    entries: list[tuple[Any, ...]] = []
    for account, territory in areas.items():
        earned = Decimal()
        if account in meant:
            earned = accruals.earned(due_.program, sales.get(account, ()), due_.span)
        so_far, number = booked[account]
        so_far = Decimal() if planted("period_forgotten") else so_far
        for lot, amount, move in _moves(due_, account, earned - so_far, number, lots[account]):
            entries.append(_entry(due_, account, territory, lot, amount, move, number, today))
            number += 1
    run_many(connection, _INSERT, entries)
    return len(entries)


def _held(connection: Connection, accounts: Sequence[str]) -> dict[str, str]:
    """Return where the accounts are; nobody else books anything of theirs until this is done."""
    lock = " FOR NO KEY UPDATE" if connection.dialect.name == "postgresql" else ""
    found = run(
        connection, f"SELECT id, territory_id FROM account WHERE id IN ? ORDER BY id{lock}",  # noqa: S608 - ours
        list(accounts),
    )  # fmt: skip
    return dict(found.all())


def _meant(connection: Connection, program: Program, accounts: Iterable[str]) -> set[str]:
    with _session(connection) as session:
        customers = pricing.customers(session, map(UUID, accounts))
    return {str(key) for key, customer in customers.items() if customer.is_among(program.whom)}


def _sales(connection: Connection, due_: Due, accounts: Sequence[str]) -> Mapping[str, list[Sale]]:
    """Return what each account bought and kept, an order at a time."""
    since = accruals.counts_from(due_.program, due_.span).isoformat()
    until, of = due_.span.last.isoformat(), sorted(due_.program.of)
    rows = run(
        connection, _SOLD + (_OF if of else ""), SCALE, since, until, list(accounts), *([of] if of else ())
    )
    lines: defaultdict[str, dict[str, Line]] = defaultdict(dict)
    orders: dict[str, tuple[str, date]] = {}
    for account, order, on, line, net, quantity, base in rows:
        orders[order] = account, date.fromisoformat(on)
        lines[order][line] = Line(
            Decimal(net) / SCALE, Decimal(quantity) / SCALE, Decimal(base) / SCALE / SCALE
        )
    back: defaultdict[str, list[Mapping[str, Decimal]]] = defaultdict(list)
    for order, quantities in run(connection, _BACK, list(accounts), since, until):
        back[order].append(deliveries.read(json.loads(quantities or "null")))
    found: defaultdict[str, list[Sale]] = defaultdict(list)
    for order, (account, on) in orders.items():
        found[account].append(accruals.kept(on, lines[order], back[order]))
    return found


def _booked(connection: Connection, due_: Due, accounts: Sequence[str]) -> Mapping[str, tuple[Decimal, int]]:
    found: defaultdict[str, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(), 0))
    rows = run(connection, _BOOKED, due_.program.key, due_.span.first.isoformat(), list(accounts))
    for account, amount, number in rows:
        found[account] = (Decimal(amount) / SCALE, number)
    return found


def _lots(
    connection: Connection, due_: Due, accounts: Sequence[str], at: datetime
) -> Mapping[str, list[Lot]]:
    """Return what the program's lots hold, the period's own first, then the one that ends first.

    What devices were given of a lot to spend without a network stays theirs.
    """
    found: defaultdict[str, list[tuple[bool, str, Lot]]] = defaultdict(list)
    today = business_day(at).isoformat()
    rows = run(connection, _LOTS, due_.program.key, str(due_.kind), list(accounts), today).all()
    open_ms = to_ms(at - slices.GRACE)
    given = dict(run(connection, _GIVEN, sorted({lot for _, lot, *_ in rows}), open_ms).all())
    for account, lot, balance, ends in rows:
        place = (lot != due_.lot(account), ends or date.max.isoformat())
        found[account].append((*place, Lot(lot, Decimal(int(balance) - int(given.get(lot, 0))) / SCALE)))
    kept: defaultdict[str, list[Lot]] = defaultdict(list)
    for account, places in found.items():
        kept[account] = [lot for *_, lot in sorted(places, key=lambda place: place[:2])]
    return kept


def _moves(
    due_: Due, account: str, missing: Decimal, number: int, lots: Sequence[Lot]
) -> Iterator[tuple[str, Decimal, RebateMove]]:
    """Yield what brings the books to what was earned: lot, amount and what it is called."""
    if missing > 0:
        yield due_.lot(account), missing, RebateMove.ADJUSTED if number else RebateMove.EARNED
    elif missing < 0:
        for lot, part in accruals.taken(-missing, lots):
            yield lot, -part, RebateMove.ADJUSTED


def _entry(
    due_: Due, account: str, territory: str, lot: str, amount: Decimal, move: RebateMove, number: int,
    today: date,
) -> tuple[Any, ...]:  # fmt: skip
    first = due_.span.last + timedelta(1)
    ends = None if due_.program.keep_days is None else first + timedelta(due_.program.keep_days)
    is_lot = move is RebateMove.EARNED
    key = lot if is_lot else str(uuid5(NAMESPACE_OID, f"{lot}:{due_.span.first}:{number}"))
    return (
        key, lot, due_.program.key, account, territory, str(move), str(due_.kind), int(amount * SCALE),
        today.isoformat(), first.isoformat() if is_lot else None,
        ends.isoformat() if is_lot and ends else None, "", due_.program.product or None,
        due_.span.first.isoformat(), due_.span.last.isoformat(),
    )  # fmt: skip
