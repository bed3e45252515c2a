"""Gives devices their slices of everything that can be exceeded, signs them, and takes them back.

What is everybody's goes in parts to every device that sells, what is one customer's to the devices
that serve him: all of it when that is one device alone. Each limit is looked at twice, the second
time under the lock that guards it. A slice that expired comes back when its grace is over, or at
once when its device has shown that it knows and that nothing of that time is still to come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from fieldcrm.clock import to_ms
from fieldcrm.faults import planted, reach
from fieldcrm.ids import new_id
from fieldcrm.model.base import SCALE
from fieldcrm.model.users import Role
from fieldcrm.rules import slices
from fieldcrm.rules.slices import Ended, Limit, Named
from fieldcrm.services import rule_sets
from server import calling_back, keys, room
from server.database import Database, run, run_many
from server.room import Out
from server.slices import hold

CHUNK = 200
REST_MS = 10 * 60_000
_VALID_MS, _GRACE_MS = (int(each.total_seconds() * 1000) for each in (slices.VALID, slices.GRACE))
_DEVICES = (
    'SELECT d.id, d.user_id, u.territory_id, u.role FROM device d JOIN "user" u ON u.id = d.user_id '
    "WHERE d.state = 'active' AND u.role IN ('rep', 'manager') AND u.active AND u.archived_at IS NULL "
    "AND (d.seen_at IS NULL OR d.seen_at > ?) ORDER BY d.id"
)
_INSERT = (
    'INSERT INTO limit_slice (id, version, kind, "key", account_id, device_id, rep_id, amount, spent,'
    " given_at, expires_at, seal, ended_by) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')"
)
_ALTER = (
    "UPDATE limit_slice SET amount = ?, expires_at = ?, seal = ?, ended_by = ?, version = version + 1 "
    "WHERE id = ?"
)
_LOCK_ACCOUNTS = "SELECT id FROM account WHERE id IN ? ORDER BY id"
Devices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Handed:
    """What is to be written: new slices, and slices that grow or go on."""

    given: list[Out] = field(default_factory=list)
    altered: list[Out] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.given or self.altered)


def hand_out(database: Database, at: datetime) -> int:
    """Give every device that sells its slices of what is everybody's; return how many were new."""
    with database.reading() as connection:
        handed = _everybodys(connection, at)
    if not handed:
        return 0
    reach("server.slices.wanted")
    with database.writing() as connection:
        hold(connection)
        if not planted("slice_not_locked"):
            handed = _everybodys(connection, at)
        _write(connection, handed, at)
    return len(handed.given)


def hand_out_customers(database: Database, at: datetime, due: Sequence[str] | None = None) -> int:
    """Give the devices that serve customers what is theirs to spend; return how many slices were new.

    ``due`` are the customers to look at; None means all.
    """
    if due is not None and not due:
        return 0
    with database.reading() as connection:
        wanted = sorted({each.row["account_id"] for each in _all(_customers(connection, at, due))})
    reach("server.slices.customers_wanted")
    given = 0
    for start in range(0, len(wanted), CHUNK):
        with database.writing() as connection:
            given += hand_out_to(connection, wanted[start : start + CHUNK], at)
    return given


def hand_out_to(connection: Connection, accounts: Iterable[str], at: datetime) -> int:
    """Give out what is there of these customers' limits, in the caller's transaction."""
    named = sorted(accounts)
    hold_accounts(connection, named)
    handed = _customers(connection, at, named)
    _write(connection, handed, at)
    return len(handed.given)


def hold_accounts(connection: Connection, accounts: Sequence[str]) -> None:
    """Lock what guards these customers' limits until the transaction ends."""
    lock = " FOR NO KEY UPDATE" if connection.dialect.name == "postgresql" else ""
    run(connection, _LOCK_ACCOUNTS + lock, accounts).all()


def call_back_everybodys(connection: Connection, at: datetime) -> int:
    """Hand out what is everybody's, which the caller holds; return how many slices were called back."""
    handed = _everybodys(connection, at)
    _write(connection, handed, at)
    return sum(1 for each in handed.altered if each.row.get("ended_by"))


def take_back(database: Database, at: datetime) -> int:
    """Put away the slices that nobody will spend any more; return how many those were."""
    with database.reading() as connection:
        over = _over(connection, at)
    if not over:
        return 0
    with database.writing() as connection:
        run(
            connection, "UPDATE limit_slice SET archived_at = ?, version = version + 1 WHERE id IN ?",
            to_ms(at), over,
        )  # fmt: skip
    return len(over)


