"""What a device may take of everything that can be exceeded, while its orders are judged and booked.

A device has its own slices, and what nobody holds; what others hold is theirs until it comes back.
``handing`` gives slices out, ``room`` counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from fieldcrm.clock import from_ms
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.rules import slices
from fieldcrm.rules.credit import Exposure
from fieldcrm.rules.pricing import trace
from fieldcrm.rules.pricing.rebates import Rebate
from fieldcrm.rules.slices import Limit, Named
from fieldcrm.services.pricing import Basis
from fieldcrm.sync.entities import registry
from server import keys, room
from server.database import run, run_many
from server.room import Out

if TYPE_CHECKING:
    from server.batch import Batch, Held, Step


def hold(connection: Connection) -> tuple[list[str], list[str]]:
    """Lock what is everybody's until the transaction ends; return the ids of budgets and of stocks."""
    lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
    budgets, stocks = (
        [key for (key,) in run(connection, f"SELECT id FROM {table} ORDER BY id{lock}")]  # noqa: S608
        for table in ("promotion_spent", "scarce_stock")
    )
    return budgets, stocks


@dataclass(slots=True)
class Room:
    """What one push may take: what is there less what others hold; ``mine`` are the device's slices."""

    there: dict[Named, Decimal] = field(default_factory=dict)
    mine: dict[Named, list[str]] = field(default_factory=dict)
    own: dict[Named, Decimal] = field(default_factory=dict)
    others: dict[Named, Decimal] = field(default_factory=dict)
    exposures: dict[str, Exposure] = field(default_factory=dict)
    asked: dict[Named, Decimal] = field(default_factory=dict)
    whose: str = ""

    def allowed(self, named: Named, there: Decimal | None = None) -> Decimal | None:
        """Return how much of a limit may be taken; None when nobody limits that.

        ``there`` is what is there, where that is known better.
        """
        whole = self.there.get(named) if there is None else there
        if whole is None:
            return None
        own = self.own.get(named, Decimal())
        if planted("promise_forgotten"):
            return max(whole - self.others.get(named, Decimal()), Decimal())
        return own + max(whole - self.others.get(named, Decimal()) - own, Decimal())

    def is_others_turn(self, account_id: str) -> bool:
        """Say whether another device alone uses what this customer may use only so often."""
        turn = Limit.TURN, account_id
        return bool(self.others.get(turn)) and not self.own.get(turn)

    def give(self, back: Mapping[Named, Decimal]) -> None:
        """Count what came back in this push; it is in nobody's slice."""
        for named, amount in back.items():
            if named in self.there:
                self.there[named] += amount

    def take(self, costs: Mapping[Named, Decimal]) -> None:
        """Count what an order took, so that the next of the same push sees it."""
        for named, cost in costs.items():
            if named in self.there:
                self.there[named] -= cost
            own = self.own.get(named, Decimal())
            self.own[named] = own - min(cost, own)


def of_batch(batch: Batch, rep_id: str) -> Room:
    """Return the room of a push: what its customers have, read once; their accounts are held.

    What its own user ordered is borne by the device's slices; what he decides of another's (as a
    manager who approves) by the slices of all that one's devices.
    """
    whose = rep_id if rep_id != batch.standing.me else ""
    if batch.room is not None and batch.room.whose != whose:
        batch.flush()
        batch.room = None
    if batch.room is None:
        accounts = sorted(row_id for entity, row_id in batch.rows if entity == "account")
        at, found = from_ms(batch.at_ms), Room(whose=whose)
        stake = room.at_stake(batch.connection, at, accounts)
        found.exposures, found.there, found.asked = stake.exposures, stake.there, stake.asked
        batch.room = found
        out = room.held_slices(batch.connection, at, everybodys=batch.budgets_held, accounts=accounts)
        found.there |= room.stock(batch.connection) if batch.budgets_held else {}
        _sort(batch, found, out)
    here: Room = batch.room
    return here


def lock(batch: Batch) -> bool:
    """Hold what is everybody's until the push ends; say whether it was not held before."""
    if batch.budgets_held:
        return False
    budgets, stocks = hold(batch.connection)
    batch.add_rows(registry()["promotion_spent"], budgets, "FOR UPDATE")
    batch.add_rows(registry()["scarce_stock"], stocks, "FOR UPDATE")
    batch.budgets_held = True
    if batch.room is not None:
        batch.room.there |= room.stock(batch.connection)
        _sort(batch, batch.room, room.held_slices(batch.connection, from_ms(batch.at_ms), accounts=()))
    return True


def _sort(batch: Batch, found: Room, out: Iterable[Out]) -> None:
    column = "rep_id" if found.whose else "device_id"
    me, at, mine = found.whose or str(batch.standing.principal.device_id), from_ms(batch.at_ms), []
    for each in out:
        is_mine = each.row[column] == me
        whose = found.own if is_mine else found.others
        whose[each.named] = whose.get(each.named, Decimal()) + slices.reserved([each.given], at)
        if is_mine:
            found.mine.setdefault(each.named, []).append(each.row["id"])
            mine.append(each.row["id"])
    batch.add_rows(registry()["limit_slice"], mine, "FOR UPDATE")


