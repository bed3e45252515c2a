"""``/api/v1/returnable-orders``: orders whose goods came back to the office; booking is at ``orders``."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from server import records, returnable, scope_office
from server.api import shapes
from server.api.callers import Signed
from server.api.orders import seen
from server.scope_office import Act

router = APIRouter(prefix="/api/v1/returnable-orders", tags=["orders"])


class Brief(BaseModel):
    """One order in the list."""

    id: UUID
    number: str
    account: str
    rep: str
    ordered_on: date
    total: shapes.Decimal
    returned: shapes.Decimal


class Briefs(BaseModel):
    """The newest orders that are like what was looked for."""

    items: list[Brief]


class Line(BaseModel):
    """One line: how much of it may still come back, and what the customer paid for all of it."""

    line: UUID
    name: str
    unit: str
    is_gift: bool
    ordered: shapes.Decimal
    delivered: shapes.Decimal
    returned: shapes.Decimal
    left: shapes.Decimal
    paid: shapes.Decimal


class Made(BaseModel):
    """A return that was booked; ``at`` is milliseconds."""

    id: UUID
    at: int
    by: str
    reason: str
    total: shapes.Decimal


class Returnable(BaseModel):
    """An order's lines and its returns."""

    lines: list[Line]
    returns: list[Made]


class Quantities(BaseModel):
    """What would come back, by line."""

    model_config = ConfigDict(extra="forbid")

    quantities: dict[UUID, shapes.Decimal]


class Worth(BaseModel):
    """What the customer would get: in money, back to his rebate, and what is kept back for gifts."""

    total: shapes.Decimal
    rebate: shapes.Decimal
    tax: shapes.Decimal
    withheld: shapes.Decimal


@router.get("", response_model=Briefs)
def find(caller: Signed, q: shapes.Search = "") -> dict[str, Any]:
    """Find accepted orders by number or customer."""
    with caller.reading() as (connection, principal):
        scope_office.check(principal, Act.BOOK_RETURNS)
        return {"items": returnable.found(connection, q, seen(connection, principal))}


@router.get("/{order_id}", response_model=Returnable)
def read(order_id: UUID, caller: Signed) -> dict[str, Any]:
    """Say what of an order may come back."""
    with caller.reading() as (connection, principal):
        scope_office.check(principal, Act.BOOK_RETURNS)
        records.one(connection, "order", order_id, seen(connection, principal))
        with Session(connection, join_transaction_mode="rollback_only") as session:
            return returnable.one(session, order_id)


@router.post("/{order_id}/worth", response_model=Worth)
def reckon(order_id: UUID, body: Quantities, caller: Signed) -> dict[str, Any]:
    """Say what goods would be worth if they came back; nothing is booked."""
    with caller.reading() as (connection, principal):
        scope_office.check(principal, Act.BOOK_RETURNS)
        records.one(connection, "order", order_id, seen(connection, principal))
        told = body.model_dump(mode="json")["quantities"]
        with Session(connection, join_transaction_mode="rollback_only") as session:
            return returnable.worth(session, order_id, told)
