"""Taking back what an order took and earned, exactly once: when it is amended, cancelled or returned.

What is booked is never erased: an entry of the opposite sign joins it, worked out from the sum of all
that is booked under the order. So whatever was taken back before is not taken back again. What comes
back is free for everybody; the slices that bore it stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm import clock
from fieldcrm.errors import RuleBroken
from fieldcrm.faults import reach
from fieldcrm.ids import new_id
from fieldcrm.model.rebates import RebateMove
from fieldcrm.rules import money
from fieldcrm.rules.slices import Limit, Named
from server import ledger, postings, room, slices
from server.batch import Batch, Held, Step
from server.database import run
from server.rows import Stored

RECEIVABLE = "receivable"
_LAST_FIRST = (money.CREDIT, RECEIVABLE, *reversed(money.ORDER_OF_USE))
_FACTS = ("promotion_use", "rebate_entry", "promotion_spent", "money_entry", "scarce_stock")
_USES = (
    "SELECT promotion_code, sum(times), sum(amount), sum(gift_value) FROM promotion_use "
    "WHERE order_id = ? GROUP BY promotion_code ORDER BY promotion_code"
)
_LOTS = (
    "SELECT lot_id, program_code, kind, sum(amount) FROM rebate_entry "
    "WHERE order_id = ? GROUP BY lot_id, program_code, kind ORDER BY lot_id"
)
_PAID = "SELECT purse, sum(amount) FROM money_entry WHERE order_id = ? GROUP BY purse ORDER BY purse"
_STOCK = "SELECT product_id, sum(quantity) FROM scarce_taken WHERE order_id = ? GROUP BY product_id"


# -- in a push ---------------------------------------------------------------------------------


def take_back(batch: Batch, step: Step, order: Held) -> None:
    """Add what undoes all that is booked under an order to a step; its limits have it again."""
    if any(batch.is_dirty(name) for name in _FACTS):
        batch.flush()
    connection, row = batch.connection, order.row
    uses, stock = list(_uses(connection, row)), _stock(connection, row)
    if uses or stock:
        ledger.lock(batch)
    back = _costs(uses) | _stock_back(connection, row, stock)
    step.rows += [ledger.held_row("promotion_use", use) for use in uses]
    ledger.put_counters(batch, step, back, -1)
    lots = list(_entries(connection, row))
    step.rows += [ledger.held_row("rebate_entry", entry) for entry in lots]
    taken = {(str(Limit.REBATE), e["lot_id"]): -room.decimal(e["amount"]) for e in lots if e["amount"] < 0}
    if taken:
        slices.charge(batch, step, taken, row["rep_id"])
    for each in list(payments(connection, row)):
        step.rows.append(ledger.held_row("money_entry", each))
        back[each["purse"], row["account_id"]] = room.decimal(each["amount"])
    due = back.get((RECEIVABLE, row["account_id"]))
    if due:
        _owe_less(batch, step, row["account_id"], due)
    slices.of_batch(batch, row["rep_id"]).give(back)
    reach("server.reversal.done")


def pay_back(batch: Batch, step: Step, order: Stored, return_id: str, amount: Decimal) -> None:
    """Add the money that a return gives back to a step: what was on credit first, paid ahead last."""
    if batch.is_dirty("money_entry"):
        batch.flush()
    given = {}
    for purse, part in _parts(batch.connection, order, amount):
        step.rows.append(ledger.held_row("money_entry", _payment(order, f"return {return_id}", purse, part)))
        given[purse, order["account_id"]] = part
        if purse == RECEIVABLE:
            _owe_less(batch, step, order["account_id"], part)
    slices.of_batch(batch, order["rep_id"]).give(given)


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


def _owe_less(batch: Batch, step: Step, account_id: str, amount: Decimal) -> None:
    """Take off an account's receivable what an order is no longer owed for."""
    account = next((row for row in step.rows if row.key == ("account", account_id)), None)
    held = (account or batch.namesakes(ledger.entity("account"), [account_id])[0]).copy()
    held.put("receivable", held.row["receivable"] - postings.stored(amount))
    held.bump()
    step.rows[:] = [*(row for row in step.rows if row.key != held.key), held]


# -- outside a push ----------------------------------------------------------------------------


def undo(connection: Connection, order: Mapping[str, Any]) -> None:
    """Take back all that is booked under an order outside a push; ``order`` is as on the wire."""
    row = stored_of(order)
    ledger.hold_account(connection, row["account_id"])
    uses = list(_uses(connection, row))
    back = _costs(uses) | _stock_back(connection, row, _stock(connection, row))
    for use in uses:
        ledger.write(connection, "promotion_use", use)
    ledger.count(connection, back, -1)
    for each in list(_entries(connection, row)):
        _undo_lot(connection, row, each)
    for each in list(payments(connection, row)):
        _book(connection, each)


def pay_back_now(connection: Connection, order: Stored, return_id: str, amount: Decimal) -> None:
    """Book the money that a return gives back, as ``pay_back`` does in a push."""
    for purse, part in list(_parts(connection, order, amount)):
        _book(connection, _payment(order, f"return {return_id}", purse, part))


_ASKED = (
    "id", "account_id", "territory_id", "rep_id", "ordered_on", "number", "provisional_number", "edition",
)  # fmt: skip


def stored_of(order: Mapping[str, Any]) -> Stored:
    """Return what the ledgers ask of an order that is as on the wire."""
    return {name: order[name] for name in _ASKED}


