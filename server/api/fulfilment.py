"""``/api/v1/orders/{id}/…``: what the office and the ERP say of an order's goods, and its editions (R1)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import Connection

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.sync.entities import registry
from server import deliveries, office_returns, records, scope_office
from server.api import answers, shapes
from server.api.callers import Signed
from server.api.orders import Order, seen
from server.scope import Principal
from server.scope_office import Act

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])

Delivery = shapes.row_model("delivery")
DeliveryPage = shapes.page_model("delivery", Delivery)
Version = shapes.row_model("order_version")
VersionPage = shapes.page_model("order_version", Version)
OrderReturn = shapes.row_model("order_return")
ReturnPage = shapes.page_model("order_return", OrderReturn)
Words = Annotated[str, StringConstraints(max_length=2000, pattern=shapes.PLAIN)]
Reference = Annotated[str, StringConstraints(max_length=100, pattern=shapes.PLAIN)]


class NewDelivery(BaseModel):
    """What left for the customer: quantities by line; negative ones correct an earlier delivery."""

    model_config = ConfigDict(extra="forbid")

    quantities: dict[UUID, shapes.Decimal]
    delivered_on: date
    reference: Reference = ""
    note: Words = ""


class NewReturn(BaseModel):
    """What came back to the office: quantities by line of the order, and why."""

    model_config = ConfigDict(extra="forbid")

    quantities: dict[UUID, shapes.Decimal]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=shapes.PLAIN)]


class Cancelling(BaseModel):
    """Why an order is cancelled."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=shapes.PLAIN)]


@router.post("/{order_id}/fulfil", response_model=Order)
def fulfil(order_id: UUID, caller: Signed, if_match: shapes.IfMatch = None) -> Response:
    """Say that the warehouse has begun: the order is neither amended nor cancelled any more."""
    with caller.writing() as (connection, principal):
        order = _held(connection, principal, order_id, Act.DELIVER_ORDERS)
        version = shapes.version_of(if_match)
        return answers.row(deliveries.begin(connection, order, principal, clock.now(), version))


@router.post("/{order_id}/deliveries", status_code=201, response_model=Delivery)
def deliver(order_id: UUID, body: NewDelivery, caller: Signed) -> Response:
    """Write down a delivery; the same reference with the same quantities is the same delivery (200)."""
    with caller.writing() as (connection, principal):
        order = _held(connection, principal, order_id, Act.DELIVER_ORDERS)
        told = body.model_dump(mode="json")
        row, new = deliveries.deliver(connection, order, told, principal, clock.now())
    return answers.row(row, 201 if new else 200)


@router.post("/{order_id}/cancel", response_model=Order)
def cancel(
    order_id: UUID, body: Cancelling, caller: Signed, if_match: shapes.IfMatch = None
) -> Response:  # fmt: skip
    """Cancel an order until its fulfilment begins; what it took and earned is given back."""
    with caller.writing() as (connection, principal):
        order = _held(connection, principal, order_id, Act.DECIDE_ORDERS)
        version = shapes.version_of(if_match)
        return answers.row(deliveries.cancel(connection, order, body.reason, principal, clock.now(), version))


@router.post("/{order_id}/returns", status_code=201, response_model=OrderReturn)
def take_goods_back(order_id: UUID, body: NewReturn, caller: Signed, id: UUID | None = None) -> Response:  # noqa: A002
    """Take goods back at the price sold at; the same id with the same quantities is one return (200)."""
    with caller.writing() as (connection, principal):
        order = _held(connection, principal, order_id, Act.BOOK_RETURNS)
        told = body.model_dump(mode="json")
        row, new = office_returns.take(connection, order, id or new_id(), told, principal, clock.now())
    return answers.row(row, 201 if new else 200)


@router.get("/{order_id}/deliveries", response_model=DeliveryPage)
def list_deliveries(
    order_id: UUID, caller: Signed, after: shapes.After = None, limit: shapes.Limit = 50
) -> Response:  # fmt: skip
    """List the deliveries of an order."""
    return _listed(caller, "delivery", order_id, after, limit)


@router.get("/{order_id}/versions", response_model=VersionPage)
def list_versions(
    order_id: UUID, caller: Signed, after: shapes.After = None, limit: shapes.Limit = 50
) -> Response:  # fmt: skip
    """List the editions of an order that others replaced."""
    return _listed(caller, "order_version", order_id, after, limit)


@router.get("/{order_id}/returns", response_model=ReturnPage)
def list_returns(
    order_id: UUID, caller: Signed, after: shapes.After = None, limit: shapes.Limit = 50
) -> Response:  # fmt: skip
    """List what came back of an order."""
    return _listed(caller, "order_return", order_id, after, limit)


def _held(connection: Connection, principal: Principal, order_id: UUID, act: Act) -> dict[str, Any]:
    order = records.locked(connection, "order", order_id, seen(connection, principal))
    scope_office.check(principal, act)
    return order


def _listed(caller: Signed, name: str, order_id: UUID, after: UUID | None, limit: int) -> Response:
    with caller.reading() as (connection, principal):
        records.one(connection, "order", order_id, seen(connection, principal))
        where = [registry()[name].table.c.order_id == order_id]
        return answers.page(records.listed(connection, name, where, after=after, limit=limit))
