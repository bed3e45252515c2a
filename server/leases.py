"""The lease tells a laptop from a copy of its file: numbered, signed, renewed with every push.

It changes in the transaction of the push and commits on the laptop with the page, so it
follows what was pushed exactly. Its chance tells who holds it, its number counts the pushes
that brought something new. A lost answer is no fork: whoever comes with the lease before and
pushes something of the batch that renewed it is the laptop that never heard, and gets the
same new chance again, however often it asks or a proxy repeats it; if it brought new work
as well, under a higher number. So an answer that comes late leaves it with a lease that is
still its own. Anything older is a copy: ``device_forked``. A number this server has not
given yet proves that its data was set back. Reading changes nothing here, so a laptop with
nothing to send costs no write, and two copies that only read do no harm. A client that never
shows a lease is never judged; of a device that has shown one, whoever pushes without is a
copy from before.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm import faults
from fieldcrm.errors import Malformed, SyncError
from server import epochs
from server.database import Database, run
from server.epochs import Rewound

_NUMBER, _NONCE, _SIGNATURE = 5, 6, 10


@dataclass(frozen=True, slots=True)
class Lease:
    """What a device holds after its ``number``-th push that brought something; ``nonce`` is chance."""

    number: int
    nonce: str


@dataclass(frozen=True, slots=True)
class _Held:
    """What the server remembers of a device's leases."""

    number: int
    cur: str
    prev: str | None
    batch: frozenset[str]


def text(lease: Lease, device_id: UUID, secret: bytes) -> str:
    """Return a lease as it travels."""
    plain = lease.number.to_bytes(_NUMBER, "big") + bytes.fromhex(lease.nonce)
    return base64.urlsafe_b64encode(plain + _signed(plain, device_id, secret)).rstrip(b"=").decode()


def read(told: str | None, device_id: UUID, secret: bytes) -> Lease | None:
    """Return the lease in ``told``; what we did not sign for this device is ``Malformed``."""
    if not told:
        return None
    try:
        raw = base64.b64decode(told.encode() + b"=" * (-len(told) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise Malformed("malformed", part="lease") from error
    plain = raw[: _NUMBER + _NONCE]
    if not hmac.compare_digest(raw[_NUMBER + _NONCE :], _signed(plain, device_id, secret)):
        raise Malformed("malformed", part="lease")
    return Lease(int.from_bytes(plain[:_NUMBER], "big"), plain[_NUMBER:].hex())


def check(
    connection: Connection, device_id: UUID, told: str | None, pushed: Collection[str] = ()
) -> str | None:
    """Return the lease to hand out without a renewal, or raise ``device_forked`` or ``Rewound``.

    ``pushed`` are the ids of the mutations that came along. Empty: the device has none yet;
    None: it keeps the one it showed.
    """
    secret = epochs.secret(connection)
    lease, held = read(told, device_id, secret), _held(connection, device_id)
    if faults.planted("lease_never_checked"):
        return None
    ahead = lease is not None and lease.number > (held.number if held else 0)
    if ahead and not faults.planted("rewind_ignored"):
        raise Rewound(epochs.current(connection), "a lease from the time that was lost")
    if held is None:
        return ""
    now = text(Lease(held.number, held.cur), device_id, secret)
    if lease is None and pushed and held.prev is not None and not _is_retry(held, pushed):
        raise SyncError("device_forked")
    if lease is None:
        return now
    if lease.nonce == held.cur:
        return None if lease.number == held.number else now
    if lease.nonce != held.prev or (pushed and not _is_retry(held, pushed)):
        raise SyncError("device_forked")
    return now if pushed else None


def renewed(
    connection: Connection, device_id: UUID, told: str | None, pushed: Collection[str], *, news: bool
) -> str:
    """Give the device its next lease in the transaction of its push; a retry gets the same again.

    ``news``: the push brought something that had no answer yet.
    """
    secret = epochs.secret(connection)
    lease, held = read(told, device_id, secret), _held(connection, device_id)
    if held is not None and lease is not None and lease.nonce == held.prev and _is_retry(held, pushed):
        number = held.number + (news and not faults.planted("news_uncounted"))
        run(connection, "UPDATE device SET lease_number = ? WHERE id = ?", number, str(device_id))
        return text(Lease(number, held.cur), device_id, secret)
    number = max(held.number if held else 0, lease.number if lease else 0) + 1
    shown = held is not None and lease is not None and not faults.planted("lease_never_checked")
    return _give(connection, device_id, number, held.cur if held and shown else None, pushed)


def anew(connection: Connection, device_id: UUID, told: str | None) -> str:
    """Give a device that comes back after a rewind a lease beyond any it can have had."""
    held = _held(connection, device_id)
    try:
        lease = read(told, device_id, epochs.secret(connection))
    except Malformed:  # signed by data that is gone
        lease = None
    number = max(held.number if held else 0, lease.number if lease else 0) + 1
    return _give(connection, device_id, number, None, ())


def first(database: Database, device_id: UUID, user_id: UUID) -> str:
    """Give a device that has none its first lease, before it has anything to lose."""
    with database.writing() as connection:
        run(
            connection, "INSERT INTO device (id, user_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
            str(device_id), str(user_id),
        )  # fmt: skip
        held = _held(connection, device_id)
        if held is not None:
            return text(Lease(held.number, held.cur), device_id, epochs.secret(connection))
        return _give(connection, device_id, 1, None, ())


def _give(
    connection: Connection, device_id: UUID, number: int, prev: str | None, pushed: Collection[str]
) -> str:
    lease = Lease(number, secrets.token_hex(_NONCE))
    run(
        connection,
        "UPDATE device SET lease_number = ?, lease_cur = ?, lease_prev = ?, lease_batch = ? WHERE id = ?",
        number, lease.nonce, prev, " ".join(sorted(map(_mark, pushed))), str(device_id),
    )  # fmt: skip
    return text(lease, device_id, epochs.secret(connection))


def _held(connection: Connection, device_id: UUID) -> _Held | None:
    row = run(
        connection, "SELECT lease_number, lease_cur, lease_prev, lease_batch FROM device WHERE id = ?",
        str(device_id),
    ).first()  # fmt: skip
    if row is None or row[1] is None:
        return None
    return _Held(row[0], row[1], row[2], frozenset((row[3] or "").split()))


def _is_retry(held: _Held, pushed: Collection[str]) -> bool:
    return not held.batch.isdisjoint(map(_mark, pushed))


def _mark(mutation_id: str) -> str:
    """Return the random end of a mutation's id: enough to know it again among one device's."""
    return mutation_id[-10:]


def _signed(plain: bytes, device_id: UUID, secret: bytes) -> bytes:
    return hmac.digest(secret, b"lease" + device_id.bytes + plain, "sha256")[:_SIGNATURE]
