"""Slices of promotion budgets: given to devices, charged by the orders that are accepted, coming back.

The rows of ``promotion_spent`` are the lock of all of this: whoever gives, charges or counts a slice
holds them first, so a device's slice and what is free add up to the budget at every commit. A slice
that expired is not taken back by anybody: it stops being reserved when its grace is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from fieldcrm.clock import from_ms, to_ms
from fieldcrm.faults import planted, reach
from fieldcrm.ids import new_id
from fieldcrm.model.base import SCALE
from fieldcrm.rules import slices
from fieldcrm.rules.slices import Slice
from fieldcrm.services import rule_sets
from fieldcrm.services.pricing import Basis
from fieldcrm.sync.entities import registry
from server.batch import Batch, Held, Step
from server.database import Database, run, run_many

_GRACE_MS = int(slices.GRACE.total_seconds() * 1000)
_OPEN = (
    "SELECT id, promotion_code, device_id, amount, spent, expires_at FROM limit_slice "
    "WHERE expires_at > ? AND archived_at IS NULL ORDER BY given_at, id"
)
_DEVICES = (
    'SELECT d.id, d.user_id FROM device d JOIN "user" u ON u.id = d.user_id '
    "WHERE d.state = 'active' AND u.role IN ('rep', 'manager') AND u.active AND u.archived_at IS NULL "
    "ORDER BY d.id"
)
_INSERT = (
    "INSERT INTO limit_slice (id, version, promotion_code, device_id, rep_id, amount, spent, given_at,"
    " expires_at) VALUES (?, 1, ?, ?, ?, ?, 0, ?, ?)"
)
_PROLONG = "UPDATE limit_slice SET expires_at = ?, version = version + 1 WHERE id = ?"


@dataclass(frozen=True, slots=True)
class _Handed:
    """What is to be written: new slices as rows, and slices that go on."""

    given: list[tuple[Any, ...]]
    prolonged: list[tuple[int, str]]

    def __bool__(self) -> bool:
        return bool(self.given or self.prolonged)


def hold(connection: Connection) -> list[str]:
    """Lock every budget until the transaction ends; return the ids of their rows."""
    lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
    return [key for (key,) in run(connection, f"SELECT id FROM promotion_spent ORDER BY id{lock}")]  # noqa: S608


def hand_out(database: Database, at: datetime) -> int:
    """Give every device that sells its slices, and more to those that run low; return how many were new."""
    with database.reading() as connection:
        handed = _wanted(connection, at)
    if not handed:
        return 0
    reach("server.slices.wanted")
    with database.writing() as connection:
        hold(connection)
        if not planted("slice_not_locked"):
            handed = _wanted(connection, at)
        run_many(connection, _INSERT, handed.given)
        run_many(connection, _PROLONG, handed.prolonged)
    return len(handed.given)


def _wanted(connection: Connection, at: datetime) -> _Handed:
    with Session(connection, join_transaction_mode="rollback_only") as session:
        budgets = rule_sets.in_force(session, at).budgeted
    handed = _Handed([], [])
    if not budgets:
        return handed
    devices = run(connection, _DEVICES).all()
    spent = dict(run(connection, "SELECT promotion_code, amount FROM promotion_spent").all())
    held: dict[tuple[str, str], list[tuple[str, Slice]]] = defaultdict(list)
    for key, code, device, given in _open(connection, at):
        held[code, device].append((key, given))
    for code, budget in budgets.items():
        of_code = [given for (name, _), mine in held.items() if name == code for _, given in mine]
        free = budget - _decimal(spent.get(code, 0)) - slices.reserved(of_code, at)
        for device, user in devices:
            free -= _to_device(handed, code, device, user, held[code, device], free, len(devices), at)
    return handed


def _to_device(
    handed: _Handed, code: str, device: str, user: str, mine: list[tuple[str, Slice]], free: Decimal,
    devices: int, at: datetime,
) -> Decimal:  # fmt: skip
    """Note what one device gets of a budget; return how much of what was free that is."""
    until = to_ms(at + slices.VALID)
    handed.prolonged.extend((until, key) for key, given in mine if slices.ends_soon(given, at))
    part = slices.portion(free, devices) if slices.runs_low([given for _, given in mine], at) else Decimal()
    if part or not mine:  # a slice of nothing tells the device that it must not sell on
        handed.given.append((str(new_id()), code, device, user, int(part * SCALE), to_ms(at), until))
    return part


def _open(connection: Connection, at: datetime) -> Iterator[tuple[str, str, str, Slice]]:
    for key, code, device, amount, spent, expires in run(connection, _OPEN, to_ms(at) - _GRACE_MS):
        yield key, code, device, Slice(_decimal(amount), _decimal(spent), from_ms(expires))


# -- while orders are judged -------------------------------------------------------------------


def load(batch: Batch) -> None:
    """Read the slices once the budgets are held: this device's as rows, the others' as sums."""
    mine: list[str] = []
    others: defaultdict[str, Decimal] = defaultdict(Decimal)
    for key, code, device, given in _open(batch.connection, from_ms(batch.at_ms)):
        if device == str(batch.standing.principal.device_id):
            mine.append(key)
        else:
            others[code] += given.left
    batch.add_rows(registry()["limit_slice"], mine, "FOR UPDATE")
    batch.slices, batch.reserved_for_others = mine, others


def allowed(batch: Batch, known: Basis) -> Basis:
    """Return a basis whose budgets are what this device may spend: its slices, and what is free."""
    limits = known.rules.limits
    budgets = dict(limits.budgets)
    for code in known.rulebook.budgeted:
        own = sum((_slice(held).left for held in _mine(batch, code)), Decimal())
        free = budgets[code] - batch.reserved_for_others.get(code, Decimal()) - own
        budgets[code] = own + max(free, Decimal())
    return replace(known, rules=replace(known.rules, limits=replace(limits, budgets=budgets)))


def as_claimed(known: Basis, costs: Mapping[str, Decimal]) -> Basis | None:
    """Return the basis of a device that had less left than we know; None if it claims no less.

    Its own slice was smaller to it by orders that it counts and we do not.
    """
    limits = known.rules.limits
    less = {
        code: costs.get(code, Decimal())
        for code in known.rulebook.budgeted
        if Decimal() <= costs.get(code, Decimal()) < limits.budgets[code]
    }
    if not less:
        return None
    budgets = dict(limits.budgets) | less
    return replace(known, rules=replace(known.rules, limits=replace(limits, budgets=budgets)))


def charge(batch: Batch, step: Step, code: str, cost: int) -> None:
    """Let this device's slices bear what an order that was just accepted costs a budget."""
    mine = [step_row(step, held) for held in _mine(batch, code)]
    for held, part in zip(mine, slices.charged([_slice(each) for each in mine], _decimal(cost)), strict=True):
        if part:
            held.put("spent", held.row["spent"] + int(part * SCALE))
            held.bump()
            step.rows[:] = [*(row for row in step.rows if row.key != held.key), held]


