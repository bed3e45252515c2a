"""Who is asking: sign-in, refresh, sign-out, and whether a token still holds.

A signed token says who asks; the database says whether that still counts. ``principal``
is called inside the transaction that reads or writes rows, so a device that was revoked
a moment ago gets nothing more (I18). A refresh token works once: its second use means
that somebody else has it, and ends the device's session.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, Table, func, select, update

from fieldcrm import clock
from fieldcrm.errors import NotFound, RuleBroken, SignInRequired
from fieldcrm.ids import new_id
from fieldcrm.model.users import Role, User
from fieldcrm.wipe_order import WipeOrder
from server import approver_keys, device_keys, devices, operations, passwords, throttles, tokens
from server.database import Database, run
from server.keys import public as public_key
from server.keys import sign
from server.scope import Principal
from server.sessions import end_sessions
from server.tables import device
from server.tables_auth import credential, refresh_token, sign_in

user = cast(Table, User.__table__)


@dataclass(frozen=True, slots=True)
class Keys:
    """What sign-in needs to know of this installation."""

    signing: bytes
    access_life: timedelta
    refresh_life: timedelta
    lease_days: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A sign-in as it arrived; nothing in it is believed."""

    login: str
    password: str
    device_id: UUID
    device_name: str
    address: str
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A pair of tokens, whom they are for, and the terms on which the device stays unlocked."""

    access: str
    refresh: str
    expires_in: int
    user: dict[str, Any]
    server_key: str
    approver_key: str
    terms: dict[str, Any]


def login(database: Database, keys: Keys, asked: Asked, at: datetime) -> Grant:
    """Sign in, or raise ``SignInRequired``; a wrong name and a wrong password look alike."""
    charged = _charge(database, asked, at)
    with database.reading() as connection:
        found = connection.execute(
            select(user, credential.c.password)
            .outerjoin(credential, credential.c.user_id == user.c.id)
            .where(func.lower(user.c.login) == asked.login.lower(), user.c.archived_at.is_(None))
        ).first()
    right = passwords.matches(found.password if found else None, asked.password)
    if not right or found is None or not found.active:
        with database.writing() as connection:
            operations.record(connection, "sign_in_refused", at, user_id=found.id if found else None)
        raise SignInRequired("wrong_credentials")
    with database.writing() as connection:
        for bucket, whose in charged:
            throttles.give_back(connection, bucket, whose)
        _enrol(connection, keys, found.id, asked, at)
        return _begin(connection, keys, found, asked.device_id, at)


def _charge(database: Database, asked: Asked, at: datetime) -> list[tuple[throttles.Bucket, str]]:
    known = select(device.c.id).join(user, user.c.id == device.c.user_id)
    known = known.where(device.c.id == asked.device_id, func.lower(user.c.login) == asked.login.lower())
    with database.writing() as connection:
        if connection.execute(known).first():
            mine = (throttles.DEVICE, f"{asked.login.lower()} {asked.device_id}")
        else:
            mine = (throttles.USER, asked.login.lower())
        charged = [(throttles.ADDRESS, asked.address), mine]
        for bucket, whose in charged:
            throttles.charge(connection, bucket, whose, at)
    return charged


def _enrol(connection: Connection, keys: Keys, user_id: UUID, asked: Asked, at: datetime) -> None:
    here = device.c.id == asked.device_id
    row = connection.execute(select(device.c.user_id, device.c.state, device.c.state_at).where(here)).first()
    if row is None:
        connection.execute(
            device.insert().values(id=asked.device_id, user_id=user_id, name=asked.device_name, seen_at=at)
        )
        return
    if row.user_id != user_id:
        raise RuleBroken("device_of_another_user")
    if row.state == devices.LOST:
        raise _order(connection, keys, asked.device_id, row.state_at, asked.challenge)
    devices.check(row.state, clock.to_ms(row.state_at) if row.state_at else None, clock.to_ms(at))
    connection.execute(update(device).where(here).values(name=asked.device_name, seen_at=at))


def _begin(connection: Connection, keys: Keys, who: Row[Any], device_id: UUID, at: datetime) -> Grant:
    end_sessions(connection, sign_in.c.device_id == device_id, at, "signed_in_again")
    identity = tokens.Identity(who.id, device_id, new_id())
    connection.execute(
        sign_in.insert().values(id=identity.sign_in_id, user_id=who.id, device_id=device_id, started_at=at)
    )
    operations.record(connection, "signed_in", at, user_id=who.id, device_id=device_id)
    return _grant(connection, keys, identity, who, tokens.fresh(), at)


def _grant(
    connection: Connection, keys: Keys, identity: tokens.Identity, who: Row[Any], refresh: str, at: datetime
) -> Grant:
    connection.execute(
        refresh_token.insert().values(
            hash=tokens.digest(refresh), sign_in_id=identity.sign_in_id, expires_at=at + keys.refresh_life
        )
    )
    return _answer(connection, keys, identity, who, refresh, at)


def _answer(
    connection: Connection, keys: Keys, identity: tokens.Identity, who: Row[Any], refresh: str, at: datetime
) -> Grant:
    return Grant(
        access=tokens.access_token(keys.signing, identity, at, keys.access_life),
        refresh=refresh,
        expires_in=int(keys.access_life.total_seconds()),
        user={
            "id": str(who.id),
            "login": who.login,
            "name": who.name,
            "role": str(who.role),
            "territory_id": str(who.territory_id) if who.territory_id else None,
        },
        server_key=public_key(connection),
        approver_key=approver_keys.told(connection, who.id, str(who.role)),
        terms=device_keys.terms(keys.signing, identity.device_id, keys.lease_days),
    )


def _order(
    connection: Connection, keys: Keys, device_id: UUID, since: datetime | None, challenge: str
) -> SignInRequired:
    """Return the refusal of a lost device; who proved to be that device is given the order to wipe."""
    if not challenge:
        return SignInRequired("device_revoked", wipe=True)
    order = WipeOrder(str(device_id), device_keys.nonce(keys.signing, device_id, since), challenge)
    order = msgspec.structs.replace(order, signature=sign(connection, order.text()))
    return SignInRequired("device_revoked", wipe=True, order=msgspec.to_builtins(order))


def lost_device(connection: Connection, keys: Keys, device_id: UUID, nonce: str) -> Row[Any]:
    """Return the lost device that proves itself by its order's nonce, or raise ``NotFound``."""
    row = devices.found(connection, device_id)
    right = device_keys.nonce(keys.signing, device_id, row.state_at)
    if row.state != devices.LOST or not hmac.compare_digest(right.encode(), nonce.encode()):
        raise NotFound("device", device_id)
    return row


