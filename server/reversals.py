"""Taking back what an order took and earned, exactly once: when it is amended, cancelled or returned.

What is booked is never erased: an entry of the opposite sign joins it, worked out from the sum of all
that is booked under the order. So whatever was taken back before is not taken back again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, update

from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.base import SCALE
from fieldcrm.model.promotions import PromotionSpent, PromotionUse
from fieldcrm.model.rebates import RebateEntry, RebateMove
from fieldcrm.sync.entities import registry
from server import ledger, slices
from server.batch import Batch, Held, Step
from server.database import run
from server.rows import Stored

_spent: Any = PromotionSpent.__table__
_use: Any = PromotionUse.__table__
_entry: Any = RebateEntry.__table__
_FACTS = ("promotion_use", "rebate_entry", "promotion_spent")
_USES = (
    "SELECT promotion_code, sum(times), sum(amount), sum(gift_value) FROM promotion_use "
    "WHERE order_id = ? GROUP BY promotion_code ORDER BY promotion_code"
)
_LOTS = (
    "SELECT lot_id, program_code, kind, sum(amount) FROM rebate_entry "
    "WHERE order_id = ? GROUP BY lot_id, program_code, kind ORDER BY lot_id"
)


def take_back(batch: Batch, step: Step, order: Held) -> None:
    """Add what undoes all that is booked under an order to a step; its budgets are free again."""
    if any(batch.is_dirty(name) for name in _FACTS):
        batch.flush()
    for use in _uses(batch.connection, order.row):
        ledger.lock(batch)
        step.rows.append(_held("promotion_use", use))
        counted = batch.held("promotion_spent", str(ledger.spent_id(use["promotion_code"])))
        if counted is not None:
            counted = slices.step_row(step, counted)
            counted.put("amount", counted.row["amount"] + use["amount"] + use["gift_value"])
            counted.put("uses", counted.row["uses"] - 1)
            counted.bump()
            step.rows[:] = [*(row for row in step.rows if row.key != counted.key), counted]
    step.rows += [_held("rebate_entry", entry) for entry in _entries(batch.connection, order.row)]


def check_lots(batch: Batch, step: Step) -> None:
    """Raise if a rebate would be less than nothing: what an order earned may be used already."""
    moved: dict[str, int] = {}
    for held in step.rows:
        if held.entity.name == "rebate_entry":
            lot = held.row["lot_id"]
            moved[lot] = moved.get(lot, 0) + held.row["amount"]
    for lot, amount in moved.items():
        held_now = balance(batch.connection, lot)
        if amount < 0 and held_now + amount < 0:
            raise RuleBroken("rebate_spent", left=held_now, wanted=-amount)


def balance(connection: Connection, lot: str) -> int:
    """Return what a lot holds, as stored."""
    found = run(connection, "SELECT coalesce(sum(amount), 0) FROM rebate_entry WHERE lot_id = ?", lot)
    return int(found.scalar_one())


def _uses(connection: Connection, order: Stored) -> Iterator[Stored]:
    for code, times, amount, gift_value in run(connection, _USES, order["id"]):
        if times or amount or gift_value:
            yield _of(order) | {
                "promotion_code": code, "used_on": order["ordered_on"], "times": -int(times),
                "amount": -int(amount), "gift_value": -int(gift_value),
            }  # fmt: skip


def _entries(connection: Connection, order: Stored) -> Iterator[Stored]:
    for lot, code, kind, amount in run(connection, _LOTS, order["id"]):
        if amount:
            yield entry(order, lot, code, kind, -int(amount))


def entry(order: Stored, lot: str, code: str, kind: str, amount: int) -> Stored:
    """Return a movement that gives a lot back what an order took of it, or takes what it earned."""
    return _of(order) | {
        "lot_id": lot, "program_code": code, "move": str(RebateMove.RETURNED), "kind": kind,
        "amount": amount, "booked_on": order["ordered_on"], "valid_from": None, "valid_to": None, "note": "",
    }  # fmt: skip


def _of(order: Stored) -> dict[str, Any]:
    return {
        "id": str(new_id()), "version": 1, "extra": None, "archived_at": None,
        "account_id": order["account_id"], "territory_id": order["territory_id"], "order_id": order["id"],
    }  # fmt: skip


def _held(name: str, row: Stored) -> Held:
    return Held(registry()[name], row, {}, new=True)


def undo(connection: Connection, order: Mapping[str, Any]) -> None:
    """Take back all that is booked under an order outside a push; ``order`` is as on the wire."""
    slices.hold(connection)
    for use in list(_uses(connection, dict(order))):
        connection.execute(insert(_use), ledger.typed(_use, use))
        cost = Decimal(use["amount"] + use["gift_value"]) / SCALE
        counted = _spent.c.id == ledger.spent_id(use["promotion_code"])
        connection.execute(
            update(_spent).where(counted).values(amount=_spent.c.amount + cost, uses=_spent.c.uses - 1)
        )
    for each in list(_entries(connection, dict(order))):
        if each["amount"] < 0 and balance(connection, each["lot_id"]) + each["amount"] < 0:
            raise RuleBroken("rebate_spent", left=balance(connection, each["lot_id"]), wanted=-each["amount"])
        connection.execute(insert(_entry), ledger.typed(_entry, each))
