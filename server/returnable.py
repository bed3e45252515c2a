"""Orders of which goods may come back, as the office looks for them, with what came back so far (R1)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, or_, select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.products import Product
from fieldcrm.model.users import User
from fieldcrm.model.wire import amount_text
from fieldcrm.rules import deliveries
from fieldcrm.services import returns
from fieldcrm.services.returns import Basis
from server.postings import stored

MOST = 50
Row = dict[str, Any]


def found(connection: Connection, search: str, seen: list[ColumnElement[bool]]) -> list[Row]:
    """Return the newest accepted orders whose number or customer is like ``search``."""
    wanted = search.strip().lower()
    columns = (Order.number, Order.provisional_number, Account.name, Account.code)
    like = [or_(*(func.lower(column).contains(wanted, autoescape=True) for column in columns))]
    query = (
        select(Order.id, Order.number, Order.ordered_on, Order.total_amount, Order.returned_amount,
               Account.name, User.name.label("rep"))
        .join(Account, Account.id == Order.account_id)
        .join(User, User.id == Order.rep_id)
        .where(Order.status == OrderStatus.ACCEPTED, Order.archived_at.is_(None), *seen,
               *(like if wanted else ()))
        .order_by(Order.ordered_on.desc(), Order.id.desc())
        .limit(MOST)
    )  # fmt: skip
    return [
        {
            "id": row.id, "number": row.number or "", "account": row.name, "rep": row.rep,
            "ordered_on": row.ordered_on, "total": _text(row.total_amount),
            "returned": _text(row.returned_amount),
        }
        for row in connection.execute(query)
    ]  # fmt: skip


def one(session: Session, order_id: UUID) -> Row:
    """Return an order's lines with what was delivered, came back and may come back, and its returns."""
    basis = returns.basis(session, order_id)
    wanted = select(Product.id, Product.name).where(Product.id.in_([x.product_id for x in basis.lines]))
    names = {row.id: row.name for row in session.execute(wanted)}
    return {"lines": _lines(basis, names), "returns": _returns(session, order_id)}


def worth(session: Session, order_id: UUID, quantities: Mapping[str, str]) -> Row:
    """Return what the customer would get for goods; raises what booking them would raise."""
    gives = returns.worth(session, returns.basis(session, order_id), deliveries.read(quantities))
    return {
        "total": _text(gives.total), "rebate": _text(gives.back.rebate), "tax": _text(gives.back.tax),
        "withheld": _text(gives.back.withheld),
    }  # fmt: skip


def _lines(basis: Basis, names: Mapping[UUID, str]) -> list[Row]:
    gone, left = deliveries.summed(basis.before), basis.left
    return [
        {
            "line": line.id, "name": names.get(line.product_id, ""), "unit": line.unit,
            "is_gift": line.gift_by is not None, "ordered": _text(line.quantity),
            "delivered": _text(basis.available.get(str(line.id), Decimal())),
            "returned": _text(gone.get(str(line.id), Decimal())), "left": _text(left[str(line.id)]),
            "paid": _text(sold.paid),
        }
        for line, sold in zip(basis.lines, basis.sold, strict=True)
    ]  # fmt: skip


def _returns(session: Session, order_id: UUID) -> list[Row]:
    made = returns.returns_of(session, order_id)
    by = select(User.id, User.name).where(User.id.in_([each.rep_id for each in made]))
    people = {row.id: row.name for row in session.execute(by)}
    return [
        {
            "id": each.id, "at": clock.to_ms(each.returned_at), "by": people.get(each.rep_id, ""),
            "reason": each.reason, "total": _text(each.total_amount),
        }
        for each in made
    ]  # fmt: skip


def _text(amount: Decimal) -> str:
    return amount_text(stored(amount))