def _over(connection: Connection, at: datetime) -> list[str]:
    """Return the expired slices whose grace is over too, or whose device is known to be through with them."""
    rows = run(
        connection,
        "SELECT s.id FROM limit_slice s JOIN device d ON d.id = s.device_id "
        "WHERE s.archived_at IS NULL AND s.expires_at <= ? AND (s.expires_at <= ? OR (d.unsent = 0 "
        "AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.device_id = s.device_id) AND EXISTS "
        "(SELECT 1 FROM device_progress p WHERE p.device_id = s.device_id AND p.held_at <= d.told_at "
        "AND p.seq >= (SELECT max(r.seq) FROM sync_row r WHERE r.row_id = s.id))))",
        to_ms(at), to_ms(at) - _GRACE_MS,
    )  # fmt: skip
    return [key for (key,) in rows]


def recall(connection: Connection, accounts: Iterable[str], at: datetime) -> int:
    """Let the slices of customers end now; what they had left comes back when their devices know of it."""
    return _end(connection, room.held_slices(connection, at, everybodys=False, accounts=accounts), at)


def recall_limit(connection: Connection, named: Named, at: datetime) -> int:
    """Let the slices of one limit end now; the caller holds what guards it and notes who asked."""
    everybodys = named[0] in slices.OF_EVERYBODY
    out = room.held_slices(connection, at, everybodys=everybodys, accounts=() if everybodys else None)
    return _end(connection, [each for each in out if each.named == named], at)


def _end(connection: Connection, out: Iterable[Out], at: datetime) -> int:
    ended = [_ended(each, at, Ended.RECALLED) for each in out if each.row["expires_at"] > to_ms(at)]
    _write(connection, _Handed(altered=ended), at)
    return len(ended)


def devices(connection: Connection, at: datetime) -> list[tuple[str, str, str, str]]:
    """Return the devices that sell and were there lately: whose, in which area, in which role."""
    rows = run(connection, _DEVICES, to_ms(at) - _VALID_MS)
    return [(device, user, area, role) for device, user, area, role in rows]


# -- who gets what -----------------------------------------------------------------------------


def _everybodys(connection: Connection, at: datetime) -> _Handed:
    with Session(connection, join_transaction_mode="rollback_only") as session:
        book = rule_sets.in_force(session, at)
    there = room.of_everybody(connection, book.budgeted, book.capped)
    handed = _Handed()
    if not there:
        return handed
    out = room.held_slices(connection, at, accounts=())
    selling = [(device, user) for device, user, *_ in devices(connection, at)]
    paused = calling_back.lately(connection, at)
    for named, amount in there.items():
        mine = [each for each in out if each.named == named]
        _shared(handed, named, amount, mine, selling, at, None, paused=named in paused)
    return handed


def _customers(connection: Connection, at: datetime, accounts: Sequence[str] | None = None) -> _Handed:
    handed = _Handed()
    limits = [*room.customers_limits(connection, at, accounts), *_turns(connection, at, accounts)]
    if not limits:
        return handed
    resting = _resting(connection, at)
    paused = calling_back.lately(connection, at)
    serving = _serving(connection, at, {account for _, _, account in limits})
    held: dict[Named, list[Out]] = defaultdict(list)
    for each in room.held_slices(connection, at, everybodys=False, accounts=accounts):
        held[each.named].append(each)
    for named, amount, account in limits:
        rests = account in resting or named in paused
        _shared(handed, named, amount, held[named], serving(account), at, account, paused=rests)
    return handed


def _resting(connection: Connection, at: datetime) -> set[str]:
    """Return whose slices have just come back: finance may have asked, so nothing is given anew yet."""
    rows = run(
        connection,
        "SELECT DISTINCT account_id FROM limit_slice WHERE archived_at > ? AND account_id IS NOT NULL",
        to_ms(at) - REST_MS,
    )
    return {account for (account,) in rows}


def _turns(
    connection: Connection, at: datetime, accounts: Sequence[str] | None
) -> Iterator[tuple[Named, Decimal, str]]:
    """Yield the one turn of each customer, while something may be used only so often by one customer."""
    with Session(connection, join_transaction_mode="rollback_only") as session:
        if not rule_sets.in_force(session, at).counted:
            return
    where, values = ("", []) if accounts is None else (" AND id IN ?", [list(accounts)])
    rows = run(connection, f"SELECT id FROM account WHERE archived_at IS NULL{where}", *values)  # noqa: S608
    for (account,) in rows:
        yield (Limit.TURN, account), Decimal(1), account


