"""``/api/v1/accounts/{id}/money`` and what goes with it: what customers have, owe and may owe (F5, F6).

Finance books what a customer paid ahead and laid down; orders post by themselves. What laptops were
given to sell against is theirs until it is asked back and they have synced.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Connection, func, select

from fieldcrm import clock
from fieldcrm.errors import Invalid
from fieldcrm.ids import new_id
from fieldcrm.rules import credit, money
from fieldcrm.rules.slices import Limit
from fieldcrm.sync.entities import registry
from server import calling_back, handing, lowering, records, room, scope_office
from server.api import answers, lowerings, shapes, slices
from server.api.callers import Signed
from server.api.lowerings import Lowering, seen
from server.lowering import Asked
from server.scope_office import Act

router = APIRouter(prefix="/api/v1/accounts", tags=["money"])
entry = registry()["money_entry"].table
policy = registry()["money_policy"].table
_BOOKED = frozenset({"prepay", "cash", "receipt"})  # the others follow from orders

NewLimit = Annotated[
    Decimal | None, Query(ge=0, lt=10**12, decimal_places=2, description="a credit limit to try")
]
MoneyEntry = shapes.row_model("money_entry")
MoneyPage = shapes.page_model("money_entry", MoneyEntry)
NewEntry = shapes.body_model(
    "money_entry", "New", leave_out=frozenset({"account_id", "territory_id", "posted_by", "order_id"}),
    required=frozenset({"purse", "amount", "booked_on"}),
)  # fmt: skip


@router.get("/{account_id}/money", response_model=MoneyPage)
def entries(
    account_id: UUID, caller: Signed, after: shapes.After = None, limit: shapes.Limit = 50
) -> Response:
    """List the movements of an account that the caller sees."""
    with caller.reading() as (connection, principal):
        records.one(connection, "account", account_id, seen(connection, principal))
        where = [entry.c.account_id == account_id]
        return answers.page(records.listed(connection, "money_entry", where, after=after, limit=limit))


@router.post("/{account_id}/money", status_code=201, response_model=MoneyEntry | Lowering)
def book(account_id: UUID, body: NewEntry, caller: Signed, id: UUID | None = None) -> Response:  # type: ignore[valid-type]  # noqa: A002
    """Book one movement; the account's row is the lock under which a purse is never overdrawn.

    What laptops may still sell against is called back first, and the movement waits for it (202).
    """
    values, key = shapes.sent(body), id or new_id()
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.BOOK_MONEY)
        owner = records.locked(connection, "account", account_id, seen(connection, principal))
        checked = records.checked(registry()["money_entry"], values)
        if not checked["amount"]:
            raise Invalid("out_of_range", field="amount")
        if str(checked["purse"]) not in _BOOKED:
            raise Invalid("not_a_choice", field="purse", choices=sorted(_BOOKED))
        money.booked(_balance(connection, account_id, checked["purse"]), checked["amount"])
        asked = _asked(account_id, key, checked)
        if _has_to_wait(connection, asked):
            return lowerings.answer(connection, asked, principal)
        fixed = {
            "id": key, "account_id": account_id, "territory_id": UUID(owner["territory_id"]),
            "posted_by": principal.user_id,
        }  # fmt: skip
        row = records.made(connection, "money_entry", values, fixed, principal, clock.now())
        handing.hand_out_to(connection, [str(account_id)], clock.now())
    return answers.row(row, 201)


@router.post("/{account_id}/money/recall")
def recall(account_id: UUID, caller: Signed) -> dict[str, int]:
    """Ask laptops for their slices of a customer's limits back; each comes when its laptop has synced."""
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.BOOK_MONEY)
        records.locked(connection, "account", account_id, seen(connection, principal))
        return {"recalled": handing.recall(connection, [str(account_id)], clock.now())}


@router.get("/{account_id}/credit")
def read_credit(account_id: UUID, caller: Signed, limit: NewLimit = None) -> dict[str, Any]:
    """Say what is at stake with an account: its exposure, risk and warnings, and what laptops hold of it.

    ``would_come_back`` are the parts that another ``limit`` would have no room for.
    """
    with caller.reading() as (connection, principal):
        records.one(connection, "account", account_id, seen(connection, principal))
        at_stake = room.exposures(connection, [str(account_id)])[str(account_id)]
        percent = _warn_percent(connection)
        today = clock.business_day(clock.now())
        out = room.held_slices(connection, clock.now(), everybodys=False, accounts=[str(account_id)])
        held = room.reserved(out, clock.now())
        back = [] if limit is None else calling_back.beyond(connection, account_id, limit, clock.now())
    amounts = {
        "limit": at_stake.limit, "receivable": at_stake.receivable, "confirmed": at_stake.confirmed,
        "receipts": at_stake.receipts, "exposure": at_stake.owed, "free": at_stake.free,
        "with_laptops": held.get((Limit.CREDIT, str(account_id)), Decimal()),
    }  # fmt: skip
    return {name: None if amount is None else f"{amount:.2f}" for name, amount in amounts.items()} | {
        "risk": str(credit.risk(at_stake, today, percent)),
        "warnings": [str(each) for each in credit.warnings(at_stake, today, percent)],
        "would_come_back": [slices.holder_told(each) for each in back],
    }


def _asked(account_id: UUID, key: UUID, entry: Mapping[str, Any]) -> Asked:
    return Asked(
        key, str(entry["purse"]), str(account_id), account_id, entry["amount"], entry["booked_on"],
        entry.get("reference", ""), entry.get("note", ""),
    )  # fmt: skip


def _has_to_wait(connection: Connection, asked: Asked) -> bool:
    """Say whether laptops may still sell against what is to be taken."""
    if asked.amount > 0 or asked.kind not in (Limit.PREPAY, Limit.CASH):
        return False
    return not lowering.fits(connection, asked.account_id, asked.named, asked.amount, clock.now())


def _warn_percent(connection: Connection) -> Decimal:
    found = connection.execute(select(policy.c.warn_percent).where(policy.c.archived_at.is_(None))).scalar()
    return credit.WARN_PERCENT if found is None else Decimal(found)


def _balance(connection: Connection, account_id: UUID, purse: Any) -> Any:
    wanted = select(func.coalesce(func.sum(entry.c.amount), 0)).where(
        entry.c.account_id == account_id, entry.c.purse == purse, entry.c.archived_at.is_(None)
    )
    return connection.execute(wanted).scalar_one()
