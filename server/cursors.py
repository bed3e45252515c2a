"""Where a device stands in each of its scopes: opaque to it, signed by us for its user, never a time.

What a cursor says of the scopes of one user is believed of nobody else: it would open their accounts
to late events. A cursor of common scopes only serves everybody.

``scopes`` are followed; ``pending`` are being read page by page and count only once their
last page was reached. Packed small, because an idle sync is little else.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from fieldcrm import faults
from fieldcrm.errors import Malformed, SyncError
from fieldcrm.sync.entities import GLOBAL_SCOPE
from fieldcrm.sync.protocol import FIRST_SCHEMA
from server import epochs
from server.database import run
from server.epochs import Rewound

_FORMAT = 1
_SIGNATURE = 16
_PREFIXES = ("terr", "rep", "pricebook")


@dataclass(frozen=True, slots=True)
class Place:
    """A point in the feed; ``token`` belongs to the batch that ``seq`` lies in."""

    seq: int
    token: str


START = Place(0, "")
EVERY_SCOPE = ""
"""The name of the fence behind which the feed's ticks were thinned (``purge.py``)."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A device's places, in one epoch; ``schema`` is what its rows were sent for (see ``columns.py``)."""

    epoch: str
    scopes: Mapping[str, Place] = field(default_factory=dict)
    pending: Mapping[str, Place] = field(default_factory=dict)
    schema: int = FIRST_SCHEMA
    after: str = ""


def sign(cursor: Cursor, secret: bytes, user_id: UUID) -> str:
    """Return the cursor as text."""
    packed = msgspec.msgpack.encode(
        [
            _FORMAT, UUID(cursor.epoch).bytes, _grouped(cursor.scopes), _grouped(cursor.pending),
            cursor.schema, cursor.after,
        ]
    )  # fmt: skip
    common = all(is_common(scope) for scope in (*cursor.scopes, *cursor.pending))
    key = secret if common else secret + user_id.bytes
    return base64.urlsafe_b64encode(_signature(packed, key) + packed).rstrip(b"=").decode()


def read(text: str, secret: bytes, user_id: UUID) -> Cursor:
    """Return the cursor in ``text``; anything we did not sign for this user is ``Malformed``.

    Cursors of different scopes, joined by commas, are one: that is how a file's is taken up.
    """
    first, *others = (_one(each, secret, user_id) for each in text.split(","))
    for other in others:
        if other.epoch != first.epoch:
            raise SyncError("epoch_changed", epoch=first.epoch)
        first = replace(
            first, scopes={**other.scopes, **first.scopes}, pending={**other.pending, **first.pending},
            schema=min(first.schema, other.schema),
        )  # fmt: skip
    return first


def _one(text: str, secret: bytes, user_id: UUID) -> Cursor:
    try:
        raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        signature, packed = raw[:_SIGNATURE], raw[_SIGNATURE:]
        valid = [_signature(packed, key) for key in (secret + user_id.bytes, secret)]
        if not any(hmac.compare_digest(signature, each) for each in valid):
            raise Malformed("malformed", part="cursor")
        _format, epoch, scopes, pending, *told = msgspec.msgpack.decode(packed)
        return Cursor(str(UUID(bytes=epoch)), _spread(scopes), _spread(pending), *told)
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise Malformed("malformed", part="cursor") from error


def is_ahead(one: Cursor, other: Cursor) -> bool:
    """Whether ``one`` has seen of some scope what ``other`` has not."""
    return any(place.seq > other.scopes.get(scope, START).seq for scope, place in one.scopes.items())


def check(connection: Connection, cursor: Cursor) -> None:
    """Raise ``epoch_changed`` if the feed is not the one this cursor was cut from.

    A cursor of this very epoch whose place is not in the feed proves that the feed was set
    back, also when it has grown past that place since: ``Rewound``.
    """
    epoch = epochs.current(connection)
    if faults.planted("naive_sequence") or faults.planted("rewind_ignored"):
        return
    if cursor.epoch != epoch:
        raise SyncError("epoch_changed", epoch=epoch)
    if any(_is_lost(connection, place) for place in _places(cursor)):
        raise Rewound(epoch, "a cursor from the time that was lost")


def _is_lost(connection: Connection, told: Place) -> bool:
    """Say whether the feed should know a place and does not; of thinned ticks it need not."""
    if _known(connection, told):
        return False
    fence = run(connection, "SELECT purged_before_seq FROM sync_scope WHERE scope_id = ?", EVERY_SCOPE)
    return told.seq >= (fence.scalar() or 0)


def holds(connection: Connection, cursor: Cursor) -> bool:
    """Say whether every place of a cursor is in this feed, whichever epoch it was cut in."""
    return all(_known(connection, place) for place in _places(cursor))


def _places(cursor: Cursor) -> set[Place]:
    return {*cursor.scopes.values(), *cursor.pending.values()}


def newest(connection: Connection) -> Place:
    """Return the end of the feed."""
    row = run(connection, "SELECT seq_hi, token FROM sync_tick ORDER BY seq_hi DESC LIMIT 1").first()
    return Place(*row) if row else START


def place(connection: Connection, seq: int) -> Place:
    """Return the place at ``seq``, with the token of its batch."""
    token = run(
        connection, "SELECT token FROM sync_tick WHERE seq_hi >= ? ORDER BY seq_hi LIMIT 1", seq
    ).scalar()
    return Place(seq, token) if token else START


def _known(connection: Connection, told: Place) -> bool:
    return told == START or place(connection, told.seq) == told


def is_common(scope: str) -> bool:
    """Say whether everybody may hold this scope."""
    return scope == GLOBAL_SCOPE or scope.startswith("pricebook:")


def _signature(packed: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, packed, "sha256")[:_SIGNATURE]


def _grouped(scopes: Mapping[str, Place]) -> list[Any]:
    groups: dict[Place, list[Any]] = {}
    for scope, at in scopes.items():
        groups.setdefault(at, []).append(_packed(scope))
    return [[at.seq, bytes.fromhex(at.token), names] for at, names in groups.items()]


def _spread(groups: list[Any]) -> dict[str, Place]:
    return {_named(scope): Place(seq, token.hex()) for seq, token, scopes in groups for scope in scopes}


def _packed(scope: str) -> Any:
    prefix, _, key = scope.partition(":")
    return bytes([_PREFIXES.index(prefix)]) + UUID(key).bytes if prefix in _PREFIXES else scope


def _named(packed: Any) -> str:
    return packed if isinstance(packed, str) else f"{_PREFIXES[packed[0]]}:{UUID(bytes=packed[1:])}"
