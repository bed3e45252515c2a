"""Prices what laptops submitted once more, a whole push at a time.

What prices depend on (accounts, books, products) is read once for all orders of a push; the
judgement on each order is ``services/price_check.check``, by the same kernel and rules that the
laptop's own figures came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from fieldcrm.clock import from_ms
from fieldcrm.model.base import SCALE
from fieldcrm.rules.pricing import bills, trace
from fieldcrm.rules.pricing.bills import Choices
from fieldcrm.services import price_check, pricing, rule_sets
from fieldcrm.services.price_check import Credit, Difference, Submitted, SubmittedLine
from fieldcrm.services.pricing import Basis
from server import ledger, slices
from server.batch import Batch, Held, sent_value
from server.database import run
from server.rows import Stored

_ASKED = ("account_id", "ordered_on", "rule_set")
Bases = dict[tuple[UUID, date, int], Basis]


def priced_again(batch: Batch, held: Held, taken_ms: int) -> tuple[Difference | None, Basis | None]:
    """Price an order that was taken at ``taken_ms`` as the server would.

    Returns why it does not stand up, or None; and what its prices depend on, where that is known.
    """
    if batch.is_dirty("account"):
        batch.flush()  # pricing reads the accounts of this push from the database
        batch.session.expire_all()
        held.new = held.new and held.key not in batch.rows
    order = _submitted(held)
    known = _basis(batch, order)
    if known is None:
        known = price_check.basis_of(batch.session, order)
    if known is not None and (_looks_back(batch, known) or not held.new):
        held.new = held.new and held.key not in batch.rows
        known = pricing.with_facts_now(batch.session, known, order.account_id, order.order_id)
    if known is not None and known.rulebook.budgeted:
        known = slices.allowed(batch, known)
    credit = _credit(batch, held)
    if batch.rule_sets is None:
        batch.rule_sets = rule_sets.listing(batch.session)
    at, sets = from_ms(taken_ms), batch.rule_sets
    newer = partial(_newer, batch, held, order)
    found = price_check.check(batch.session, order, known, credit, at, sets, newer)
    cut = _as_claimed(order, known) if found is not None and found.code in price_check.DIFFERS else None
    if cut is None:
        return found, known
    again = price_check.check(batch.session, order, cut, credit, at, sets, newer)
    return (found, known) if again is not None and again.code in price_check.DIFFERS else (again, cut)


def _as_claimed(order: Submitted, known: Basis | None) -> Basis | None:
    costs: dict[str, Decimal] = {}
    for used in trace.applied(order.trace):
        costs[used.promotion] = costs.get(used.promotion, Decimal()) + used.amount + used.gift_value
    return None if known is None else slices.as_claimed(known, costs)


def _newer(batch: Batch, held: Held, order: Submitted, number: int) -> Basis | None:
    """Return the order's basis by another set, which is read once for all orders of the push.

    Facts are read again once this push has written anything, or if the order itself was here before.
    """
    bases = batch.bases if batch.bases is not None else {}
    if (order.account_id, order.ordered_on, number) not in bases:
        bases |= pricing.bases(batch.session, {(account, day, number) for account, day, _ in _wanted(batch)})
    known = bases.get((order.account_id, order.ordered_on, number))
    as_read = held.new and not batch.flushed
    if known is None or as_read or not known.rulebook.looks_at_facts:
        return known
    return pricing.with_facts_now(batch.session, known, order.account_id, order.order_id)


def _looks_back(batch: Batch, known: Basis) -> bool:
    """Say whether facts must be read afresh: budgets once they are locked, what this push ordered so far."""
    book = known.rulebook
    locked = bool(book.budgeted) and ledger.lock(batch)
    ordered = book.looks_at_facts and batch.is_dirty("order")
    if ordered:
        batch.flush()
    if locked or ordered:
        batch.session.expire_all()
    return locked or ordered


def _credit(batch: Batch, held: Held) -> Credit | None:
    """Return what the account may owe and owes, counting what this push decided so far."""
    account = batch.held("account", held.row["account_id"])
    if account is None:
        return None
    if account.row["credit_limit"] is None:
        return Credit(None, Decimal())
    if batch.waiting is None:
        batch.waiting = _waiting(batch)
    waiting = dict(batch.waiting.get(account.row["id"], {}))
    for (entity, row_id), other in batch.rows.items():
        if entity == "order":
            waiting.pop(row_id, None)
            if _waits(other.row) and other.row["account_id"] == account.row["id"]:
                waiting[row_id] = other.row["total_amount"]
    waiting.pop(held.row["id"], None)
    # A negative amount is somebody's invention: it must not make room for another order.
    owed = account.row["receivable"] + sum(max(amount, 0) for amount in waiting.values())
    return Credit(_decimal(account.row["credit_limit"]), _decimal(owed))


def _waits(order: Stored) -> bool:
    return order["status"] in pricing.WAITING and order["archived_at"] is None


def _waiting(batch: Batch) -> dict[str, dict[str, int]]:
    """Return the amounts of orders that wait to be accepted, by account and order."""
    accounts = sorted(row_id for entity, row_id in batch.rows if entity == "account")
    found: dict[str, dict[str, int]] = {}
    for account_id, row_id, amount in run(
        batch.connection,
        'SELECT account_id, id, total_amount FROM "order" '
        "WHERE account_id IN ? AND status IN ? AND archived_at IS NULL",
        accounts, [str(status) for status in pricing.WAITING],
    ):  # fmt: skip
        found.setdefault(account_id, {})[row_id] = amount
    return found


def _basis(batch: Batch, order: Submitted) -> Basis | None:
    """Return what was read ahead for this order, if it covers it."""
    if batch.bases is None:
        batch.bases = _read_ahead(batch)
    return batch.bases.get((order.account_id, order.ordered_on, order.rule_set))


def _read_ahead(batch: Batch) -> Bases:
    return pricing.bases(batch.session, _wanted(batch))


def _wanted(batch: Batch) -> set[tuple[UUID, date, int]]:
    wanted = set()
    for account, day, rule_set in _accounts_days_and_sets(batch):
        with suppress(ValueError, TypeError):  # what is no id and no day is refused elsewhere
            wanted.add((UUID(account), date.fromisoformat(day), int(rule_set or 0)))
    return wanted


def _accounts_days_and_sets(batch: Batch) -> Iterator[tuple[Any, ...]]:
    for mutation in batch.mutations:
        if mutation.agg[0] == "order" and mutation.doc is not None:
            yield tuple(sent_value(mutation, name) for name in _ASKED)
    for held in list(batch.rows.values()):
        if held.entity.name == "order":
            yield tuple(held.row[name] for name in _ASKED)


def _submitted(held: Held) -> Submitted:
    row = held.row
    return Submitted(
        order_id=UUID(row["id"]),
        account_id=UUID(row["account_id"]),
        ordered_on=date.fromisoformat(row["ordered_on"]),
        total_amount=_decimal(row["total_amount"]),
        lines=tuple(map(_line, held.parts["lines"])),
        rule_set=row["rule_set"] or 0,
        rebates=_rebates(row["rebates"]),
        trace=_trace(row["trace"]),
    )


def _line(line: Stored) -> SubmittedLine:
    return SubmittedLine(
        product_id=UUID(line["product_id"]),
        unit=line["unit"],
        quantity=_decimal(line["quantity"]),
        unit_price=_decimal(line["unit_price"]),
        discount_amount=_decimal(line["discount_amount"]),
        net_amount=_decimal(line["net_amount"]),
        tax_rate=_decimal(line["tax_rate"]),
        tax_amount=_decimal(line["tax_amount"]),
        manual_price=None if line["manual_price"] is None else _decimal(line["manual_price"]),
        rebate_amount=_decimal(line["rebate_amount"]),
        gift_by=line["gift_by"],
        price_book_id=UUID(line["price_book_id"]) if line["price_book_id"] else None,
        chosen=chosen_in(line),
    )


def chosen_in(line: Stored) -> Choices:
    """Return what was chosen inside a line's article."""
    return bills.heard(json.loads(line["configuration"])) if line["configuration"] else ()


def _rebates(stored: str | None) -> pricing.Rebates:
    """Return the rebates an order asks for; what is no such list asks for none."""
    try:
        return pricing.asked_rebates(json.loads(stored or "[]"))
    except (TypeError, ValueError, ArithmeticError):
        return ()


def _trace(stored: str | None) -> dict[str, Any] | None:
    told = json.loads(stored) if stored else None
    return told if isinstance(told, dict) else None


def _decimal(stored: int) -> Decimal:
    return Decimal(stored) / SCALE
