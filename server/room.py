"""How much there is of everything that can be exceeded, and what of it devices hold.

Read under the locks that guard it: the rows of ``promotion_spent`` and ``scarce_stock`` for what is
everybody's, an account's row for what is one customer's. At every commit the slices that are out
and what is spent add up to no more than the limit.
"""

# ruff: noqa: S608 - the statements below are put together from constants

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from fieldcrm.clock import business_day, from_ms, to_ms
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.rules import slices
from fieldcrm.rules.credit import Exposure
from fieldcrm.rules.slices import Limit, Named, Slice
from server.database import run

COLUMNS = ("id", "kind", "key", "account_id", "device_id", "rep_id", "amount", "spent", "expires_at")
_GRACE_MS = int(slices.GRACE.total_seconds() * 1000)
_OPEN = (
    'SELECT id, kind, "key", account_id, device_id, rep_id, amount, spent, expires_at FROM limit_slice '
    "WHERE expires_at > ? AND archived_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Out:
    """A slice that a device holds, as it is stored."""

    row: Mapping[str, Any]

    @property
    def named(self) -> Named:
        """Of which limit it is."""
        return self.row["kind"], self.row["key"]

    @property
    def given(self) -> Slice:
        """What it amounts to."""
        row = self.row
        return Slice(decimal(row["amount"]), decimal(row["spent"]), from_ms(row["expires_at"]))

    def altered(self, **values: Any) -> Out:
        """Return it with other values."""
        return replace(self, row={**self.row, **values})


def held_slices(
    connection: Connection, at: datetime, *, everybodys: bool = True, accounts: Iterable[str] | None = None
) -> list[Out]:
    """Return the slices that still count, the older ones first; ``accounts`` None means of all customers."""
    wanted = [] if not everybodys else ["account_id IS NULL"]
    values: list[Any] = [to_ms(at) - _GRACE_MS]
    if accounts is None:
        wanted.append("account_id IS NOT NULL")
    elif named := sorted(accounts):
        wanted.append("account_id IN ?")
        values.append(named)
    if not wanted:
        return []
    sql = f"{_OPEN} AND ({' OR '.join(wanted)}) ORDER BY given_at, id"
    return [Out(dict(zip(COLUMNS, row, strict=True))) for row in run(connection, sql, *values)]


def reserved(out: Iterable[Out], at: datetime) -> dict[Named, Decimal]:
    """Return how much of each limit nobody else may have."""
    found: dict[Named, Decimal] = {}
    for each in out:
        found[each.named] = found.get(each.named, Decimal()) + slices.reserved([each.given], at)
    return found


def of_everybody(
    connection: Connection, budgeted: Mapping[str, Decimal], capped: Mapping[str, int]
) -> dict[Named, Decimal]:
    """Return what is there of budgets, of uses in all and of scarce stock."""
    spent = {
        code: (decimal(amount), uses)
        for code, amount, uses in run(connection, "SELECT promotion_code, amount, uses FROM promotion_spent")
    }
    none = Decimal(), 0
    found: dict[Named, Decimal] = {
        (Limit.BUDGET, code): budget - spent.get(code, none)[0] for code, budget in budgeted.items()
    }
    found |= {(Limit.USES, code): Decimal(most - spent.get(code, none)[1]) for code, most in capped.items()}
    return found | stock(connection)


def stock(connection: Connection) -> dict[Named, Decimal]:
    """Return what is there of scarce articles."""
    rows = run(connection, "SELECT product_id, quantity, sold FROM scarce_stock WHERE archived_at IS NULL")
    return {(Limit.STOCK, product): decimal(quantity - sold) for product, quantity, sold in rows}


@dataclass(frozen=True, slots=True)
class AtStake:
    """The exposures of customers, what is there of their limits, and what of lots is asked for (below 0)."""

    exposures: dict[str, Exposure]
    there: dict[Named, Decimal]
    asked: dict[Named, Decimal]


def at_stake(connection: Connection, at: datetime, accounts: Sequence[str]) -> AtStake:
    """Return what is at stake with these customers, read once."""
    purses = _purses(connection, accounts)
    found = exposures(connection, accounts, purses)
    limits = customers_limits(connection, at, accounts, purses, found)
    asked = {(kind, key): amount for (key, kind), amount in purses.items() if kind == Limit.REBATE}
    return AtStake(found, {limit: amount for limit, amount, _ in limits}, asked)


def customers_limits(
    connection: Connection, at: datetime, accounts: Sequence[str] | None = None,
    purses: Mapping[tuple[str, str], Decimal] | None = None, known: Mapping[str, Exposure] | None = None,
) -> Iterator[tuple[Named, Decimal, str]]:  # fmt: skip
    """Yield every limit of customers with what is there and whose it is; what is asked for is not there."""
    purses = _purses(connection, accounts) if purses is None else purses
    for account, exposure in (known or exposures(connection, accounts, purses)).items():
        if exposure.free is not None:
            yield (Limit.CREDIT, account), exposure.free, account
    for (account, purse), amount in purses.items():
        if purse in (Limit.PREPAY, Limit.CASH):
            yield (purse, account), amount, account
    for lot, account, amount in lots(connection, business_day(at), accounts):
        yield (Limit.REBATE, lot), amount + purses.get((lot, Limit.REBATE), Decimal()), account


def exposures(
    connection: Connection, accounts: Sequence[str] | None = None,
    purses: Mapping[tuple[str, str], Decimal] | None = None,
) -> dict[str, Exposure]:  # fmt: skip
    """Return what is at stake with customers, without anything that still waits (decision 11).

    None means all that have a credit limit.
    """
    purses = _purses(connection, accounts) if purses is None else purses
    where, values = _among("id", accounts)
    where = where or " AND credit_limit IS NOT NULL"
    rows = run(
        connection, "SELECT id, credit_limit, receivable, overdue_since FROM account "
        f"WHERE archived_at IS NULL{where}", *values,
    )  # fmt: skip
    return {
        account: Exposure(
            None if limit is None else decimal(limit), decimal(receivable),
            -purses.get((account, Limit.CREDIT), Decimal()), purses.get((account, "receipt"), Decimal()),
            None if since is None else date.fromisoformat(since),
        )
        for account, limit, receivable, since in rows
    }  # fmt: skip


def _purses(connection: Connection, accounts: Sequence[str] | None) -> dict[tuple[str, str], Decimal]:
    """Return the balances of purses, less what is asked for; of lots only that, under the lot's id."""
    where, values = _among("account_id", accounts)
    rows = run(
        connection, "SELECT account_id, purse, sum(amount) FROM money_entry "
        f"WHERE archived_at IS NULL{where} GROUP BY account_id, purse "
        f"UNION ALL SELECT key, kind, amount FROM money_lowering WHERE done_at IS NULL{where}",
        *values, *values,
    )  # fmt: skip
    found: dict[tuple[str, str], Decimal] = {}
    for key, purse, amount in rows:
        if planted("asked_for_given_again") and (key, purse) in found:
            continue
        found[key, purse] = found.get((key, purse), Decimal()) + decimal(amount)
    return found


def lots(
    connection: Connection, today: date, accounts: Sequence[str] | None
) -> Iterator[tuple[str, str, Decimal]]:
    """Yield the rebates that have not expired: lot, whose, and what it holds."""
    where, values = _among("account_id", accounts)
    rows = run(
        connection, "SELECT lot_id, account_id, sum(amount), max(valid_to) FROM rebate_entry "
        f"WHERE archived_at IS NULL{where} GROUP BY lot_id, account_id", *values,
    )  # fmt: skip
    for lot, account, amount, valid_to in rows:
        if valid_to is None or valid_to >= today.isoformat():
            yield lot, account, decimal(amount)


def _among(column: str, accounts: Sequence[str] | None) -> tuple[str, list[Any]]:
    return ("", []) if accounts is None else (f" AND {column} IN ?", [list(accounts)])


def decimal(stored: Any) -> Decimal:
    """Return an amount as it is stored, which some sums give as a driver's own number."""
    return Decimal(int(stored or 0)) / SCALE
