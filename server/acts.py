"""What an order does on the server (R1): submitted, amended, approved, cancelled.

``rules/orders.py`` says what may follow what. On submit the server prices again; an order
that does not stand up is kept with status ``needs_review`` and the reason, never dropped.
An amendment is one act with all it changes: the edition before is kept, what it took and
earned is taken back, and the new one is judged like a new order. An accepted order gets its
final number when the batch is written (``numbers.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from fieldcrm.errors import Invalid, Rejected, RuleBroken
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.rules import orders
from fieldcrm.rules.orders import Fulfilment, OrderStatus
from fieldcrm.sync.protocol import Ack, Mutation
from server import editions, ledger, reversals
from server.batch import Batch, Held, Step
from server.database import run
from server.prices import priced_again, settle

BY_ACT_ONLY = frozenset({"status", "submitted_at", "rep_id", "edition", "reason"})
_NEVER = frozenset({"status", "submitted_at", "rep_id", "account_id", "visit_id", "archived_at"})
_CARRIES: Mapping[str, frozenset[str]] = {"cancel": frozenset({"reason"})}


def begin(held: Held) -> None:
    """Make a new order a draft, whatever its document says of its status."""
    held.row["status"] = OrderStatus.DRAFT
    held.row["submitted_at"] = None


def check_amendable(held: Held) -> None:
    """Raise unless the order may still be changed by its author."""
    if not orders.may_edit(OrderStatus(held.row["status"])):
        raise RuleBroken("order_fixed", status=held.row["status"])


def check_carries(batch: Batch, held: Held, mutation: Mutation) -> None:
    """Raise unless an act may be done to this order and carry these fields; before anything is merged."""
    names = set(mutation.set or {})
    known = mutation.act == "amend" or names <= _CARRIES.get(mutation.act or "", frozenset())
    if not known or names & _NEVER:
        raise Rejected("use_act", field=", ".join(sorted(names & _NEVER or names)))
    _check_author(batch, held, mutation)
    if mutation.act == "amend":
        _check_edition(batch, held, mutation)


def _check_author(batch: Batch, held: Held, mutation: Mutation) -> None:
    """A manager approves and cancels what others ordered, and nothing else."""
    own = held.row["rep_id"] == batch.standing.me
    if not own and mutation.act not in ("approve", "cancel"):
        raise Rejected("not_the_author")


def _check_edition(batch: Batch, held: Held, mutation: Mutation) -> None:
    change = (mutation.set or {}).get("edition")
    if change is None or change.new != held.row["edition"] + 1:
        raise RuleBroken("order_amended_meanwhile", edition=held.row["edition"])
    reason = mutation.set.get("reason") if mutation.set else None
    said = reason.new if reason is not None else held.row["reason"]
    if not isinstance(said, str):
        raise Invalid("not_text", field="reason")
    orders.check_reason(said)
    orders.check_amend(*_standing(held), returned=_has_returns(batch, held))


def _standing(held: Held) -> tuple[OrderStatus, Fulfilment]:
    return OrderStatus(held.row["status"]), Fulfilment(held.row["fulfilment"])


def _has_returns(batch: Batch, held: Held) -> bool:
    if batch.is_dirty("order_return"):
        batch.flush()
    query = "SELECT 1 FROM order_return WHERE order_id = ? AND archived_at IS NULL LIMIT 1"
    return run(batch.connection, query, held.row["id"]).first() is not None


def act(batch: Batch, step: Step, before: Held, held: Held, mutation: Mutation) -> None:
    """Do one act on an order, in place; its step's answer tells a review's code."""
    doing = _ACTS.get(mutation.act or "")
    if doing is None:
        raise Rejected("unknown_act", act=mutation.act)
    doing(batch, step, before, held, mutation)
    ack = step.ack
    step.ack = Ack(ack.id, ack.o, ack.ver, conflicts=ack.conflicts, code=held.row["review_code"] or ack.code)


def _advance(held: Held, wanted: OrderStatus) -> None:
    held.put("status", str(orders.advance(OrderStatus(held.row["status"]), wanted)))


def _submit(batch: Batch, step: Step, _before: Held, held: Held, mutation: Mutation) -> None:
    _check_lines(held)
    _advance(held, OrderStatus.SUBMITTED)
    _judge(batch, step, held, batch.captured(mutation))


def _amend(batch: Batch, step: Step, before: Held, held: Held, mutation: Mutation) -> None:
    _check_lines(held)
    if not planted("edition_not_kept"):
        step.rows.append(editions.kept(batch, before, held.row["reason"]))
    if not planted("amended_twice_booked"):
        reversals.take_back(batch, step, before)
    held.put("status", str(OrderStatus.SUBMITTED))
    _judge(batch, step, held, batch.captured(mutation))
    reversals.check_lots(batch, step)


def _check_lines(held: Held) -> None:
    orders.check_lines([Decimal(line["quantity"]) / SCALE for line in held.parts["lines"]])


def _judge(batch: Batch, step: Step, held: Held, taken_ms: int) -> None:
    held.put("submitted_at", batch.at_ms)
    found, known = (None, None) if planted("prices_believed") else priced_again(batch, held, taken_ms)
    held.put("review_code", found.code if found else None)
    held.put("review_data", msgspec.json.encode(found.data).decode() if found else None)
    if found:
        _advance(held, OrderStatus.NEEDS_REVIEW)
    else:
        _restate(held)
        settle(batch, held)
        _advance(held, OrderStatus.ACCEPTED)
        ledger.book(batch, step, held, known)


def _approve(batch: Batch, step: Step, _before: Held, held: Held, _mutation: Mutation) -> None:
    """Accept an order as it stands, if the only objection is one that somebody may agree to."""
    if held.row["status"] != OrderStatus.NEEDS_REVIEW:
        raise RuleBroken("order_step", current=held.row["status"], wanted="accepted")
    editions.check_approval(batch.connection, batch.standing.principal, held.row)
    found, known = priced_again(batch, held, held.row["submitted_at"] or batch.at_ms)
    if found is not None and found.code not in orders.APPROVABLE:
        raise RuleBroken("order_not_approvable", reason=found.code)
    held.put("review_code", None)
    held.put("review_data", None)
    _restate(held)
    settle(batch, held)
    ledger.check_released(batch, held)
    _advance(held, OrderStatus.ACCEPTED)
    ledger.book(batch, step, held, known)


def _cancel(batch: Batch, step: Step, before: Held, held: Held, _mutation: Mutation) -> None:
    orders.check_cancel(*_standing(before), returned=_has_returns(batch, before))
    _advance(held, OrderStatus.CANCELLED)
    reversals.take_back(batch, step, before)
    reversals.check_lots(batch, step)


_Act = Callable[[Batch, Step, Held, Held, Mutation], None]
_ACTS: Mapping[str, _Act] = {"submit": _submit, "amend": _amend, "approve": _approve, "cancel": _cancel}


def _restate(held: Held) -> None:
    """Set the figures that follow from the ones just checked; what the laptop said of them is not asked."""
    lines = [
        line | {"gross_amount": line["net_amount"] + line["discount_amount"]} for line in held.parts["lines"]
    ]
    if lines != held.parts["lines"]:
        held.parts["lines"], held.parts_changed = lines, True
    for sum_, part in (("goods", "gross"), ("discount", "discount"), ("tax", "tax")):
        held.put(f"{sum_}_amount", sum(line[f"{part}_amount"] for line in lines))
