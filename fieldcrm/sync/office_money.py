"""Customers' money at the office: read and booked over REST, so only on line; nothing is kept here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.services.money import Line, Section
from fieldcrm.sync.limits import Holder
from fieldcrm.sync.remote import Remote

Kind = TypeVar("Kind")
_ACCOUNTS = "/api/v1/accounts"
_WAITS = 202


class Customer(msgspec.Struct, frozen=True):
    """One customer in the list."""

    id: str
    name: str
    code: str
    version: int
    receivable: Decimal
    credit_limit: Decimal | None = None


class Purse(msgspec.Struct, frozen=True):
    """What a customer has or owes in one purse, and what of it laptops hold."""

    purse: str
    balance: Decimal
    with_laptops: Decimal


class Lot(msgspec.Struct, frozen=True):
    """A rebate that has not expired."""

    id: str
    name: str
    kind: str
    left: Decimal
    with_laptops: Decimal
    valid_to: date | None = None


class Waiting(msgspec.Struct, frozen=True):
    """What was asked for and is not booked: of the parts called back so many came back."""

    id: str
    kind: str
    key: str
    amount: Decimal
    there: Decimal
    with_laptops: Decimal
    asked_back: int
    came_back: int
    short: bool
    reference: str = ""
    note: str = ""


class Credit(msgspec.Struct, frozen=True):
    """What is at stake with a customer; ``would_come_back`` is what another limit has no room for."""

    exposure: Decimal
    with_laptops: Decimal
    risk: str
    limit: Decimal | None = None
    free: Decimal | None = None
    would_come_back: tuple[Holder, ...] = ()


class Policy(msgspec.Struct, frozen=True):
    """How the organisation uses its customers' money; ``manager_over`` None is any amount."""

    order_of_use: tuple[str, ...]
    warn_percent: Decimal
    manager_over: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the office sees of a customer's money."""

    credit: Credit
    purses: tuple[Purse, ...] = ()
    lots: tuple[Lot, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Booking:
    """What finance books; the id is its own, so that saying it twice books once. ``lot`` is a rebate's."""

    id: UUID
    purse: str
    amount: Decimal
    on: date
    reference: str = ""
    note: str = ""
    lot: str = ""


class _Movement(msgspec.Struct, frozen=True):
    on: date
    text: str
    amount: Decimal
    balance: Decimal
    move: str


class _Section(msgspec.Struct, frozen=True):
    purse: str
    opening: Decimal
    lines: tuple[_Movement, ...]


class _Items(msgspec.Struct, frozen=True):
    items: msgspec.Raw


def find(remote: Remote, search: str) -> tuple[Customer, ...]:
    """Return customers whose name, code or address is like ``search``."""
    return _items(remote, f"?{urlencode({'q': search, 'limit': 100})}", tuple[Customer, ...])


def one(remote: Remote, account_id: str) -> Customer:
    """Return one customer as the office knows him now."""
    return _read(remote.call("GET", f"{_ACCOUNTS}/{account_id}").body, Customer)


def standing(remote: Remote, account_id: str, since: date | None = None) -> Standing:
    """Return a customer's purses, rebates, credit, what waits, and what moved since a day."""
    return Standing(
        credit(remote, account_id),
        _items(remote, f"/{account_id}/purses", tuple[Purse, ...]),
        _items(remote, f"/{account_id}/rebates", tuple[Lot, ...]),
        _items(remote, f"/{account_id}/lowerings", tuple[Waiting, ...]),
        statement(remote, account_id, since, None),
    )


def credit(remote: Remote, account_id: str, limit: Decimal | None = None) -> Credit:
    """Return what is at stake; with a ``limit``, also whose parts it would have no room for."""
    asked = "" if limit is None else f"?{urlencode({'limit': format(limit, 'f')})}"
    return _read(remote.call("GET", f"{_ACCOUNTS}/{account_id}/credit{asked}").body, Credit)


def statement(
    remote: Remote, account_id: str, since: date | None, until: date | None
) -> tuple[Section, ...]:  # fmt: skip
    """Return what moved in a period, purse by purse."""
    days = {"since": since, "until": until}
    asked = urlencode({name: day.isoformat() for name, day in days.items() if day is not None})
    found = _items(remote, f"/{account_id}/statement?{asked}", tuple[_Section, ...])
    return tuple(
        Section(each.purse, each.opening, tuple(Line(x.on, x.text, x.amount, x.balance, x.move)
                                                for x in each.lines))
        for each in found
    )  # fmt: skip


def book(remote: Remote, account_id: str, entry: Booking) -> bool:
    """Book something; return whether it has to wait for laptops."""
    amount, on = format(entry.amount, "f"), entry.on.isoformat()
    if entry.lot:
        path = f"{_ACCOUNTS}/{account_id}/rebates/{entry.lot}"
        told = {"amount": amount, "booked_on": on, "note": entry.note}
    else:
        path = f"{_ACCOUNTS}/{account_id}/money"
        told = {
            "purse": entry.purse, "amount": amount, "booked_on": on, "reference": entry.reference,
            "note": entry.note,
        }  # fmt: skip
    return remote.call("POST", f"{path}?id={entry.id}", msgspec.json.encode(told)).status == _WAITS


def withdraw(remote: Remote, account_id: str, waiting_id: str) -> None:
    """Take back what was asked for and waits."""
    remote.call("DELETE", f"{_ACCOUNTS}/{account_id}/lowerings/{waiting_id}")


def trust(remote: Remote, customer: Customer, limit: Decimal | None) -> None:
    """Set a customer's credit limit, if nobody else changed him meanwhile."""
    body = msgspec.json.encode({"credit_limit": None if limit is None else f"{limit:.2f}"})
    version = {"if-match": f'"{customer.version}"'}
    remote.call("PATCH", f"{_ACCOUNTS}/{customer.id}", body, version)


def policy(remote: Remote) -> Policy:
    """Return how customers' money is used."""
    return _read(remote.call("GET", "/api/v1/money-policy").body, Policy)


def decide(remote: Remote, wanted: Policy) -> None:
    """Decide how customers' money is used, for everybody."""
    remote.call("PUT", "/api/v1/money-policy", msgspec.json.encode(wanted))


def _items(remote: Remote, path: str, kind: type[Kind]) -> Kind:
    return _read(_read(remote.call("GET", f"{_ACCOUNTS}{path}").body, _Items).items, kind)


def _read(body: bytes | msgspec.Raw, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
