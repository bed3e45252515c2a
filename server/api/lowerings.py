"""``/api/v1/accounts/{id}/lowerings`` and ``/rebates``: taking money that laptops may still sell against.

What nobody holds is booked at once (201). For the rest the laptops' parts are called back, and it is booked
when they have come back or ended (202).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.wire import amount_text
from fieldcrm.rules.slices import Limit, Named
from fieldcrm.services import money as moneys
from fieldcrm.sync.entities import registry
from server import calling_back, lowering, records, scope_office
from server.api import shapes
from server.api.callers import Signed
from server.lowering import Asked, Waiting
from server.postings import stored
from server.scope import Principal
from server.scope_office import Act

router = APIRouter(prefix="/api/v1/accounts", tags=["money"])
account = registry()["account"].table
Words = Annotated[str, StringConstraints(max_length=2000, pattern=shapes.PLAIN)]


class Lowering(BaseModel):
    """What is asked for and not booked; of the parts called back so many came back. ``short``: too little
    is left for it."""

    id: UUID
    kind: Limit
    key: str
    amount: shapes.Decimal
    booked_on: date
    reference: str
    note: str
    there: shapes.Decimal
    with_laptops: shapes.Decimal
    asked_back: int
    came_back: int
    short: bool


class Lowerings(BaseModel):
    """All that waits at a customer."""

    items: list[Lowering]


class LotShape(BaseModel):
    """A rebate that has not expired: what it holds, and what of it laptops hold."""

    id: UUID
    program: str
    name: str
    kind: str
    left: shapes.Decimal
    with_laptops: shapes.Decimal
    valid_to: date | None


class Lots(BaseModel):
    """All rebates of a customer."""

    items: list[LotShape]


class Purse(BaseModel):
    """What a customer has or owes in one purse, and what of it laptops hold."""

    purse: str
    balance: shapes.Decimal
    with_laptops: shapes.Decimal


class Purses(BaseModel):
    """Every purse that was ever used."""

    items: list[Purse]


class Movement(BaseModel):
    """One movement with the balance after it; ``move`` is a rebate's."""

    on: date
    text: str
    amount: shapes.Decimal
    balance: shapes.Decimal
    move: str


class Section(BaseModel):
    """One purse in the period: what it held before, and its movements."""

    purse: str
    opening: shapes.Decimal
    lines: list[Movement]


class Statement(BaseModel):
    """How a customer's money came about."""

    items: list[Section]


class Taken(BaseModel):
    """What was booked at once."""

    id: UUID
    kind: Limit
    key: str
    amount: shapes.Decimal


class Less(BaseModel):
    """What is taken out of a rebate, and why."""

    model_config = ConfigDict(extra="forbid")

    amount: shapes.Decimal
    booked_on: date
    note: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=shapes.PLAIN)]


@router.get("/{account_id}/purses", response_model=Purses)
def purses(account_id: UUID, caller: Signed) -> dict[str, Any]:
    """Say what an account has in every purse."""
    with caller.reading() as (connection, principal):
        records.one(connection, "account", account_id, seen(connection, principal))
        held = lowering.held(connection, account_id, clock.now())
        with Session(connection, join_transaction_mode="rollback_only") as session:
            found = moneys.statement(session, account_id, clock.business_day(clock.now()))
    return {
        "items": [
            {
                "purse": each.purse,
                "balance": _text(each.closing),
                "with_laptops": _text(_of_purse(held, each.purse)),
            }
            for each in found
        ]
    }


