"""Prices what laptops submitted once more, a whole push at a time.

What prices depend on (accounts, books, products) is read once for all orders of a push; the
judgement on each order is ``services/price_check.check``, by the same kernel and rules that the
laptop's own figures came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from fieldcrm.clock import business_day, from_ms
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.rules import money
from fieldcrm.rules.credit import Exposure
from fieldcrm.rules.pricing import bills
from fieldcrm.rules.pricing.bills import Choices
from fieldcrm.rules.slices import Limit
from fieldcrm.services import price_check, pricing, quote_orders, rule_sets
from fieldcrm.services.price_check import Difference, Submitted, SubmittedLine, Wallet
from fieldcrm.services.pricing import Basis
from server import ledger, quote_promises, slices
from server.batch import Batch, Held, sent_value
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
    promise = quote_promises.holding(batch, held, order, business_day(from_ms(taken_ms)))
    if promise is not None:
        order = replace(order, ordered_on=promise.quoted_on, is_promised=True)
    known = _basis(batch, order)
    if known is None:
        known = price_check.basis_of(batch.session, order)
    if known is not None and (_looks_back(batch, known) or not held.new):
        held.new = held.new and held.key not in batch.rows
        known = pricing.with_facts_now(batch.session, known, order.account_id, order.order_id)
    if known is not None:
        known = slices.allowed(_room(batch, held), known, str(order.account_id))
    if known is not None and promise is not None:
        known = quote_orders.relieved(known, promise)
    wallet, cramped = _wallet(batch, held), _short_of_stock(batch, held)
    unfounded = quote_promises.unfounded(batch, held, order)
    if batch.rule_sets is None:
        batch.rule_sets = rule_sets.listing(batch.session)
    judged = partial(price_check.check, batch.session, order, wallet=wallet, at=from_ms(taken_ms),
                     sets=batch.rule_sets)  # fmt: skip
    found = judged(known=known, newer=partial(_newer, batch, held, order, False))
    cut = None if known is None or not _differs(found) else slices.as_claimed(known, order.trace)
    if cut is not None:
        again = judged(known=cut, newer=partial(_newer, batch, held, order, True))
        found, known = (found, known) if _differs(again) and not _by_newer(again) else (again, cut)
    return unfounded or found or cramped, known


def settle(batch: Batch, held: Held) -> None:
    """Put down what each purse pays of an order that is accepted: as it says, or by the order of use."""
    order, wallet = _submitted(held, lines=()), _wallet(batch, held)
    used = wallet.pays(order).used if wallet is not None else {}
    held.put("paid_from", json.dumps(money.told(used), separators=(",", ":")))


def _differs(found: Difference | None) -> bool:
    return found is not None and found.code in price_check.DIFFERS


def _by_newer(found: Difference | None) -> bool:
    """Say whether an order agrees with its own rules, and only newer ones say something else."""
    return found is not None and "taken_on" in found.data


def _newer(batch: Batch, held: Held, order: Submitted, claimed: bool, number: int) -> Basis | None:
    """Return the order's basis by another set, with no more of its limits than this device may take.

    ``claimed``: nor more than the order says that it had.
    """
    known = _by_set(batch, held, order, number)
    if known is None or planted("newer_without_slices"):
        return known
    known = slices.allowed(_room(batch, held), known, str(order.account_id))
    return (slices.as_claimed(known, order.trace) or known) if claimed else known


def _by_set(batch: Batch, held: Held, order: Submitted, number: int) -> Basis | None:
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
    locked = book.has_shared_limits and slices.lock(batch)
    ordered = book.looks_at_facts and batch.is_dirty("order")
    if ordered:
        batch.flush()
    if locked or ordered:
        batch.session.expire_all()
    return locked or ordered


def _room(batch: Batch, held: Held) -> slices.Room:
    return slices.of_batch(batch, held.row["rep_id"])


def _wallet(batch: Batch, held: Held) -> Wallet | None:
    """Return what may pay for the order: the customer's purses and credit, as far as this device may."""
    account, found = held.row["account_id"], _room(batch, held)
    if batch.held("account", account) is None:
        return None
    purses = {purse: found.allowed((purse, account)) or Decimal() for purse in money.ORDER_OF_USE}
    at_stake = found.exposures.get(account, Exposure())
    return Wallet(
        purses, found.allowed((Limit.CREDIT, account)), at_stake, ledger.order_of_use(batch.connection)
    )


def _short_of_stock(batch: Batch, held: Held) -> Difference | None:
    """Say which scarce article there is not enough of for this device, if any."""
    goods = ledger.scarce_goods(batch.connection, held.parts["lines"])
    if not goods:
        return None
    slices.lock(batch)
    found = _room(batch, held)
    for product, wanted in goods.items():
        left = found.allowed((Limit.STOCK, product))
        if left is not None and wanted > left:
            return Difference(
                "stock_short", {"product_id": product, "left": str(left), "wanted": str(wanted)}
            )
    return None


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


def _submitted(held: Held, lines: Iterable[Stored] | None = None) -> Submitted:
    row = held.row
    return Submitted(
        order_id=UUID(row["id"]),
        account_id=UUID(row["account_id"]),
        ordered_on=date.fromisoformat(row["ordered_on"]),
        total_amount=_decimal(row["total_amount"]),
        lines=tuple(map(_line, held.parts["lines"] if lines is None else lines)),
        rule_set=row["rule_set"] or 0,
        rebates=_rebates(row["rebates"]),
        trace=_trace(row["trace"]),
        paid_from=_said(row["paid_from"]),
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


def _said(stored: str | None) -> Any:
    return json.loads(stored) if stored else None


def _trace(stored: str | None) -> dict[str, Any] | None:
    told = json.loads(stored) if stored else None
    return told if isinstance(told, dict) else None


def _decimal(stored: int) -> Decimal:
    return Decimal(stored) / SCALE