def became_receivable(connection: Connection, order_id: UUID, at: datetime) -> Decimal:
    """Turn what an order has on credit into an open receivable of its account; return how much that was."""
    names = (
        "id", "account_id", "territory_id", "number", "provisional_number", "edition", "ordered_on",
    )  # fmt: skip
    found = run(connection, f'SELECT {", ".join(names)} FROM "order" WHERE id = ?', str(order_id)).one()  # noqa: S608
    order = dict(zip(names, found, strict=True))
    ledger.hold_account(connection, order["account_id"])
    amount = -_net(connection, order).get(money.CREDIT, Decimal())
    if amount > 0:
        for purse, part in ((money.CREDIT, amount), (RECEIVABLE, -amount)):
            _book(connection, _payment(order, f"due {at.isoformat()}", purse, part))
    return max(amount, Decimal())


def _book(connection: Connection, payment: Stored) -> None:
    ledger.write(connection, "money_entry", payment)
    if payment["purse"] == RECEIVABLE:
        run(
            connection, "UPDATE account SET receivable = receivable - ?, version = version + 1 WHERE id = ?",
            payment["amount"], payment["account_id"],
        )  # fmt: skip


def _undo_lot(connection: Connection, order: Stored, each: Stored) -> None:
    """Book a lot back; of what was earned no more than nobody was promised."""
    if each["amount"] < 0:
        left = balance(connection, each["lot_id"])
        if left + each["amount"] < 0:
            raise RuleBroken("rebate_spent", left=left, wanted=-each["amount"])
        out = room.held_slices(connection, clock.now(), everybodys=False, accounts=[order["account_id"]])
        promised = room.reserved(out, clock.now()).get((Limit.REBATE, each["lot_id"]), Decimal())
        each = each | {"amount": max(each["amount"], min(0, postings.stored(promised) - left))}
    if each["amount"]:
        ledger.write(connection, "rebate_entry", each)


# -- what is booked, the other way round -------------------------------------------------------


def _uses(connection: Connection, order: Stored) -> Iterator[Stored]:
    for code, times, amount, gift_value in run(connection, _USES, order["id"]):
        if times or amount or gift_value:
            yield _of(order) | {
                "promotion_code": code, "used_on": order["ordered_on"], "times": -int(times),
                "amount": -int(amount), "gift_value": -int(gift_value),
            }  # fmt: skip


def _costs(uses: list[Stored]) -> dict[Named, Decimal]:
    back: dict[Named, Decimal] = {}
    for use in uses:
        code = use["promotion_code"]
        back[Limit.BUDGET, code] = room.decimal(-use["amount"] - use["gift_value"])
        back[Limit.USES, code] = Decimal(1)
    return back


def _stock(connection: Connection, order: Stored) -> dict[str, Decimal]:
    return {product: room.decimal(q) for product, q in run(connection, _STOCK, order["id"]) if q}


def _stock_back(connection: Connection, order: Stored, taken: Mapping[str, Decimal]) -> dict[Named, Decimal]:
    for product, quantity in taken.items():
        what = f"{order['edition']} back {product} {new_id()}"
        ledger.take_stock(connection, order["id"], what, product, -quantity)
    return {(str(Limit.STOCK), product): quantity for product, quantity in taken.items()}


def _entries(connection: Connection, order: Stored) -> Iterator[Stored]:
    for lot, code, kind, amount in run(connection, _LOTS, order["id"]):
        if amount:
            yield entry(order, lot, code, kind, -int(amount))


def entry(order: Stored, lot: str, code: str, kind: str, amount: int) -> Stored:
    """Return a movement that gives a lot back what an order took of it, or takes what it earned."""
    return _of(order) | {
        "lot_id": lot, "program_code": code, "move": str(RebateMove.RETURNED), "kind": kind,
        "amount": amount, "booked_on": order["ordered_on"], "valid_from": None, "valid_to": None, "note": "",
        "product_id": None, "period_from": None, "period_to": None,
    }  # fmt: skip


def _net(connection: Connection, order: Stored) -> dict[str, Decimal]:
    return {purse: room.decimal(amount) for purse, amount in run(connection, _PAID, order["id"]) if amount}


def payments(connection: Connection, order: Stored) -> Iterator[Stored]:
    """Yield what gives every purse back what it paid of an order and did not get back before."""
    for purse, net in _net(connection, order).items():
        yield _payment(order, "back", purse, -net)


def _parts(connection: Connection, order: Stored, amount: Decimal) -> Iterator[tuple[str, Decimal]]:
    paid = {purse: -net for purse, net in _net(connection, order).items() if net < 0}
    for purse in _LAST_FIRST:
        part = min(paid.get(purse, Decimal()), amount)
        if part > 0:
            yield purse, part
            amount -= part


def _payment(order: Stored, what: str, purse: str, amount: Decimal) -> Stored:
    """Return one payment under an id that follows from the order's edition and what it is."""
    key = postings.row_id(order["id"], order["edition"], f"{what} {purse}")
    return _of(order) | {
        "id": key, "purse": purse, "amount": postings.stored(amount),
        "booked_on": clock.business_day(clock.now()).isoformat(),
        "reference": order["number"] or order["provisional_number"], "note": "", "posted_by": None,
    }  # fmt: skip


def _of(order: Stored) -> dict[str, Any]:
    return {
        "id": str(new_id()), "version": 1, "extra": None, "archived_at": None,
        "account_id": order["account_id"], "territory_id": order["territory_id"], "order_id": order["id"],
    }  # fmt: skip