def allowed(found: Room, known: Basis, account_id: str) -> Basis:
    """Return a basis whose limits are what may be used of them here."""
    limits, book = known.rules.limits, known.rulebook
    budgets, in_all, uses = dict(limits.budgets), dict(limits.uses_in_all), dict(limits.uses)
    for code in book.budgeted:
        budgets[code] = found.allowed((Limit.BUDGET, code), budgets[code]) or Decimal()
    for code in book.capped:
        in_all[code] = int(found.allowed((Limit.USES, code), Decimal(in_all[code])) or 0)
    if found.is_others_turn(account_id):
        uses |= dict.fromkeys(book.counted, 0)
    rebates = tuple(
        replace(each, balance=found.allowed(lot, each.balance + found.asked.get(lot, Decimal())) or Decimal())
        for each in known.rules.rebates
        for lot in [(str(Limit.REBATE), each.key)]
    )
    there = replace(limits, budgets=budgets, uses_in_all=in_all, uses=uses)
    return replace(known, rules=replace(known.rules, limits=there, rebates=rebates))


def as_claimed(known: Basis, told: object) -> Basis | None:
    """Return the basis of a device that had less left than we know; None if it claims no less.

    Its own slice was smaller to it by orders that it counts and we do not, or not there yet.
    """
    limits, book, costs = known.rules.limits, known.rulebook, _costs(told)
    less = {
        code: costs.get(code, Decimal())
        for code in book.budgeted
        if Decimal() <= costs.get(code, Decimal()) < limits.budgets[code]
    }
    in_all = {code: 0 for code in book.capped if code not in costs and limits.uses_in_all[code] > 0}
    uses = {code: 0 for code in book.counted if code not in costs and limits.uses.get(code, 1) > 0}
    rebates, fewer = _claimed(known.rules.rebates, dict(trace.rebates(told)))
    if not (less or in_all or uses or fewer):
        return None
    there = replace(
        limits, budgets={**limits.budgets, **less}, uses_in_all={**limits.uses_in_all, **in_all},
        uses={**limits.uses, **uses},
    )  # fmt: skip
    return replace(known, rules=replace(known.rules, limits=there, rebates=rebates))


def _costs(told: object) -> dict[str, Decimal]:
    costs: dict[str, Decimal] = {}
    for used in trace.applied(told):
        costs[used.promotion] = costs.get(used.promotion, Decimal()) + used.amount + used.gift_value
    return costs


def _claimed(rebates: Iterable[Rebate], claims: Mapping[str, Decimal]) -> tuple[tuple[Rebate, ...], bool]:
    """Return rebates as small as somebody says; what he does not name he had nothing of."""
    known = tuple(rebates)
    found = tuple(
        replace(each, balance=max(min(each.balance, claims.get(each.key, Decimal())), Decimal()))
        for each in known
    )
    return found, found != known


# -- charging ----------------------------------------------------------------------------------


def charge(batch: Batch, step: Step, costs: Mapping[Named, Decimal], rep_id: str) -> None:
    """Let the slices of whose order it is bear what was just accepted takes."""
    found = of_batch(batch, rep_id)
    for named, cost in costs.items():
        rows = [_as_it_is(step, held) for key in found.mine.get(named, ()) if (held := _slice(batch, key))]
        given = [Out(held.row).given for held in rows]
        for held, part in zip(rows, slices.charged(given, cost), strict=True):
            if part and not planted("slice_not_charged"):
                held.put("spent", held.row["spent"] + int(part * SCALE))
                held.put("seal", keys.sign(batch.connection, slices.word(held.row)))
                held.bump()
                step.rows[:] = [*(row for row in step.rows if row.key != held.key), held]
    found.take(costs)


def _slice(batch: Batch, key: str) -> Held | None:
    return batch.held("limit_slice", key)


def _as_it_is(step: Step, held: Held) -> Held:
    """Return a row as a step has it so far, to be changed there."""
    return next((row for row in step.rows if row.key == held.key), None) or held.copy()


def charge_rep(connection: Connection, rep_id: str, costs: Mapping[Named, Decimal], at: datetime,
               account_id: str) -> None:  # fmt: skip
    """Let a rep's slices bear what the office accepted; the caller holds what guards them."""
    rows, sign = [], keys.signer(connection)
    out = room.held_slices(connection, at, accounts=[account_id])
    for named, cost in costs.items():
        mine = [each for each in out if each.named == named and each.row["rep_id"] == rep_id]
        for each, part in zip(mine, slices.charged([each.given for each in mine], cost), strict=True):
            if part:
                now = each.altered(spent=each.row["spent"] + int(part * SCALE))
                rows.append((now.row["spent"], sign(slices.word(now.row)), now.row["id"]))
    run_many(
        connection, "UPDATE limit_slice SET spent = ?, seal = ?, version = version + 1 WHERE id = ?", rows
    )


def room_of_rep(connection: Connection, rep_id: str, account_id: str, at: datetime) -> Room:
    """Return what the office may accept of a rep's: his devices' slices, and what nobody holds."""
    stake = room.at_stake(connection, at, [account_id])
    there = stake.there | room.stock(connection)
    found = Room(there=there, exposures=stake.exposures, asked=stake.asked)
    for each in room.held_slices(connection, at, accounts=[account_id]):
        whose = found.own if each.row["rep_id"] == rep_id else found.others
        whose[each.named] = whose.get(each.named, Decimal()) + slices.reserved([each.given], at)
    return found