def refresh(
    database: Database, keys: Keys, token: str, device_id: UUID | None, attempt: str | None, at: datetime,
    challenge: str = "",
) -> Grant:  # fmt: skip
    """Return the next pair of tokens; raises ``SignInRequired`` and may end the session."""
    with database.writing() as connection:
        _order_lost(connection, keys, token, challenge)
        grant = _rotate(connection, keys, token, device_id, attempt, at)
    if grant is None:  # outside: the end of a stolen session must be committed
        raise SignInRequired("signed_out")
    return grant


def _order_lost(connection: Connection, keys: Keys, token: str, challenge: str) -> None:
    """Raise the order to wipe for a lost device's token: spent or not, it proves which device asks."""
    row = connection.execute(
        select(device.c.id, device.c.state, device.c.state_at)
        .join(sign_in, sign_in.c.device_id == device.c.id)
        .join(refresh_token, refresh_token.c.sign_in_id == sign_in.c.id)
        .where(refresh_token.c.hash == tokens.digest(token))
    ).first()
    if row is not None and row.state == devices.LOST:
        raise _order(connection, keys, row.id, row.state_at, challenge)


def _rotate(
    connection: Connection, keys: Keys, token: str, device_id: UUID | None, attempt: str | None, at: datetime
) -> Grant | None:
    held = refresh_token.c.hash == tokens.digest(token)
    row = connection.execute(
        select(refresh_token, sign_in.c.user_id, sign_in.c.device_id, sign_in.c.ended_at)
        .join(sign_in, sign_in.c.id == refresh_token.c.sign_in_id)
        .where(held)
        .with_for_update()
    ).first()
    if row is None:
        return None
    identity = tokens.Identity(row.user_id, row.device_id, row.sign_in_id)
    who = _alive(connection, identity, clock.to_ms(at))
    marked = tokens.digest(attempt) if attempt else None
    next_token = tokens.successor(keys.signing, token, attempt)
    if device_id not in (None, row.device_id):
        _stolen(connection, identity, at, "wrong_device")
        return None
    if row.used_at is None:
        if row.expires_at <= at:
            return None
        connection.execute(update(refresh_token).where(held).values(used_at=at, attempt=marked))
        return _grant(connection, keys, identity, who, next_token, at)
    if marked is None or marked != row.attempt or _used(connection, next_token):
        _stolen(connection, identity, at, "refresh_reused")
        return None
    return _answer(connection, keys, identity, who, next_token, at)


@dataclass(frozen=True, slots=True)
class Move:
    """A copy of a laptop asks to be a device of its own; nothing in it is believed."""

    refresh: str
    device_id: UUID
    new_id: UUID
    new_name: str
    attempt: str


def move(database: Database, keys: Keys, asked: Move, at: datetime) -> Grant:
    """Move a session to a new device: the old one's ends, so one session stays one.

    Used up like any refresh token, so a stolen one gains nothing and is noticed; the same
    attempt for the same device gets the same answer again. The new device may do what the
    old one may, no more.
    """
    with database.writing() as connection:
        grant = _move(connection, keys, asked, at)
    if grant is None:  # outside: the end of a stolen session must be committed
        raise SignInRequired("signed_out")
    return grant


