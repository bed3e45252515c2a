"""``/api/v1/orders``: the order centre reads, accepts and returns; reps write orders by sync."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints, create_model
from sqlalchemy import ColumnElement, Connection

from fieldcrm import clock
from fieldcrm.errors import RuleBroken
from fieldcrm.rules import orders as rules
from fieldcrm.rules.orders import Fulfilment, OrderStatus, Origin
from fieldcrm.sync.entities import registry
from server import editions, ledger, numbers, packing, records, reversals, scope_office
from server.api import answers, shapes
from server.api.callers import Caller, Signed
from server.scope import Principal
from server.scope_office import Act

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])
order = registry()["order"].table


class Packed(BaseModel):
    """One article that a configured line is packed of, in base units for the whole line."""

    line_id: UUID
    product_id: UUID
    quantity: shapes.Decimal


Order = create_model("Order", __base__=shapes.row_model("order"), packing=(list[Packed], ...))
OrderPage = shapes.page_model("order", Order)
RETURNED = "returned"


class Return(BaseModel):
    """Why an order goes back to its rep."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=shapes.PLAIN)]


@router.get("", response_model=OrderPage)
def orders(
    caller: Signed, status: OrderStatus | None = None, account_id: UUID | None = None,
    since: date | None = None, origin: Origin | None = None, fulfilment: Fulfilment | None = None,
    after: shapes.After = None, limit: shapes.Limit = 50,
) -> Response:  # fmt: skip
    """List the orders the caller sees, drafts left out: they belong to their authors."""
    with caller.reading() as (connection, principal):
        where = [*seen(connection, principal), order.c.status != OrderStatus.DRAFT]
        where += [order.c.status == status] if status else []
        where += [order.c.account_id == account_id] if account_id else []
        where += [order.c.origin == origin] if origin else []
        where += [order.c.fulfilment == fulfilment] if fulfilment else []
        where += [order.c.ordered_on >= since] if since else []
        page = records.listed(connection, "order", where, after=after, limit=limit)
        return answers.page(page | {"items": packing.of_orders(connection, page["items"])})


@router.get("/{order_id}", response_model=Order)
def read_order(order_id: UUID, caller: Signed) -> Response:
    """Return one order with its lines."""
    with caller.reading() as (connection, principal):
        row = records.one(connection, "order", order_id, seen(connection, principal))
        return answers.row(packing.of_orders(connection, [row])[0])


@router.post("/{order_id}/accept", response_model=Order)
def accept(order_id: UUID, caller: Signed, if_match: shapes.IfMatch = None) -> Response:
    """Accept an order that needs review as it stands; it gets its number."""

    def decision(connection: Connection, held: dict[str, Any], role: str) -> dict[str, Any]:
        status = rules.advance(OrderStatus(held["status"]), OrderStatus.ACCEPTED)
        year = date.fromisoformat(held["ordered_on"]).year
        ledger.book_accepted(connection, order_id, clock.now(), role)
        number = held["number"] or numbers.next_number(connection, year)
        return {"status": status, "number": number, "review_code": None, "review_data": None}

    return _decide(caller, order_id, if_match, "accepted", decision)


@router.post("/{order_id}/receivable")
def become_receivable(order_id: UUID, caller: Signed) -> dict[str, str]:
    """Turn what an accepted order has on credit into an open receivable of its account; once."""
    with caller.writing() as (connection, principal):
        held = records.locked(connection, "order", order_id, seen(connection, principal))
        scope_office.check(principal, Act.BOOK_MONEY)
        if held["status"] != OrderStatus.ACCEPTED:
            raise RuleBroken("order_step", current=held["status"], wanted="receivable")
        amount = reversals.became_receivable(connection, order_id, clock.now())
    return {"amount": f"{amount:.2f}"}


@router.post("/{order_id}/return", response_model=Order)
def give_back(order_id: UUID, body: Return, caller: Signed, if_match: shapes.IfMatch = None) -> Response:
    """Give an order that needs review back to its rep with a reason; the rep amends and submits again."""

    def decision(_connection: Connection, _held: dict[str, Any], _role: str) -> dict[str, Any]:
        return {"review_code": RETURNED, "review_data": {"reason": body.reason}}

    return _decide(caller, order_id, if_match, "returned", decision)


def _decide(caller: Caller, order_id: UUID, if_match: str | None, what: str, decision: Any) -> Response:
    with caller.writing() as (connection, principal):
        held = records.locked(connection, "order", order_id, seen(connection, principal))
        scope_office.check_decision(principal, UUID(held["rep_id"]))
        if held["status"] != OrderStatus.NEEDS_REVIEW:
            raise RuleBroken("order_step", current=held["status"], wanted=what)
        if what == "accepted":
            editions.check_approval(connection, principal, held)
        fixed = decision(connection, held, str(principal.role))
        row = records.changed(
            connection, "order", order_id, {}, principal, clock.now(),
            what=what, fixed=fixed, version=shapes.version_of(if_match),
        )  # fmt: skip
        packed = packing.of_orders(connection, [row])[0]
    return answers.row(packed)


def seen(connection: Connection, principal: Principal) -> list[ColumnElement[bool]]:
    """Return which orders somebody sees."""
    areas = scope_office.seen_territories(connection, principal)
    return [] if areas is None else [order.c.territory_id.in_(areas)]
