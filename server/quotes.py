"""Quotes on the server (Q1 to Q3): priced again as they arrive, and every act checked by the rules.

A round whose prices do not stand is kept with the reason and cannot be sent; what the ladder
says of the discount is the server's word, whatever the laptop said.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from fieldcrm.clock import business_day, from_ms
from fieldcrm.errors import Invalid, Rejected, RuleBroken
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.model.orders import OrderStatus
from fieldcrm.rules import quotes
from fieldcrm.rules.items import Item
from fieldcrm.rules.quotes import Act, Done, Round, State
from fieldcrm.services import price_check
from fieldcrm.services.price_check import Difference, Submitted, SubmittedLine, Wallet
from fieldcrm.services.pricing import Basis
from fieldcrm.sync.entities import registry
from server import quote_consents, slices
from server.batch import Batch, Held
from server.database import run
from server.numbers import next_quote_number
from server.prices import chosen_in
from server.rows import Stored

_NO_LIMIT = Wallet()


def check(batch: Batch, held: Held) -> None:
    """Check a new round, a new act on one or a new grant; anything else passes."""
    if held.entity.name == "quote":
        _check_round(batch, held)
    elif held.entity.name == "quote_grant":
        quote_consents.sign(batch, held)
    elif held.entity.name == "quote_act":
        _check_act(batch, held)


def _check_round(batch: Batch, held: Held) -> None:
    row = held.row
    fees = _fees(row)
    quotes.check_validity(date.fromisoformat(row["quoted_on"]), date.fromisoformat(row["valid_until"]))
    _check_family(batch, row)
    total = _decimal(row["total_amount"])
    content = quotes.content_of(
        row["account_id"], date.fromisoformat(row["valid_until"]), fees, _items(held), total, row["note"]
    )
    if content != row["content"]:
        raise Invalid("content_differs", field="content")
    if _decimal(row["fees_amount"]) != sum((amount for _, amount in fees), Decimal()):
        raise Invalid("content_differs", field="fees_amount")
    _price(batch, held, total - _decimal(row["fees_amount"]))
    if row["family_id"] == row["id"]:
        held.put("number", next_quote_number(batch.connection, int(row["quoted_on"][:4])))


def _check_family(batch: Batch, row: Stored) -> None:
    if row["family_id"] == row["id"]:
        return
    _settle(batch, "quote")
    first = run(batch.connection, "SELECT account_id FROM quote WHERE id = ?", row["family_id"]).first()
    if first is None or first[0] != row["account_id"]:
        raise Rejected("unknown_reference", field="family_id", id=row["family_id"])


def _settle(batch: Batch, entity: str) -> None:
    """Let the database know what this push did so far to rows of ``entity``."""
    if batch.is_dirty(entity):
        batch.flush()
        batch.session.expire_all()


def _price(batch: Batch, held: Held, goods: Decimal) -> None:
    """Say whether the prices stand and who must agree to the discount."""
    _settle(batch, "account")
    found = _differing(batch, _submitted(held, goods), from_ms(held.row["quoted_at"]))
    if found is not None and found.code == "needs_approval":
        held.put("approver", str(found.data["by"]))
        held.put("discount_percent", int(Decimal(str(found.data["percent"])) * SCALE))
        found = None
    elif found is None:
        held.put("approver", None)
        held.put("discount_percent", None)
    held.put("review_code", found.code if found else None)


def _differing(batch: Batch, offer: Submitted, at: datetime) -> Difference | None:
    """Say what does not stand; an offer may give less of a limit than there is, as its laptop's slice was."""

    def by(number: int) -> Basis | None:
        known = price_check.basis_of(batch.session, replace(offer, rule_set=number))
        return known and (slices.as_claimed(known, offer.trace) or known)

    found = price_check.check(batch.session, offer, wallet=_NO_LIMIT, at=at)
    if found is None or found.code not in price_check.DIFFERS or planted("offer_without_slices"):
        return found
    return price_check.check(batch.session, offer, by(offer.rule_set), _NO_LIMIT, at, newer=by)


def _submitted(held: Held, goods: Decimal) -> Submitted:
    row = held.row
    told = json.loads(row["trace"]) if row["trace"] else None
    return Submitted(
        UUID(row["id"]), UUID(row["account_id"]), date.fromisoformat(row["quoted_on"]), goods,
        tuple(map(_line, held.parts["lines"])), row["rule_set"] or 0, (),
        told if isinstance(told, dict) else None,
    )  # fmt: skip