@router.get("/{account_id}/statement", response_model=Statement)
def statement(
    account_id: UUID, caller: Signed, since: date | None = None, until: date | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return what moved in a period, purse by purse, with the balance before and after every movement."""
    with caller.reading() as (connection, principal):
        records.one(connection, "account", account_id, seen(connection, principal))
        today = clock.business_day(clock.now())
        with Session(connection, join_transaction_mode="rollback_only") as session:
            found = moneys.statement(session, account_id, today, since, until)
    return {"items": [_section(each) for each in found]}


@router.get("/{account_id}/lowerings", response_model=Lowerings)
def lowerings(account_id: UUID, caller: Signed) -> dict[str, Any]:
    """List what finance asked for and what waits for laptops."""
    with caller.reading() as (connection, principal):
        records.one(connection, "account", account_id, seen(connection, principal))
        found = lowering.waiting(connection, account_id, clock.now())
        return {"items": _told(connection, found)}


@router.delete("/{account_id}/lowerings/{lowering_id}", status_code=204)
def withdraw(account_id: UUID, lowering_id: UUID, caller: Signed) -> None:
    """Take back what was asked for and is not booked."""
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.BOOK_MONEY)
        records.locked(connection, "account", account_id, seen(connection, principal))
        lowering.withdraw(connection, account_id, lowering_id, principal, clock.now())


@router.get("/{account_id}/rebates", response_model=Lots)
def rebates(account_id: UUID, caller: Signed) -> dict[str, Any]:
    """List the rebates that an account has left."""
    with caller.reading() as (connection, principal):
        records.one(connection, "account", account_id, seen(connection, principal))
        found = lowering.lots(connection, account_id, clock.now())
    return {
        "items": [
            {
                "id": each.id, "program": each.program, "name": each.name, "kind": each.kind,
                "left": _text(each.left), "with_laptops": _text(each.held), "valid_to": each.valid_to,
            }
            for each in found
        ]
    }  # fmt: skip


@router.post("/{account_id}/rebates/{lot_id}", status_code=201, response_model=Taken | Lowering)
def take_rebate(
    account_id: UUID, lot_id: UUID, body: Less, caller: Signed, id: UUID | None = None  # noqa: A002
) -> Response:  # fmt: skip
    """Take something out of a rebate."""
    amount = Decimal(body.amount)
    if amount >= 0:
        raise Invalid("out_of_range", field="amount")
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.BOOK_MONEY)
        records.locked(connection, "account", account_id, seen(connection, principal))
        if all(each.id != lot_id for each in lowering.lots(connection, account_id, clock.now())):
            raise NotFound("rebate", lot_id)
        asked = Asked(
            id or new_id(), str(Limit.REBATE), str(lot_id), account_id, amount, body.booked_on, note=body.note
        )
        return answer(connection, asked, principal)


def answer(connection: Connection, asked: Asked, by: Principal) -> Response:
    """Ask for something, and say whether it is booked or waits."""
    at = clock.now()
    if lowering.ask(connection, asked, by, at):
        said = {"id": asked.id, "kind": asked.kind, "key": asked.key, "amount": _text(asked.amount)}
        return Response(msgspec.json.encode(said), 201, media_type="application/json")
    waits = [each for each in lowering.waiting(connection, asked.account_id, at) if each.asked.id == asked.id]
    [told] = _told(connection, waits)
    return Response(msgspec.json.encode(told), 202, media_type="application/json")


def _told(connection: Connection, found: Iterable[Waiting]) -> list[dict[str, Any]]:
    waits = list(found)
    called = calling_back.progress(connection, {each.asked.named for each in waits})
    return [
        {
            "id": each.asked.id, "kind": each.asked.kind, "key": each.asked.key,
            "amount": _text(each.asked.amount), "booked_on": each.asked.booked_on,
            "reference": each.asked.reference, "note": each.asked.note, "there": _text(each.there),
            "with_laptops": _text(each.held), "asked_back": called[each.asked.named][0],
            "came_back": called[each.asked.named][1], "short": each.is_short,
        }
        for each in waits
    ]  # fmt: skip


def _section(each: moneys.Section) -> dict[str, Any]:
    return {
        "purse": each.purse, "opening": _text(each.opening),
        "lines": [
            {
                "on": x.on, "text": x.text, "amount": _text(x.amount), "balance": _text(x.balance),
                "move": x.move,
            }
            for x in each.lines
        ],
    }  # fmt: skip


def _of_purse(held: Mapping[Named, Decimal], purse: str) -> Decimal:
    return sum((amount for (kind, _), amount in held.items() if kind == purse), Decimal())


def _text(amount: Decimal) -> str:
    return amount_text(stored(amount))


def seen(connection: Connection, principal: Principal) -> list[ColumnElement[bool]]:
    """Return which accounts somebody sees."""
    areas = scope_office.seen_territories(connection, principal)
    return [] if areas is None else [account.c.territory_id.in_(areas)]
