"""What laptops hold of everything that can be exceeded: asked over REST, so only with a connection."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.remote import Remote

Kind = TypeVar("Kind")


class Holder(msgspec.Struct, frozen=True):
    """A laptop with a part of a limit; moments are milliseconds, ``until`` is the latest it may be used."""

    device_id: str
    device: str
    person: str
    left: Decimal
    until: int
    seen_at: int | None = None
    called_back: bool = False


class Held(msgspec.Struct, frozen=True):
    """One limit: what is there of it, what is out, and by how much that is too much.

    Of the parts that are being called back (``asked_back``) so many came back already.
    """

    kind: str
    key: str
    name: str
    out: Decimal
    over: Decimal
    holders: tuple[Holder, ...]
    there: Decimal | None = None
    account_id: str | None = None
    asked_back: int = 0
    came_back: int = 0


class Stock(msgspec.Struct, frozen=True):
    """How much of an article there is, in base units; without a quantity it is not scarce."""

    sold: Decimal
    with_laptops: Decimal
    quantity: Decimal | None = None
    called_back: int = 0


class _Items(msgspec.Struct, frozen=True):
    items: tuple[Held, ...]


class _Recalled(msgspec.Struct, frozen=True):
    recalled: int


def listed(remote: Remote) -> tuple[Held, ...]:
    """Return who holds what, those first that hold too much."""
    return _read(remote.call("GET", "/api/v1/limits").body, _Items).items


def recall(remote: Remote, held: Held) -> int:
    """Ask for all parts of a limit; return how many laptops are asked."""
    body = msgspec.json.encode({"kind": held.kind, "key": held.key})
    return _read(remote.call("POST", "/api/v1/limits/recall", body).body, _Recalled).recalled


def stock(remote: Remote, product_id: str) -> Stock:
    """Return how much of a scarce article there is."""
    return _read(remote.call("GET", f"/api/v1/products/{product_id}/stock").body, Stock)


def keep(remote: Remote, product_id: str, quantity: Decimal) -> Stock:
    """Say how much of a scarce article there is; what laptops hold too much of is called back."""
    body = msgspec.json.encode({"quantity": format(quantity, "f")})
    return _read(remote.call("PUT", f"/api/v1/products/{product_id}/stock", body).body, Stock)


def _read(body: bytes, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
