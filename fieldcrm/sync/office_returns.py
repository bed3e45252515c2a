"""Goods that come back to the office: orders are looked for and returns booked over REST, so only on line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.remote import Remote

Kind = TypeVar("Kind")
Quantities = Mapping[str, Decimal]


class Found(msgspec.Struct, frozen=True):
    """One order in the list."""

    id: str
    number: str
    account: str
    rep: str
    ordered_on: date
    total: Decimal
    returned: Decimal


class Line(msgspec.Struct, frozen=True):
    """One line: how much of it may still come back, and what was paid for all of it."""

    line: str
    name: str
    unit: str
    is_gift: bool
    ordered: Decimal
    delivered: Decimal
    returned: Decimal
    left: Decimal
    paid: Decimal


class Made(msgspec.Struct, frozen=True):
    """A return that was booked; ``at`` is milliseconds."""

    id: str
    at: int
    by: str
    reason: str
    total: Decimal


class Returnable(msgspec.Struct, frozen=True):
    """An order's lines and its returns."""

    lines: tuple[Line, ...] = ()
    returns: tuple[Made, ...] = ()


class Worth(msgspec.Struct, frozen=True):
    """What the customer would get for goods."""

    total: Decimal = Decimal()
    rebate: Decimal = Decimal()
    tax: Decimal = Decimal()
    withheld: Decimal = Decimal()


class _Items(msgspec.Struct, frozen=True):
    items: tuple[Found, ...]


class _Booked(msgspec.Struct, frozen=True):
    total_amount: Decimal


def find(remote: Remote, search: str) -> tuple[Found, ...]:
    """Return the newest accepted orders whose number or customer is like ``search``."""
    return _read(
        remote.call("GET", f"/api/v1/returnable-orders?{urlencode({'q': search})}").body, _Items
    ).items


def returnable(remote: Remote, order_id: str) -> Returnable:
    """Return what of an order may come back."""
    return _read(remote.call("GET", f"/api/v1/returnable-orders/{order_id}").body, Returnable)


def worth(remote: Remote, order_id: str, quantities: Quantities) -> Worth:
    """Return what goods would be worth if they came back."""
    body = msgspec.json.encode({"quantities": _told(quantities)})
    return _read(remote.call("POST", f"/api/v1/returnable-orders/{order_id}/worth", body).body, Worth)


def take(remote: Remote, order_id: str, key: UUID, quantities: Quantities, reason: str) -> Decimal:
    """Book a return under an id of one's own, so that saying it twice books once; return what it gave."""
    body = msgspec.json.encode({"quantities": _told(quantities), "reason": reason})
    return _read(
        remote.call("POST", f"/api/v1/orders/{order_id}/returns?id={key}", body).body, _Booked
    ).total_amount


def _told(quantities: Quantities) -> dict[str, str]:
    return {line: format(quantity, "f") for line, quantity in quantities.items() if quantity}


def _read(body: bytes, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
