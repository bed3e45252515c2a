"""The laptops: what each may still do, who decided so, and what it last said it holds.

``active``        everything its user may do
``push_only``     a leaver: hands in its work for 72 hours, receives nothing
``revoked_wipe``  lost: nothing goes in or out but a signed order to wipe itself

The state is looked up inside every transaction that reads or writes rows, so what commits
here holds for the next row that would leave (I18).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Table, func, or_, select, update

from fieldcrm import clock
from fieldcrm.errors import NotFound, SignInRequired
from fieldcrm.faults import planted
from fieldcrm.model.users import User
from server import approver_keys, operations
from server.database import Database, run
from server.sessions import end_sessions
from server.tables import device
from server.tables_auth import operation, sign_in

ACTIVE, PUSH_ONLY, LOST = "active", "push_only", "revoked_wipe"
STATES = (ACTIVE, PUSH_ONLY, LOST)
HAND_IN = timedelta(hours=72)
_TOLD_AGAIN_MS = 300_000
_WHAT = ("device_lost", "device_leaver", "device_restored", "device_signed_out", "device_wiped",
         "parcel_received", "parcel_replayed")  # fmt: skip

user = cast(Table, User.__table__)


def check(state: str, since_ms: int | None, at_ms: int | None) -> bool:
    """Return whether a device only hands in its work; raise ``SignInRequired`` where it may not be here.

    Without ``at_ms`` the request would give rows, which a leaver does not get.
    """
    if state == LOST and not planted("revoked_still_reads"):
        raise SignInRequired("device_revoked", wipe=True)
    if state != PUSH_ONLY:
        return False
    if at_ms is None:
        raise SignInRequired("device_hands_in")
    if at_ms > (since_ms or 0) + HAND_IN // timedelta(milliseconds=1):
        raise SignInRequired("hand_in_over")
    return True


def lost(connection: Connection, at: datetime, device_id: UUID, *, by: UUID | None = None) -> None:
    """Shut a device out; it wipes itself when it next asks. The key that its user approves with ends too."""
    _decide(connection, at, device_id, LOST, "device_lost", by)
    approver_keys.renew(connection, found(connection, device_id).user_id)
    end_sessions(connection, sign_in.c.device_id == device_id, at, "device_revoked")


def leaver(connection: Connection, at: datetime, device_id: UUID, *, by: UUID | None = None) -> None:
    """Let a device hand in its work for 72 hours and receive nothing."""
    _decide(connection, at, device_id, PUSH_ONLY, "device_leaver", by)


def restore(connection: Connection, at: datetime, device_id: UUID, *, by: UUID | None = None) -> None:
    """Let a device take part again; its user signs in anew where the session was ended."""
    _decide(connection, at, device_id, ACTIVE, "device_restored", by)


def sign_out(connection: Connection, at: datetime, device_id: UUID, *, by: UUID | None = None) -> None:
    """End the device's session; nothing on it is touched, a password lets it in again."""
    found(connection, device_id)
    end_sessions(connection, sign_in.c.device_id == device_id, at, "signed_out_elsewhere")
    operations.record(connection, "device_signed_out", at, user_id=by, device_id=device_id)


def wiped(connection: Connection, at: datetime, device_id: UUID) -> None:
    """Note that the device has obeyed."""
    connection.execute(update(device).where(device.c.id == device_id).values(wiped_at=at, unsent=None))
    operations.record(connection, "device_wiped", at, device_id=device_id)


def _decide(
    connection: Connection, at: datetime, device_id: UUID, state: str, what: str, by: UUID | None
) -> None:
    if found(connection, device_id).state == state:
        return
    changed = update(device).where(device.c.id == device_id)
    connection.execute(changed.values(state=state, state_at=at, wiped_at=None))
    operations.record(connection, what, at, user_id=by, device_id=device_id)


def found(connection: Connection, device_id: UUID) -> Row[Any]:
    """Return the device's row, held until the transaction ends, or raise ``NotFound``."""
    row = connection.execute(select(device).where(device.c.id == device_id).with_for_update()).first()
    if row is None:
        raise NotFound("device", device_id)
    return row


def listing(
    connection: Connection,
    seen: frozenset[UUID] | None = None,
    *,
    search: str = "",
    state: str = "",
    after: UUID | None = None,
    limit: int = 500,
) -> list[dict[str, Any]]:
    """Return devices with their users, by id; ``seen`` names whose."""
    asked = _described()
    if seen is not None:
        asked = asked.where(device.c.user_id.in_(seen))
    if search:
        like = f"%{search.lower()}%"
        asked = asked.where(
            or_(*(func.lower(c).like(like) for c in (device.c.name, user.c.login, user.c.name)))
        )
    if state:
        asked = asked.where(device.c.state == state)
    if after is not None:
        asked = asked.where(device.c.id > after)
    return [_plain(row) for row in connection.execute(asked.order_by(device.c.id).limit(limit))]


def one(connection: Connection, device_id: UUID) -> dict[str, Any]:
    """Return one device as ``listing`` does."""
    return _plain(connection.execute(_described().where(device.c.id == device_id)).one())


def _described() -> Select[Any]:
    whose = (user.c.login, user.c.name.label("person"))
    return select(device, *whose).join(user, user.c.id == device.c.user_id)


def _plain(row: Row[Any]) -> dict[str, Any]:
    contact = max(filter(None, (row.seen_at, row.told_at)), default=None)
    ends = row.state_at + HAND_IN if row.state == PUSH_ONLY and row.state_at else None
    moments = {"seen_at": contact, "state_at": row.state_at, "wiped_at": row.wiped_at, "hand_in_until": ends}
    return {
        "id": str(row.id), "user_id": str(row.user_id), "login": row.login, "person": row.person,
        "name": row.name, "state": row.state, "unsent": row.unsent,
        **{name: clock.to_ms(at) if at else None for name, at in moments.items()},
    }  # fmt: skip


def acts(connection: Connection, device_id: UUID, limit: int = 50) -> list[dict[str, Any]]:
    """Return what was decided about a device, the latest first; without a person it was the command line."""
    asked = (
        select(operation.c.at, operation.c.what, user.c.login, user.c.name.label("person"))
        .outerjoin(user, user.c.id == operation.c.user_id)
        .where(operation.c.device_id == device_id, operation.c.what.in_(_WHAT))
        .order_by(operation.c.at.desc(), operation.c.id.desc())
        .limit(limit)
    )
    return [
        {"at": clock.to_ms(row.at), "what": row.what, "login": row.login or "", "person": row.person or ""}
        for row in connection.execute(asked)
    ]


def note_contact(database: Database, device_id: UUID, known: tuple[int | None, int | None], unsent: int,
                 at_ms: int) -> None:  # fmt: skip
    """Write down what a device says it holds: when that is news, and every five minutes otherwise.

    ``known`` is what was written last: the moment and the count.
    """
    if known[1] == unsent and at_ms - (known[0] or 0) < _TOLD_AGAIN_MS:
        return
    with database.writing() as connection:
        run(
            connection, "UPDATE device SET told_at = ?, unsent = ? WHERE id = ?", at_ms, unsent,
            str(device_id),
        )  # fmt: skip
