"""What an accepted order took of promotions and rebates, and what it earned: facts only the server writes.

Budgets are counted in ``promotion_spent``, one row a code. Those rows are locked, all in the same
order, before an order under a budget is priced, so two pushes never spend the same money.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection, insert, select, update

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.base import SCALE
from fieldcrm.model.promotions import PromotionSpent, PromotionUse
from fieldcrm.model.rebates import RebateEntry, RebateMove
from fieldcrm.rules.pricing import rebates, trace
from fieldcrm.rules.pricing.rebates import Program
from fieldcrm.services.pricing import Basis
from fieldcrm.sync.entities import registry
from server import slices
from server.batch import Batch, Held, Step
from server.rows import Stored

_spent: Any = PromotionSpent.__table__
_use: Any = PromotionUse.__table__
_entry: Any = RebateEntry.__table__


def spent_id(code: str) -> UUID:
    """Return the id of the row that counts a promotion's budget: the same wherever it is made."""
    return uuid5(NAMESPACE_OID, f"promotion_spent:{code}")


def lock(batch: Batch) -> bool:
    """Hold every budget's row until the push ends; say whether it was not held before."""
    if batch.budgets_held:
        return False
    batch.add_rows(registry()["promotion_spent"], slices.hold(batch.connection), "FOR UPDATE")
    slices.load(batch)
    batch.budgets_held = True
    return True


def book(batch: Batch, step: Step, order: Held, known: Basis | None) -> None:
    """Add what an order that was just accepted in a push took and earned to its step."""
    told = json.loads(order.row["trace"] or "{}")
    for use in _uses(order.row, told):
        step.rows.append(_held("promotion_use", use))
        counted = batch.held("promotion_spent", str(spent_id(use["promotion_code"])))
        if counted is not None:
            cost = use["amount"] + use["gift_value"]
            counted = slices.step_row(step, counted)
            counted.put("amount", counted.row["amount"] + cost)
            counted.put("uses", counted.row["uses"] + 1)
            counted.bump()
            step.rows.append(counted)
            slices.charge(batch, step, use["promotion_code"], cost)
    for entry in _rebates(batch.connection, order.row, told):
        step.rows.append(_held("rebate_entry", entry))
    for entry in _earned(batch.connection, order.row, order.parts["lines"], known):
        step.rows.append(_held("rebate_entry", entry))


def book_accepted(connection: Connection, order: Mapping[str, Any]) -> None:
    """Write what an order took that the office accepted as it stands; ``order`` is as on the wire."""
    row = {name: order[name] for name in ("id", "account_id", "territory_id", "ordered_on")}
    for use in _uses(row, order["trace"]):
        connection.execute(insert(_use), typed(_use, use))
        cost = Decimal(use["amount"] + use["gift_value"]) / SCALE
        counted = _spent.c.id == spent_id(use["promotion_code"])
        connection.execute(
            update(_spent).where(counted).values(amount=_spent.c.amount + cost, uses=_spent.c.uses + 1)
        )
        slices.charge_rep(connection, order["rep_id"], use["promotion_code"], cost, clock.now())
    for entry in _rebates(connection, row, order["trace"]):
        connection.execute(insert(_entry), typed(_entry, entry))


def _held(name: str, row: Stored) -> Held:
    return Held(registry()[name], row, {}, new=True)


def typed(table: Any, stored: Stored) -> dict[str, Any]:
    """Return a stored row as Python values."""
    return {
        name: table.c[name].type.process_result_value(value, None)
        if hasattr(table.c[name].type, "process_result_value")
        else value
        for name, value in stored.items()
    }


def _of(order: Mapping[str, Any]) -> Stored:
    return {
        "id": str(new_id()), "version": 1, "extra": None, "archived_at": None,
        "account_id": order["account_id"], "territory_id": order["territory_id"], "order_id": order["id"],
    }  # fmt: skip


def _uses(order: Mapping[str, Any], told: Any) -> Iterator[Stored]:
    for each in trace.applied(told):
        yield _of(order) | {
            "promotion_code": each.promotion, "used_on": order["ordered_on"], "times": each.times,
            "amount": _stored(each.amount), "gift_value": _stored(each.gift_value),
        }  # fmt: skip


def _rebates(connection: Connection, order: Mapping[str, Any], told: Any) -> Iterator[Stored]:
    for lot, amount in trace.rebates(told):
        code = connection.execute(select(_entry.c.program_code).where(_entry.c.id == lot)).scalar()
        if code is not None and amount:
            yield _moved(order, lot, code, RebateMove.USED, -_stored(amount))


def _earned(
    connection: Connection, order: Stored, lines: list[Stored], known: Basis | None
) -> Iterator[Stored]:
    """Yield what programs give at once for this order; those of a period are reckoned when it ends.

    An amended order earns into the lot that its first edition made.
    """
    net = Decimal(sum(line["net_amount"] for line in lines)) / SCALE
    on = date.fromisoformat(order["ordered_on"])
    for program in known.rulebook.programs.values() if known is not None else ():
        earned = rebates.earned_by_order(program.earning, net) if _speaks(program, known, on) else Decimal()
        if earned:
            lot = _moved(order, "", program.key, RebateMove.EARNED, _stored(earned))
            kept = None if program.keep_days is None else (on + timedelta(program.keep_days)).isoformat()
            same = (_entry.c.order_id == order["id"], _entry.c.program_code == program.key)
            first = select(_entry.c.lot_id).where(*same, _entry.c.move == RebateMove.EARNED).limit(1)
            held = connection.execute(first).scalar()
            yield lot | {
                "lot_id": str(held or lot["id"]),
                "valid_from": order["ordered_on"],
                "valid_to": kept,
            }


def _speaks(program: Program, known: Basis | None, on: date) -> bool:
    return known is not None and program.holds_on(on) and known.customer.is_among(program.whom)


def _moved(order: Mapping[str, Any], lot: str, code: str, move: RebateMove, amount: int) -> Stored:
    return _of(order) | {
        "lot_id": lot, "program_code": code, "move": str(move), "kind": "cash", "amount": amount,
        "booked_on": order["ordered_on"], "valid_from": None, "valid_to": None, "note": "",
        "product_id": None, "period_from": None, "period_to": None,
    }  # fmt: skip


def _stored(amount: Decimal) -> int:
    return int(amount * SCALE)
