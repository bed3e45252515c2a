"""``/api/v1/accounts/{id}/money``: finance books what a customer paid ahead and laid down (F5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import ColumnElement, Connection, func, select

from fieldcrm import clock
from fieldcrm.errors import Invalid
from fieldcrm.ids import new_id
from fieldcrm.rules import money
from fieldcrm.sync.entities import registry
from server import records, scope_office
from server.api import answers, shapes
from server.api.callers import Signed
from server.scope import Principal
from server.scope_office import Act

router = APIRouter(prefix="/api/v1/accounts", tags=["money"])
account = registry()["account"].table
entry = registry()["money_entry"].table

MoneyEntry = shapes.row_model("money_entry")
MoneyPage = shapes.page_model("money_entry", MoneyEntry)
NewEntry = shapes.body_model(
    "money_entry", "New", leave_out=frozenset({"account_id", "territory_id", "posted_by"}),
    required=frozenset({"purse", "amount", "booked_on"}),
)  # fmt: skip


@router.get("/{account_id}/money", response_model=MoneyPage)
def entries(
    account_id: UUID, caller: Signed, after: shapes.After = None, limit: shapes.Limit = 50
) -> Response:
    """List the movements of an account that the caller sees."""
    with caller.reading() as (connection, principal):
        records.one(connection, "account", account_id, _seen(connection, principal))
        where = [entry.c.account_id == account_id]
        return answers.page(records.listed(connection, "money_entry", where, after=after, limit=limit))


@router.post("/{account_id}/money", status_code=201, response_model=MoneyEntry)
def book(account_id: UUID, body: NewEntry, caller: Signed, id: UUID | None = None) -> Response:  # type: ignore[valid-type]  # noqa: A002
    """Book one movement; the account's row is the lock under which a purse is never overdrawn."""
    values = shapes.sent(body)
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.BOOK_MONEY)
        owner = records.locked(connection, "account", account_id, _seen(connection, principal))
        checked = records.checked(registry()["money_entry"], values)
        if not checked["amount"]:
            raise Invalid("out_of_range", field="amount")
        money.booked(_balance(connection, account_id, checked["purse"]), checked["amount"])
        fixed = {
            "id": id or new_id(), "account_id": account_id, "territory_id": UUID(owner["territory_id"]),
            "posted_by": principal.user_id,
        }  # fmt: skip
        row = records.made(connection, "money_entry", values, fixed, principal, clock.now())
    return answers.row(row, 201)


def _balance(connection: Connection, account_id: UUID, purse: Any) -> Any:
    wanted = select(func.coalesce(func.sum(entry.c.amount), 0)).where(
        entry.c.account_id == account_id, entry.c.purse == purse, entry.c.archived_at.is_(None)
    )
    return connection.execute(wanted).scalar_one()


def _seen(connection: Connection, principal: Principal) -> list[ColumnElement[bool]]:
    areas = scope_office.seen_territories(connection, principal)
    return [] if areas is None else [account.c.territory_id.in_(areas)]
