"""``/api/v1/limits``: who holds how much of what can be exceeded, and asking it back (decision 6)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints

from fieldcrm import clock
from fieldcrm.model.wire import amount_text
from fieldcrm.rules.slices import Limit
from server import calling_back, handing, ledger, scope_office, slices
from server.api import shapes
from server.api.callers import Signed
from server.calling_back import Held, Holder
from server.postings import stored
from server.scope_office import Act

router = APIRouter(prefix="/api/v1/limits", tags=["money"])


class HolderShape(BaseModel):
    """A laptop with a part of a limit; moments are milliseconds, ``until`` is the latest it may be used."""

    device_id: UUID
    device: str
    person: str
    left: shapes.Decimal
    until: int
    seen_at: int | None
    called_back: bool


class LimitShape(BaseModel):
    """One limit: ``there`` is what is there of it, ``over`` by how much laptops hold more than that.

    Of the parts that are being called back (``asked_back``) so many came back already.
    """

    kind: Limit
    key: str
    account_id: UUID | None
    name: str
    there: shapes.Decimal | None
    out: shapes.Decimal
    over: shapes.Decimal
    asked_back: int
    came_back: int
    holders: list[HolderShape]


class Limits(BaseModel):
    """All that is asked for."""

    items: list[LimitShape]


class Wanted(BaseModel):
    """The limit whose parts are asked back."""

    model_config = ConfigDict(extra="forbid")

    kind: Limit
    key: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=shapes.PLAIN)]


class Recalled(BaseModel):
    """How many parts were asked back; each comes when its laptop has synced."""

    recalled: int


@router.get("", response_model=Limits)
def limits(caller: Signed, account_id: UUID | None = None) -> dict[str, Any]:
    """List what laptops hold: of everybody's limits, of one customer's, and wherever it is too much."""
    with caller.reading() as (connection, principal):
        scope_office.check(principal, Act.RECALL_SLICES)
        found = calling_back.overview(connection, clock.now(), account_id)
    return {"items": [_limit(each) for each in found]}


@router.post("/recall", response_model=Recalled)
def recall(body: Wanted, caller: Signed) -> dict[str, int]:
    """Ask all laptops for their parts of a limit; for half an hour nobody is given any of it."""
    at, named = clock.now(), (str(body.kind), body.key)
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.RECALL_SLICES)
        account = calling_back.customer_of(connection, named)
        if account is not None:
            ledger.hold_account(connection, account)
        slices.hold(connection)
        number = handing.recall_limit(connection, named, at)
        calling_back.note(connection, named, principal, at, number)
    return {"recalled": number}


def _limit(each: Held) -> dict[str, Any]:
    return {
        "kind": each.kind, "key": each.key, "account_id": each.account_id, "name": each.name,
        "there": None if each.there is None else amount_text(stored(each.there)),
        "out": amount_text(stored(each.out)), "over": amount_text(stored(each.over)),
        "asked_back": each.asked_back, "came_back": each.came_back,
        "holders": [holder_told(holder) for holder in each.holders],
    }  # fmt: skip


def holder_told(each: Holder) -> dict[str, Any]:
    """Return a holder as it is told."""

    def moment(at: datetime | None) -> int | None:
        return None if at is None else clock.to_ms(at)

    return {
        "device_id": each.device_id, "device": each.device, "person": each.person,
        "left": amount_text(stored(each.left)), "until": moment(each.until), "seen_at": moment(each.seen_at),
        "called_back": each.called_back,
    }  # fmt: skip
