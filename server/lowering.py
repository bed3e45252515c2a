"""Money that the office takes out of a purse or a rebate while laptops may sell against it (decision 6).

What is asked for is nobody's from that moment on (``room`` counts it as gone), and the parts of laptops that
leave no room for it are called back. It is booked when they have come back or ended: a purse is never
overdrawn, and no order is refused for it. What laptops sold meanwhile may leave less than was asked for;
then nothing is booked, and somebody decides anew. The caller holds the account's row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from fieldcrm.clock import business_day
from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.model.rebates import RebateMove
from fieldcrm.rules import money
from fieldcrm.rules.slices import Limit, Named
from server import handing, ledger, operations, room
from server.database import Database, run
from server.postings import stored
from server.scope import Principal
from server.tables import money_lowering

_BALANCES = (
    "SELECT purse, account_id, sum(amount) FROM money_entry WHERE account_id = ? AND archived_at IS NULL "
    "AND purse IN ('prepay', 'cash') GROUP BY purse, account_id "
    "UNION ALL SELECT 'rebate', lot_id, sum(amount) FROM rebate_entry "
    "WHERE account_id = ? AND archived_at IS NULL GROUP BY lot_id"
)
_LOTS = (
    "SELECT r.lot_id, r.program_code, (SELECT max(p.name) FROM rebate_program p "
    "WHERE p.code = r.program_code AND p.until_set IS NULL), r.kind, sum(r.amount), max(r.valid_to) "
    "FROM rebate_entry r WHERE r.account_id = ? AND r.archived_at IS NULL "
    "GROUP BY r.lot_id, r.program_code, r.kind "
    "HAVING sum(r.amount) > 0 AND (max(r.valid_to) IS NULL OR max(r.valid_to) >= ?) "
    "ORDER BY coalesce(max(r.valid_to), '9999'), r.lot_id"
)
_LOT = (
    "SELECT program_code, kind, max(product_id) FROM rebate_entry WHERE lot_id = ? AND account_id = ? "
    "GROUP BY program_code, kind"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be taken (``amount`` is below nothing), from which limit of whom, and how it is booked."""

    id: UUID
    kind: str
    key: str
    account_id: UUID
    amount: Decimal
    booked_on: date
    reference: str = ""
    note: str = ""

    @property
    def named(self) -> Named:
        """The limit that it lowers."""
        return self.kind, self.key


@dataclass(frozen=True, slots=True)
class Lot:
    """A rebate of a customer: of which program, what it holds, until when, and what laptops hold of it."""

    id: UUID
    program: str
    name: str
    kind: str
    left: Decimal
    valid_to: str | None
    held: Decimal


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that was asked for and is not booked: what is there, and what laptops still hold of it."""

    asked: Asked
    there: Decimal
    held: Decimal

    @property
    def is_short(self) -> bool:
        """Say whether too little is left for it, now that nothing is out any more."""
        return not self.held and self.there + self.asked.amount < 0


def fits(connection: Connection, account_id: UUID, named: Named, amount: Decimal, at: datetime) -> bool:
    """Say whether nothing has to be called back, nor comes before, when so much is taken."""
    there = _there(connection, account_id).get(named, Decimal())
    there += sum((each.amount for each in _open(connection, account_id) if each.named == named), Decimal())
    return there + amount >= held(connection, account_id, at).get(named, Decimal())


def ask(connection: Connection, asked: Asked, by: Principal, at: datetime) -> bool:
    """Take something, at once where laptops hold nothing of it; return whether it is booked already."""
    known = _said_before(connection, asked)
    if known is None:
        money.booked(_there(connection, asked.account_id).get(asked.named, Decimal()), asked.amount)
        connection.execute(insert(money_lowering).values(_row(asked, by, at)))
        operations.record(
            connection, "money_lowered", at, user_id=by.user_id, device_id=by.device_id, entity=asked.kind,
            row_id=asked.id,
        )  # fmt: skip
        known = False
    book_what_may(connection, str(asked.account_id), at)
    handing.hand_out_to(connection, [str(asked.account_id)], at)
    return _said_before(connection, asked) or known


def _said_before(connection: Connection, asked: Asked) -> bool | None:
    """Return whether what has this id is booked; None when it is new, an error when it said otherwise."""
    table = money_lowering.c
    query = select(table.kind, table.key, table.amount, table.done_at).where(table.id == asked.id)
    row = connection.execute(query).first()
    if row is None:
        return None
    if (row.kind, row.key, row.amount) != (*asked.named, stored(asked.amount)):
        raise RuleBroken("id_taken")
    return row.done_at is not None


def _row(asked: Asked, by: Principal, at: datetime) -> dict[str, Any]:
    return {
        "id": asked.id, "kind": asked.kind, "key": asked.key, "account_id": asked.account_id,
        "amount": stored(asked.amount), "booked_on": asked.booked_on.isoformat(),
        "reference": asked.reference, "note": asked.note, "asked_by": by.user_id, "asked_at": at,
    }  # fmt: skip


def waiting(connection: Connection, account_id: UUID, at: datetime) -> list[Waiting]:
    """Return what waits at a customer, the oldest first."""
    there, out = _there(connection, account_id), held(connection, account_id, at)
    return [
        Waiting(each, there.get(each.named, Decimal()), out.get(each.named, Decimal()))
        for each in _open(connection, account_id)
    ]


def book_what_may(connection: Connection, account_id: str, at: datetime) -> int:
    """Book what waits at a customer and has room beside what laptops hold; return how many that were.

    They are booked in the order in which they were asked for; none overtakes another of the same limit.
    """
    left: dict[Named, Decimal] = {}
    done = 0
    for each in waiting(connection, UUID(account_id), at):
        named = each.asked.named
        left[named] = left.get(named, each.there) + each.asked.amount
        if left[named] >= each.held or planted("lowered_at_once"):
            _book(connection, each.asked)
            _done(connection, each.asked.id, at)
            done += 1
    return done


def book_all(database: Database, at: datetime) -> int:
    """Book what waited for laptops and has room now; return how much that was."""
    with database.reading() as connection:
        query = select(money_lowering.c.account_id).where(money_lowering.c.done_at.is_(None)).distinct()
        accounts = sorted(map(str, connection.execute(query).scalars()))
    done = 0
    for account in accounts:
        with database.writing() as connection:
            handing.hold_accounts(connection, [account])
            done += book_what_may(connection, account, at)
    return done


def withdraw(connection: Connection, account_id: UUID, key: UUID, by: Principal, at: datetime) -> None:
    """Take back what was asked for and is not booked; laptops are given their parts anew."""
    if not any(each.id == key for each in _open(connection, account_id)):
        raise NotFound("money_lowering", key)
    _done(connection, key, at)
    operations.record(
        connection, "money_lowering_withdrawn", at, user_id=by.user_id, device_id=by.device_id, row_id=key
    )


def lots(connection: Connection, account_id: UUID, at: datetime) -> list[Lot]:
    """Return a customer's rebates that have not expired and hold something, those first that end first."""
    out, today = held(connection, account_id, at), business_day(at).isoformat()
    return [
        Lot(UUID(lot), code, name or code, kind, room.decimal(left), ends,
            out.get((str(Limit.REBATE), lot), Decimal()))
        for lot, code, name, kind, left, ends in run(connection, _LOTS, str(account_id), today)
    ]  # fmt: skip