def _line(line: Stored) -> SubmittedLine:
    return SubmittedLine(
        UUID(line["product_id"]), line["unit"], _decimal(line["quantity"]), _decimal(line["unit_price"]),
        _decimal(line["discount_amount"]), _decimal(line["net_amount"]), _decimal(line["tax_rate"]),
        _decimal(line["tax_amount"]),
        None if line["manual_price"] is None else _decimal(line["manual_price"]), Decimal(), line["gift_by"],
        UUID(line["price_book_id"]) if line["price_book_id"] else None, chosen_in(line),
    )  # fmt: skip


def _items(held: Held) -> list[Item]:
    return [
        Item(
            line["product_id"], line["unit"], _decimal(line["quantity"]), _decimal(line["unit_price"]),
            _decimal(line["net_amount"]), _decimal(line["tax_amount"]), line["gift_by"], chosen_in(line),
        )
        for line in held.parts["lines"]
    ]  # fmt: skip


def _fees(row: Stored) -> list[tuple[str, Decimal]]:
    try:
        return quotes.checked_fees(
            (str(name), Decimal(str(amount))) for name, amount in json.loads(row["fees"])
        )
    except (TypeError, ValueError, InvalidOperation) as error:
        raise Invalid("bad_fee", field="fees") from error


def _check_act(batch: Batch, held: Held) -> None:
    row = held.row
    quote = _locked(batch, row["quote_id"])
    if quote is None or quote.row["account_id"] != row["account_id"]:
        raise Rejected("unknown_reference", field="quote_id", id=row["quote_id"])
    if row["content"] != quote.row["content"]:
        raise RuleBroken("quote_step", current="changed", wanted=row["act"])
    act = Act(row["act"])
    if quote.row["review_code"] is not None and act in (Act.SUBMITTED, Act.SENT):
        raise RuleBroken("quote_prices_moved")
    me = batch.standing.principal
    now = stands(batch, quote.row, business_day(from_ms(batch.at_ms)))
    if quote_consents.is_delegated(row):
        quote_consents.check(batch, row, quote.row, round_of(quote.row), now)
        return
    top = run(batch.connection, "SELECT parent_id FROM territory WHERE id = ?", str(me.territory_id)).first()
    is_top = top is not None and top[0] is None
    quotes.check(round_of(quote.row), now, act, me.user_id, str(me.role), is_top=is_top)


def _locked(batch: Batch, quote_id: str) -> Held | None:
    """Return a round, held until the push ends: two acts on one are decided one after the other."""
    if batch.held("quote", quote_id) is None:
        batch.add_rows(registry()["quote"], [quote_id], "FOR UPDATE")
    return batch.held("quote", quote_id)


def round_of(row: Any) -> Round:
    """Return what the rules ask of a stored round."""
    return Round(UUID(row["rep_id"]), row["content"], row["approver"], date.fromisoformat(row["valid_until"]))


def stands(batch: Batch, row: Stored, today: date) -> State:
    """Return where a round stands, with what this push did so far."""
    _settle(batch, "quote")
    _settle(batch, "quote_act")
    _settle(batch, "order")
    return state(batch.connection, row, today)


def state(connection: Any, row: Any, today: date) -> State:
    """Return where a stored round stands."""
    acts = run(
        connection,
        "SELECT a.act, a.content, a.by_id, a.approver_id, o.status FROM quote_act a "
        'LEFT JOIN "order" o ON o.id = a.order_id AND o.account_id = a.account_id '
        "WHERE a.quote_id = ? ORDER BY a.at, a.id",
        row["id"],
    )
    done = [
        Done(Act(act), content, _id(by), _id(approver), undone=order == OrderStatus.CANCELLED)
        for act, content, by, approver, order in acts
    ]
    newer = run(
        connection, "SELECT 1 FROM quote WHERE family_id = ? AND round > ?", row["family_id"], row["round"]
    ).first()
    return quotes.state(round_of(row), done, today, newer=newer is not None)


def _id(stored: str | None) -> UUID | None:
    return UUID(stored) if stored else None


def _decimal(stored: int) -> Decimal:
    return Decimal(stored) / SCALE