def _move(connection: Connection, keys: Keys, asked: Move, at: datetime) -> Grant | None:
    held = refresh_token.c.hash == tokens.digest(asked.refresh)
    row = connection.execute(
        select(refresh_token, sign_in.c.user_id, sign_in.c.device_id)
        .join(sign_in, sign_in.c.id == refresh_token.c.sign_in_id)
        .where(held)
        .with_for_update()
    ).first()
    if row is None:
        return None
    was = tokens.Identity(row.user_id, row.device_id, row.sign_in_id)
    attempt = f"move {asked.new_id} {asked.attempt}"
    next_token = tokens.successor(keys.signing, asked.refresh, attempt)
    if row.used_at is not None and row.attempt == tokens.digest(attempt):
        return _moved_before(connection, keys, row.user_id, asked.new_id, next_token, at)
    if asked.device_id != row.device_id or row.used_at is not None:
        _stolen(connection, was, at, "refresh_reused")
        return None
    if row.expires_at <= at:
        return None
    who = _alive(connection, was, clock.to_ms(at))
    if connection.execute(select(device.c.id).where(device.c.id == asked.new_id)).first() is not None:
        raise RuleBroken("device_exists")
    standing = select(device.c.state, device.c.state_at).where(device.c.id == row.device_id)
    state, state_at = connection.execute(standing).one()
    connection.execute(
        device.insert().values(
            id=asked.new_id,
            user_id=row.user_id,
            name=asked.new_name,
            state=state,
            state_at=state_at,
            seen_at=at,
        )
    )  # fmt: skip
    connection.execute(update(refresh_token).where(held).values(used_at=at, attempt=tokens.digest(attempt)))
    end_sessions(connection, sign_in.c.id == row.sign_in_id, at, "moved")
    now = tokens.Identity(row.user_id, asked.new_id, new_id())
    connection.execute(
        sign_in.insert().values(id=now.sign_in_id, user_id=row.user_id, device_id=asked.new_id, started_at=at)
    )
    operations.record(
        connection, "device_moved", at, user_id=row.user_id, device_id=asked.new_id, was=str(row.device_id)
    )
    return _grant(connection, keys, now, who, next_token, at)


def _moved_before(
    connection: Connection, keys: Keys, user_id: UUID, device_id: UUID, next_token: str, at: datetime
) -> Grant | None:
    """Answer a move whose answer was lost in the same words, while nobody has used them."""
    same = refresh_token.c.hash == tokens.digest(next_token)
    row = connection.execute(select(refresh_token).where(same)).first()
    if row is None or row.used_at is not None:
        return None
    now = tokens.Identity(user_id, device_id, row.sign_in_id)
    return _answer(connection, keys, now, _alive(connection, now, clock.to_ms(at)), next_token, at)


def _used(connection: Connection, token: str) -> bool:
    same = refresh_token.c.hash == tokens.digest(token)
    return connection.execute(select(refresh_token.c.used_at).where(same)).scalar_one() is not None


def _stolen(connection: Connection, identity: tokens.Identity, at: datetime, why: str) -> None:
    end_sessions(connection, sign_in.c.id == identity.sign_in_id, at, why)
    operations.record(connection, why, at, user_id=identity.user_id, device_id=identity.device_id)


def logout(database: Database, identity: tokens.Identity, at: datetime) -> None:
    """End the session that ``identity`` belongs to."""
    with database.writing() as connection:
        end_sessions(connection, sign_in.c.id == identity.sign_in_id, at, "signed_out")
        operations.record(
            connection, "signed_out", at, user_id=identity.user_id, device_id=identity.device_id
        )


def principal(connection: Connection, identity: tokens.Identity, hands_in_ms: int | None = None) -> Principal:
    """Return who is asking if session, device and user are alive, else raise ``SignInRequired``.

    With the moment ``hands_in_ms`` the request brings work, as a leaver's device still may.
    """
    row = _alive(connection, identity, hands_in_ms)
    territory = UUID(row.territory_id) if row.territory_id else None
    return Principal(identity.user_id, Role(row.role), territory, identity.device_id)


def _alive(connection: Connection, identity: tokens.Identity, hands_in_ms: int | None) -> Row[Any]:
    """Return the user as stored; asked on every request, so without an ORM's types."""
    row = run(
        connection,
        "SELECT u.id, u.login, u.name, u.role, u.territory_id, u.active, u.archived_at, s.ended_at, d.state, "
        "d.state_at "
        'FROM sign_in s JOIN "user" u ON u.id = s.user_id JOIN device d ON d.id = s.device_id '
        "WHERE s.id = ? AND s.user_id = ? AND s.device_id = ?",
        str(identity.sign_in_id), str(identity.user_id), str(identity.device_id),
    ).named()  # fmt: skip
    if row is None:
        raise SignInRequired("token_expired")
    devices.check(row.state, row.state_at, hands_in_ms)
    if row.ended_at is not None or not row.active or row.archived_at is not None:
        raise SignInRequired("signed_out")
    return row  # type: ignore[no-any-return]  # run is untyped
