"""``/api/v1/money-policy`` and ``/products/{id}/stock``: what the office decides about limits (F5, F6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, insert, select, update

from fieldcrm import clock
from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.rules import credit, money
from fieldcrm.rules.slices import Limit
from fieldcrm.sync.entities import registry
from server import handing, ledger, records, room, scope_office, slices
from server.api.callers import Signed
from server.scope_office import Act

router = APIRouter(prefix="/api/v1", tags=["money"])
policy = registry()["money_policy"].table
stock = registry()["scarce_stock"].table


class Policy(BaseModel):
    """How the organisation uses its customers' money; ``manager_over`` null is any amount."""

    model_config = ConfigDict(extra="forbid")

    order_of_use: list[str] = Field(default_factory=lambda: list(money.ORDER_OF_USE))
    warn_percent: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)] = credit.WARN_PERCENT
    manager_over: Annotated[Decimal, Field(ge=0, decimal_places=2)] | None = None


@router.get("/money-policy")
def read_policy(caller: Signed) -> Policy:
    """Return how customers' money is used."""
    with caller.reading() as (connection, _):
        row = connection.execute(select(policy).where(policy.c.archived_at.is_(None))).first()
    if row is None:
        return Policy()
    return Policy(order_of_use=row.order_of_use, warn_percent=row.warn_percent, manager_over=row.manager_over)


@router.put("/money-policy")
def put_policy(body: Policy, caller: Signed) -> Policy:
    """Decide how customers' money is used, for everybody."""
    values = {
        "order_of_use": money.checked_order(body.order_of_use), "warn_percent": body.warn_percent,
        "manager_over": body.manager_over,
    }  # fmt: skip
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.BOOK_MONEY)
        changed = connection.execute(update(policy).values({**values, "version": policy.c.version + 1}))
        if not changed.rowcount:
            connection.execute(insert(policy).values({**values, "id": new_id(), "version": 0}))
    return body


class Stock(BaseModel):
    """How much of an article there is to sell in all, in base units; null: it is not scarce."""

    model_config = ConfigDict(extra="forbid")

    quantity: Annotated[Decimal, Field(ge=0, lt=10**10, decimal_places=4)] | None


@router.get("/products/{product_id}/stock")
def read_stock(product_id: UUID, caller: Signed) -> dict[str, Any]:
    """Say how much of an article there is, and what of it is sold and with laptops."""
    with caller.reading() as (connection, principal):
        scope_office.check(principal, Act.KEEP_STOCK)
        records.one(connection, "product", product_id, [])
        here = stock.c.product_id == product_id, stock.c.archived_at.is_(None)
        row = connection.execute(select(stock).where(*here)).first()
        held = _with_laptops(connection, product_id)
    sold = row.sold if row is not None else Decimal()
    return {
        "quantity": None if row is None else str(row.quantity), "sold": str(sold), "with_laptops": str(held)
    }  # fmt: skip


def _with_laptops(connection: Connection, product_id: UUID) -> Decimal:
    out = room.reserved(room.held_slices(connection, clock.now(), accounts=()), clock.now())
    return out.get((Limit.STOCK, str(product_id)), Decimal())


@router.put("/products/{product_id}/stock")
def put_stock(product_id: UUID, body: Stock, caller: Signed) -> dict[str, Any]:
    """Say how much of a scarce article there is; what is sold cannot be taken away.

    Parts of laptops that have no room any more are called back; what they sold meanwhile stands.
    """
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.KEEP_STOCK)
        records.one(connection, "product", product_id, [])
        slices.hold(connection)
        key = ledger.stock_id(str(product_id))
        row = connection.execute(select(stock).where(stock.c.id == key)).first()
        held = _with_laptops(connection, product_id)
        sold = row.sold if row is not None else Decimal()
        if body.quantity is None:
            connection.execute(update(stock).where(stock.c.id == key).values(archived_at=clock.now()))
        elif body.quantity < sold:
            raise RuleBroken("promised", left=body.quantity - sold, with_laptops=held)
        elif row is None:
            connection.execute(
                insert(stock).values(
                    id=key, version=0, product_id=product_id, quantity=body.quantity, sold=Decimal()
                )
            )
        else:
            values = {"quantity": body.quantity, "archived_at": None}
            connection.execute(update(stock).where(stock.c.id == key).values(values))
        back = handing.call_back_everybodys(connection, clock.now())
    return {
        "quantity": None if body.quantity is None else str(body.quantity), "sold": str(sold),
        "with_laptops": str(held), "called_back": back,
    }  # fmt: skip