def _open(connection: Connection, account_id: UUID) -> list[Asked]:
    table = money_lowering.c
    query = (
        select(money_lowering)
        .where(table.account_id == account_id, table.done_at.is_(None))
        .order_by(table.asked_at, table.id)
    )
    return [
        Asked(
            row.id, row.kind, row.key, row.account_id, Decimal(row.amount) / SCALE,
            date.fromisoformat(row.booked_on), row.reference, row.note,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _there(connection: Connection, account_id: UUID) -> dict[Named, Decimal]:
    """Return what is in a customer's purses and lots, whatever is asked for."""
    rows = run(connection, _BALANCES, str(account_id), str(account_id))
    return {(kind, key): room.decimal(amount) for kind, key, amount in rows}


def held(connection: Connection, account_id: UUID, at: datetime) -> dict[Named, Decimal]:
    """Return what laptops hold of a customer's limits."""
    out = room.held_slices(connection, at, everybodys=False, accounts=[str(account_id)])
    return room.reserved(out, at)


def _done(connection: Connection, key: UUID, at: datetime) -> None:
    connection.execute(update(money_lowering).where(money_lowering.c.id == key).values(done_at=at))


def _book(connection: Connection, asked: Asked) -> None:
    territory, by = run(
        connection, "SELECT a.territory_id, l.asked_by FROM account a JOIN money_lowering l "
        "ON l.account_id = a.id WHERE l.id = ?", str(asked.id),
    ).one()  # fmt: skip
    row = {
        "id": str(asked.id), "version": 1, "extra": None, "archived_at": None, "order_id": None,
        "account_id": str(asked.account_id), "territory_id": territory, "amount": stored(asked.amount),
        "booked_on": asked.booked_on.isoformat(), "note": asked.note,
    }  # fmt: skip
    if asked.kind == Limit.REBATE:
        ledger.write(connection, "rebate_entry", row | _adjusted(connection, asked))
    else:
        paid = {"purse": asked.kind, "reference": asked.reference, "posted_by": by}
        ledger.write(connection, "money_entry", row | paid)


def _adjusted(connection: Connection, asked: Asked) -> dict[str, Any]:
    code, kind, product = run(connection, _LOT, asked.key, str(asked.account_id)).one()
    return {
        "lot_id": asked.key, "program_code": code, "move": str(RebateMove.ADJUSTED), "kind": kind,
        "product_id": product, "valid_from": None, "valid_to": None, "period_from": None, "period_to": None,
    }  # fmt: skip
