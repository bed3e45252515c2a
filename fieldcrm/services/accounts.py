"""Accounts: what a user may write of them and where (A1).

A rep creates and edits accounts in the own territory only; a manager in the territories
under the own one; the server decides again. Fields that the office decides (price group,
credit limit, owner) are shown, never edited here. ``account_page`` (in ``account_pages``)
reads the whole story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Channel, Datum, Grade
from fieldcrm.model.users import Role, Territory, User
from fieldcrm.model.visits import CheckIn
from fieldcrm.rules import accounts as rules
from fieldcrm.rules import opening, places, positions


def _text(limit: int) -> Callable[[Any], str]:
    return lambda value: rules.tidy(str(value))[:limit]


def _one_of(kind: type[Channel] | type[Grade] | type[Datum], name: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value not in set(kind):
            raise Invalid("unknown_choice", field=name, value=str(value))
        return kind(value)

    return read


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "name": rules.name,
    "code": rules.code,
    "channel": _one_of(Channel, "channel"),
    "grade": _one_of(Grade, "grade"),
    "phone": rules.phone,
    "province": _text(40),
    "city": _text(40),
    "district": _text(40),
    "address": rules.address,
    "postcode": _text(16),
    "opening": lambda value: opening.check(opening.windows_of(value)),
    "service_minutes": rules.service_minutes,
    "cadence_days": rules.cadence_days,
    "tags": list,
    "tax_id": rules.tax_id,
    "note": rules.note,
    "parent_id": lambda value: value,
    "latitude_e7": lambda value: value,
    "longitude_e7": lambda value: value,
    "datum": _one_of(Datum, "datum"),
}
EDITABLE = tuple(_FIELDS)


def checked(name: str, value: Any, region: str = "CN") -> Any:
    """Return the value to keep for one field, or raise ``Invalid`` naming it."""
    return rules.phone(value, region) if name == "phone" else _FIELDS[name](value)


def create(
    session: Session, fields: Mapping[str, Any], *, me: UUID, territory_id: UUID | None = None
) -> UUID:
    """Add an account; without ``territory_id`` it goes to the user's own territory.

    Raises ``RuleBroken`` ``not_your_territory`` and ``Invalid`` ``code_taken``.
    """
    user = _user(session, me)
    where = territory_id or user.territory_id
    if where is None or where not in territories_of(session, me):
        raise RuleBroken("not_your_territory")
    kept = _all_checked(fields)
    if "name" not in kept:
        raise Invalid("required", field="name")
    _code_is_free(session, kept.get("code", ""), None)
    account = Account(id=new_id(), territory_id=where, **kept)
    if user.role is Role.REP:
        account.owner_id = me
    session.add(account)
    return account.id


def edit(session: Session, account_id: UUID, changes: Mapping[str, Any], *, me: UUID) -> None:
    """Change some fields of an account."""
    account = _mine(session, account_id, me)
    kept = _all_checked(changes)
    if kept.get("code"):
        _code_is_free(session, kept["code"], account_id)
    for name, value in kept.items():
        setattr(account, name, value)


def archive(session: Session, account_id: UUID, *, me: UUID, at: datetime) -> None:
    """Put an account away; its history stays."""
    account = _mine(session, account_id, me)
    if account.archived_at is None:
        account.archived_at = at


def restore(session: Session, account_id: UUID, *, me: UUID) -> None:
    """Bring an archived account back; refused once the server has put it away for good."""
    _mine(session, account_id, me).archived_at = None


def territories_of(session: Session, me: UUID) -> frozenset[UUID]:
    """Return the territories a user may write accounts in: a rep's own, a manager's and all below."""
    user = _user(session, me)
    if user.role is Role.ADMIN:
        return frozenset(session.scalars(select(Territory.id)))
    if user.territory_id is None:
        return frozenset()
    return frozenset({user.territory_id}) if user.role is Role.REP else _below(session, user.territory_id)


def territory_names(session: Session, me: UUID) -> list[tuple[UUID, str]]:
    """Return the territories a user may choose from, by name."""
    wanted = select(Territory.id, Territory.name).where(Territory.id.in_(territories_of(session, me)))
    return [(row.id, row.name) for row in session.execute(wanted.order_by(Territory.name))]


def parents(session: Session, text: str, limit: int = 20) -> list[tuple[UUID, str]]:
    """Return accounts whose name begins with ``text``, to choose a parent company from."""
    wanted = select(Account.id, Account.name).where(
        Account.name.startswith(text, autoescape=True), Account.archived_at.is_(None)
    )
    return [(row.id, row.name) for row in session.execute(wanted.order_by(Account.name).limit(limit))]


def settle_place(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return province and city in their official spelling."""
    place = places.settle(str(fields.get("city", "")), str(fields.get("province", "")))
    return {"province": place.province, "city": place.city or str(fields.get("city", ""))}


def with_position(position: positions.Position | None) -> dict[str, Any]:
    """Return the columns of a position, or of none."""
    if position is None:
        return {"latitude_e7": None, "longitude_e7": None}
    return {
        "latitude_e7": position.latitude_e7,
        "longitude_e7": position.longitude_e7,
        "datum": Datum(position.datum),
    }


def whereabouts(session: Session, me: UUID, since: datetime) -> positions.Position | None:
    """Return where the user checked in last since ``since``, or None: nobody knows."""
    wanted = select(CheckIn.latitude_e7, CheckIn.longitude_e7, CheckIn.datum).where(
        CheckIn.rep_id == me, CheckIn.at >= since, CheckIn.latitude_e7.is_not(None)
    )
    row = session.execute(wanted.order_by(CheckIn.at.desc()).limit(1)).first()
    return positions.stored(row[0], row[1], str(row[2])) if row else None


def _all_checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [name for name in fields if name not in _FIELDS]
    if unknown:
        raise Invalid("not_editable", field=unknown[0])
    kept = {name: checked(name, value) for name, value in fields.items()}
    half = (kept.get("latitude_e7") is None) != (kept.get("longitude_e7") is None)
    if {"latitude_e7", "longitude_e7"} & kept.keys() and half:
        raise Invalid("half_a_position", field="latitude")
    return kept


def _code_is_free(session: Session, code: str, own: UUID | None) -> None:
    taken = select(Account.id).where(
        func.lower(Account.code) == code.lower(), Account.archived_at.is_(None), Account.id != own
    )
    if code and session.scalar(taken.limit(1)) is not None:
        raise Invalid("code_taken", field="code", value=code)


def _mine(session: Session, account_id: UUID, me: UUID) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    if account.territory_id not in territories_of(session, me):
        raise RuleBroken("not_your_territory")
    return account


def _user(session: Session, me: UUID) -> User:
    user = session.get(User, me)
    if user is None:
        raise NotFound("user", me)
    return user


def _below(session: Session, top: UUID) -> frozenset[UUID]:
    found = {top}
    while more := set(session.scalars(select(Territory.id).where(Territory.parent_id.in_(found)))) - found:
        found |= more
    return frozenset(found)