def charge_rep(connection: Connection, rep_id: str, code: str, cost: Decimal, at: datetime) -> None:
    """Let a rep's slices bear what the office accepted; the caller holds the budget."""
    devices = {device for device, user in run(connection, _DEVICES) if user == rep_id}
    mine = [(key, given) for key, name, device, given in _open(connection, at)
            if name == code and device in devices]  # fmt: skip
    borne = slices.charged([given for _, given in mine], cost)
    run_many(
        connection, "UPDATE limit_slice SET spent = spent + ?, version = version + 1 WHERE id = ?",
        [(int(part * SCALE), key) for (key, _), part in zip(mine, borne, strict=True) if part],
    )  # fmt: skip


def step_row(step: Step, held: Held) -> Held:
    """Return a row as a step has it so far, to be changed there."""
    return next((row for row in step.rows if row.key == held.key), None) or held.copy()


def _mine(batch: Batch, code: str) -> Iterable[Held]:
    rows = (batch.held("limit_slice", key) for key in batch.slices)
    return [held for held in rows if held is not None and held.row["promotion_code"] == code]


def _slice(held: Held) -> Slice:
    row = held.row
    return Slice(_decimal(row["amount"]), _decimal(row["spent"]), from_ms(row["expires_at"]))


def _decimal(stored: int) -> Decimal:
    return Decimal(stored) / SCALE
