"""Who holds how much of what can be exceeded, and which of it the office has lately asked back (decision 6).

What is asked back is given to nobody for ``PAUSE``, so that the office can lower the limit meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from fieldcrm.clock import from_ms, to_ms
from fieldcrm.rules import slices
from fieldcrm.rules.slices import Limit, Named
from fieldcrm.services import rule_sets
from server import operations, room
from server.database import run
from server.scope import Principal
from server.tables_auth import operation

PAUSE = timedelta(minutes=30)
_ASKED_BACK = "limit_recalled"
_GRACE_MS = int(slices.GRACE.total_seconds() * 1000)
_HELD = (
    'SELECT s.kind, s."key", s.account_id, s.device_id, d.name, u.name, s.amount - s.spent, s.expires_at, '
    'd.seen_at FROM limit_slice s LEFT JOIN device d ON d.id = s.device_id JOIN "user" u ON u.id = s.rep_id '
    "WHERE s.archived_at IS NULL AND s.expires_at > ? AND s.amount > s.spent ORDER BY s.given_at, s.id"
)

_ENDED = (
    'SELECT kind, "key", expires_at, CASE WHEN archived_at IS NOT NULL OR spent >= amount THEN 1 ELSE 0 END '
    """FROM limit_slice WHERE "key" IN ? AND ended_by <> ''"""
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A laptop with a slice; called back, it may be out of reach until ``until``."""

    device_id: str
    device: str
    person: str
    left: Decimal
    until: datetime
    seen_at: datetime | None
    called_back: bool


@dataclass(frozen=True, slots=True)
class Held:
    """One limit: what is there of it (None: nobody limits it now), and who holds how much.

    Of the parts that are being called back (``asked_back``) so many came back already.
    """

    kind: str
    key: str
    account_id: str | None
    name: str = ""
    there: Decimal | None = None
    holders: list[Holder] = field(default_factory=list)
    asked_back: int = 0
    came_back: int = 0

    @property
    def out(self) -> Decimal:
        """How much laptops hold."""
        return sum((each.left for each in self.holders), Decimal())

    @property
    def over(self) -> Decimal:
        """By how much that is more than there is."""
        return Decimal() if self.there is None else max(self.out - self.there, Decimal())


def note(connection: Connection, named: Named, by: Principal, at: datetime, number: int) -> None:
    """Write down that somebody asked a limit's slices back."""
    operations.record(
        connection, _ASKED_BACK, at, user_id=by.user_id, device_id=by.device_id, entity=named[0],
        key=named[1], slices=number,
    )  # fmt: skip


def customer_of(connection: Connection, named: Named) -> str | None:
    """Return whose limit it is, by a slice of it that is out; None for what is everybody's."""
    found = run(
        connection, 'SELECT account_id FROM limit_slice WHERE kind = ? AND "key" = ? AND archived_at IS NULL '
        "LIMIT 1", *named,
    ).first()  # fmt: skip
    return None if found is None else found[0]


def lately(connection: Connection, at: datetime) -> frozenset[Named]:
    """Return the limits that were asked back a short time ago."""
    query = select(operation.c.entity, operation.c.facts).where(
        operation.c.at > at - PAUSE, operation.c.what == _ASKED_BACK
    )
    return frozenset((str(kind), str((facts or {}).get("key"))) for kind, facts in connection.execute(query))


def overview(connection: Connection, at: datetime, account_id: UUID | None = None) -> list[Held]:
    """Return who holds what: of what is everybody's, of one customer, or of customers who hold too much."""
    held = _held(connection, at)
    there = _there(connection, at, held.values())
    names, called = _names(connection, held.values()), progress(connection, held)
    found = [
        replace(
            each, name=names.get(each.account_id or each.key, each.key), there=there.get(named),
            asked_back=called[named][0], came_back=called[named][1],
        )
        for named, each in held.items()
    ]  # fmt: skip
    if account_id is not None:
        return [each for each in found if each.account_id == str(account_id)]
    return sorted(
        (each for each in found if each.account_id is None or each.over),
        key=lambda each: (not each.over, each.kind, each.name, each.key),
    )


def progress(connection: Connection, limits: Collection[Named]) -> dict[Named, tuple[int, int]]:
    """Return of each limit how many parts are being called back, and how many of these came back.

    What counts is the call that is not over: all parts that ended since the first that is still out.
    """
    ended: dict[Named, list[tuple[int, bool]]] = {named: [] for named in limits}
    keys = sorted({key for _, key in limits})
    for kind, key, at_ms, gone in run(connection, _ENDED, keys) if keys else ():
        if (kind, key) in ended:
            ended[kind, key].append((at_ms, bool(gone)))
    found = {}
    for named, parts in ended.items():
        begun = min((at_ms for at_ms, gone in parts if not gone), default=None)
        now = [gone for at_ms, gone in parts if begun is not None and at_ms >= begun]
        found[named] = len(now), sum(now)
    return found


def beyond(connection: Connection, account_id: UUID, limit: Decimal, at: datetime) -> list[Holder]:
    """Return whose parts of a customer's credit have no room under another limit, and come back."""
    named = str(Limit.CREDIT), str(account_id)
    at_stake = room.exposures(connection, [str(account_id)])[str(account_id)]
    held = _held(connection, at).get(named)
    if held is None:
        return []
    out = [each for each in held.holders if not each.called_back]
    given = [slices.Slice(each.left, Decimal(), each.until) for each in out]
    there = limit - (at_stake.owed)
    return [out[n] for n in slices.beyond(given, there, at)]


def _held(connection: Connection, at: datetime) -> dict[Named, Held]:
    found: dict[Named, Held] = {}
    for kind, key, account, device, name, person, left, expires, seen in run(
        connection, _HELD, to_ms(at) - _GRACE_MS
    ):
        called_back = expires <= to_ms(at)
        until = from_ms(expires) + (slices.VALID if called_back else timedelta())
        holder = Holder(
            device,
            name or "",
            person,
            room.decimal(left),
            until,
            from_ms(seen) if seen else None,
            called_back,
        )
        found.setdefault((kind, key), Held(kind, key, account)).holders.append(holder)
    return found


def _there(connection: Connection, at: datetime, held: Iterable[Held]) -> dict[Named, Decimal]:
    with Session(connection, join_transaction_mode="rollback_only") as session:
        book = rule_sets.in_force(session, at)
    found = room.of_everybody(connection, book.budgeted, book.capped)
    accounts = sorted({each.account_id for each in held if each.account_id is not None})
    if accounts:
        found |= {limit: amount for limit, amount, _ in room.customers_limits(connection, at, accounts)}
    return found


def _names(connection: Connection, held: Iterable[Held]) -> Mapping[str, str]:
    """Return what promotions, articles and customers are called, by what names them in a limit."""
    keys: dict[str, list[str]] = {"account": [], "product": [], "promotion": []}
    for each in held:
        if each.account_id is not None:
            keys["account"].append(each.account_id)
        else:
            keys["product" if each.kind == Limit.STOCK else "promotion"].append(each.key)
    asked = (
        ("SELECT id, name FROM account WHERE id IN ?", keys["account"]),
        ("SELECT id, name FROM product WHERE id IN ?", keys["product"]),
        ("SELECT code, name FROM promotion WHERE until_set IS NULL AND code IN ?", keys["promotion"]),
    )
    rows: list[Any] = [row for sql, wanted in asked if wanted for row in run(connection, sql, wanted)]
    return {str(key): str(name) for key, name in rows}