def _serving(connection: Connection, at: datetime, accounts: Iterable[str]) -> Callable[[str], Devices]:
    """Return who serves an account: its owner's devices, or else those of the reps of its territory."""
    of_user: dict[str, list[tuple[str, str]]] = defaultdict(list)
    of_area: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for device, user, area, role in devices(connection, at):
        of_user[user].append((device, user))
        if role == Role.REP:
            of_area[area].append((device, user))
    where = {
        account: (owner, area)
        for account, owner, area in run(
            connection, "SELECT id, owner_id, territory_id FROM account WHERE id IN ?", sorted(accounts)
        )
    }

    def serving(account: str) -> Devices:
        owner, area = where.get(account, (None, None))
        return of_user.get(owner or "") or of_area.get(area or "") or []

    return serving


def _shared(
    handed: _Handed, named: Named, there: Decimal, out: Sequence[Out], devices: Devices, at: datetime,
    account: str | None, *, paused: bool,
) -> None:  # fmt: skip
    """Note who gets how much of one limit, which slices go on and which end.

    Those end whose device serves no more, and those that a lowered limit has no room for; these also
    while nothing of it is given (``paused``).
    """
    free = there - sum((slices.reserved([each.given], at) for each in out), Decimal())
    if free < 0:  # somebody lowered the limit below what is out
        ended = slices.beyond([each.given for each in out], there, at)
        handed.altered.extend(_ended(out[n], at, Ended.LOWERED) for n in ended)
    if free < 0 or paused:
        return
    for device, user in devices:
        mine = [each for each in out if each.row["device_id"] == device and at < each.given.expires_at]
        part = _part(named[0], free, [each.given for each in mine], len(devices), at)
        if part:
            _give(handed, named, part, mine, (device, user, account), at)
            free -= part
        else:
            handed.altered.extend(_prolonged(each, at) for each in mine if slices.ends_soon(each.given, at))
    serving = {device for device, _ in devices}
    handed.altered.extend(
        _ended(each, at, Ended.MOVED)
        for each in out
        if account is not None and each.row["device_id"] not in serving and at < each.given.expires_at
    )


def _part(limit: str, free: Decimal, mine: Sequence[slices.Slice], devices: int, at: datetime) -> Decimal:
    whole = devices == 1 and limit not in slices.OF_EVERYBODY
    wants = whole or slices.runs_low(mine, at)
    return slices.portion(free, devices, limit) if wants else Decimal()


def _give(
    handed: _Handed, named: Named, part: Decimal, mine: Sequence[Out],
    whose: tuple[str, str, str | None], at: datetime,
) -> None:  # fmt: skip
    """Give a part: what is a customer's lets the slice that is there grow, so he has one a device."""
    until = to_ms(at + slices.VALID)
    if mine and named[0] not in slices.OF_EVERYBODY:
        last = mine[-1]
        handed.altered.append(last.altered(amount=last.row["amount"] + int(part * SCALE), expires_at=until))
        return
    values = (str(new_id()), *named, whose[2], whose[0], whose[1], int(part * SCALE), 0, until)
    handed.given.append(Out(dict(zip(room.COLUMNS, values, strict=True))))


def _prolonged(each: Out, at: datetime) -> Out:
    return each.altered(expires_at=to_ms(at + slices.VALID))


def _ended(each: Out, at: datetime, why: Ended) -> Out:
    return each.altered(expires_at=to_ms(at), ended_by=str(why))


def _all(handed: _Handed) -> list[Out]:
    return [*handed.given, *handed.altered]


def _write(connection: Connection, handed: _Handed, at: datetime) -> None:
    if not handed:
        return
    sign = keys.signer(connection)

    def seal(row: Mapping[str, Any]) -> str:
        return sign(slices.word(row))

    run_many(
        connection, _INSERT,
        [
            (r["id"], r["kind"], r["key"], r["account_id"], r["device_id"], r["rep_id"], r["amount"], 0,
             to_ms(at), r["expires_at"], seal(r))
            for r in (each.row for each in handed.given)
        ],
    )  # fmt: skip
    run_many(
        connection,
        _ALTER,
        [
            (r["amount"], r["expires_at"], seal(r), r.get("ended_by", ""), r["id"])
            for r in (each.row for each in handed.altered)
        ],
    )
