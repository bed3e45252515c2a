"""Prices what laptops submitted once more, a whole push at a time.

What prices depend on (accounts, books, products) is read once for all orders of a push; the
judgement on each order is ``services/pricing.check``, the same that the laptop's own figures
came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldcrm.model.base import SCALE
from fieldcrm.services import pricing
from fieldcrm.services.pricing import Basis, Credit, Difference, Submitted, SubmittedLine
from server.batch import Batch, Held, sent_value
from server.database import run
from server.rows import Stored

Bases = dict[tuple[UUID, date], Basis]


def priced_again(batch: Batch, held: Held) -> Difference | None:
    """Price an order as the server would; return why it does not stand up, or None."""
    if batch.is_dirty("account"):
        batch.flush()  # pricing reads the accounts of this push from the database
        batch.session.expire_all()
        held.new = held.new and held.key not in batch.rows
    order = _submitted(held)
    return pricing.check(batch.session, order, _basis(batch, order), _credit(batch, held))


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
    return batch.bases.get((order.account_id, order.ordered_on))


def _read_ahead(batch: Batch) -> Bases:
    wanted = set()
    for account, day in _accounts_and_days(batch):
        with suppress(ValueError, TypeError):  # what is no id and no day is refused elsewhere
            wanted.add((UUID(account), date.fromisoformat(day)))
    return pricing.bases(batch.session, wanted)


def _accounts_and_days(batch: Batch) -> Iterator[tuple[Any, Any]]:
    for mutation in batch.mutations:
        if mutation.agg[0] == "order" and mutation.doc is not None:
            yield sent_value(mutation, "account_id"), sent_value(mutation, "ordered_on")
    for held in list(batch.rows.values()):
        if held.entity.name == "order":
            yield held.row["account_id"], held.row["ordered_on"]


def _submitted(held: Held) -> Submitted:
    row = held.row
    return Submitted(
        order_id=UUID(row["id"]),
        account_id=UUID(row["account_id"]),
        ordered_on=date.fromisoformat(row["ordered_on"]),
        total_amount=_decimal(row["total_amount"]),
        lines=tuple(map(_line, held.parts["lines"])),
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
    )


def _decimal(stored: int) -> Decimal:
    return Decimal(stored) / SCALE
