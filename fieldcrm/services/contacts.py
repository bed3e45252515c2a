"""The people at an account, with function and influence (A5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Contact
from fieldcrm.rules import accounts as rules

MAX_INFLUENCE = 5


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One person; ``influence`` is 0 (unknown) to 5 (decides)."""

    id: UUID
    account_id: UUID
    name: str
    title: str
    role: str
    influence: int
    phone: str
    email: str
    is_primary: bool
    note: str


def _influence(value: Any) -> int:
    if not 0 <= int(value) <= MAX_INFLUENCE:
        raise Invalid("out_of_range", field="influence", least=0, most=MAX_INFLUENCE, value=value)
    return int(value)


def _short(value: Any) -> str:
    return rules.tidy(str(value))[: rules.MAX_NAME]


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "name": rules.name,
    "title": _short,
    "role": _short,
    "influence": _influence,
    "phone": rules.phone,
    "email": rules.email,
    "is_primary": bool,
    "note": rules.note,
}


def checked(name: str, value: Any) -> Any:
    """Return the value to keep for one field, or raise ``Invalid`` naming it."""
    return _FIELDS[name](value)


def of_account(session: Session, account_id: UUID) -> list[ContactRow]:
    """Return an account's people, the one to ask for first."""
    wanted = select(Contact).where(Contact.account_id == account_id, Contact.archived_at.is_(None))
    found = session.scalars(wanted.order_by(Contact.is_primary.desc(), Contact.influence.desc(), Contact.id))
    return [_row(contact) for contact in found]


def add(session: Session, account_id: UUID, fields: Mapping[str, Any]) -> UUID:
    """Add a person; the first one of an account is the one to ask for."""
    account = session.get(Account, account_id)
    if account is None or account.archived_at is not None:
        raise NotFound("account", account_id)
    kept = {name: checked(name, value) for name, value in fields.items()}
    if "name" not in kept:
        raise Invalid("required", field="name")
    people = of_account(session, account_id)
    kept["is_primary"] = kept.get("is_primary", False) or not people
    contact = Contact(id=new_id(), account_id=account_id, territory_id=account.territory_id, **kept)
    session.add(contact)
    _only_primary(session, contact)
    return contact.id


def edit(session: Session, contact_id: UUID, changes: Mapping[str, Any]) -> None:
    """Change some fields of a person."""
    contact = _contact(session, contact_id)
    for name, value in changes.items():
        setattr(contact, name, checked(name, value))
    _only_primary(session, contact)


def remove(session: Session, contact_id: UUID, at: datetime) -> None:
    """Put a person away."""
    _contact(session, contact_id).archived_at = at


def bring_back(session: Session, contact_id: UUID) -> None:
    """Undo ``remove``."""
    _contact(session, contact_id).archived_at = None


def _only_primary(session: Session, chosen: Contact) -> None:
    """Let one person be the one to ask for: the latest that was chosen."""
    if chosen.is_primary:
        others = select(Contact).where(
            Contact.account_id == chosen.account_id, Contact.is_primary, Contact.id != chosen.id
        )
        for other in session.scalars(others):
            other.is_primary = False


def _contact(session: Session, contact_id: UUID) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("contact", contact_id)
    return contact


def _row(contact: Contact) -> ContactRow:
    return ContactRow(
        contact.id, contact.account_id, contact.name, contact.title, contact.role, contact.influence,
        contact.phone, contact.email, contact.is_primary, contact.note,
    )  # fmt: skip
