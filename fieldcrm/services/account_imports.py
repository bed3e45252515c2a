"""Putting judged lines of a foreign list into the accounts, and taking them out again.

``apply`` works on one chunk inside the caller's transaction and returns what it changed;
``undo`` takes those changes back: what was created is archived, what was changed gets its
old value where nobody has changed it since. Both are ordinary edits, so they work offline
and after the import has been sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Contact
from fieldcrm.model.orders import Order
from fieldcrm.model.users import Role, User
from fieldcrm.model.visits import Visit
from fieldcrm.rules import accounts as rules
from fieldcrm.rules.importing.duplicates import Action, Change, Known, Verdict
from fieldcrm.services import accounts

_PLACE = ("latitude_e7", "longitude_e7", "datum")


@dataclass(frozen=True, slots=True)
class Undone:
    """How many rows went back, and how many stayed because they are in use or were edited since."""

    undone: int = 0
    kept: int = 0

    def __add__(self, other: Undone) -> Undone:
        return Undone(self.undone + other.undone, self.kept + other.kept)


def known(session: Session) -> Known:
    """Return the living accounts by code and by likeness, to tell duplicates."""
    found = Known()
    wanted = select(Account.id, Account.code, Account.name, Account.address)
    for row in session.execute(wanted.where(Account.archived_at.is_(None)).order_by(Account.id)):
        if row.code:
            found.by_code.setdefault(row.code.casefold(), row.id)
        if row.address:
            found.by_likeness.setdefault(rules.likeness(row.name, row.address), row.id)
    return found


def apply(
    session: Session, verdicts: Iterable[Verdict], *, me: UUID, territory_id: UUID | None = None
) -> list[Change]:
    """Create and update accounts as judged; returns what was done, line by line.

    Raises ``RuleBroken`` ``not_your_territory`` when the user may not write there.
    """
    user = session.get_one(User, me)
    where = territory_id or user.territory_id
    if where is None or where not in accounts.territories_of(session, me):
        raise RuleBroken("not_your_territory")
    owner = me if user.role is Role.REP else None
    done: list[Change] = []
    for verdict in verdicts:
        if verdict.action is Action.CREATE:
            done += _create(session, verdict, where, owner)
        elif verdict.action is Action.UPDATE and verdict.target is not None:
            done += _update(session, verdict, verdict.target)
    session.flush()
    return done


def undo(session: Session, changes: Sequence[Change], *, at: datetime) -> Undone:
    """Take changes back, the latest first."""
    result = Undone()
    with session.no_autoflush:  # or each look at the next row writes the one before by itself
        for change in reversed(changes):
            row = _row_of(session, change)
            if row is None or row.archived_at is not None:
                continue
            done = _put_away(session, row, at) if change.before is None else _put_back(row, change)
            result += Undone(undone=1) if done else Undone(kept=1)
    session.flush()
    return result


def _row_of(session: Session, change: Change) -> Account | Contact | None:
    if change.entity == "contact":
        return session.get(Contact, change.row_id)
    return session.get(Account, change.row_id)


def _create(session: Session, verdict: Verdict, territory_id: UUID, owner: UUID | None) -> list[Change]:
    line, values = verdict.candidate.line, verdict.candidate.values
    account = Account(id=new_id(), territory_id=territory_id, owner_id=owner, **values)
    session.add(account)
    done = [Change(line, "account", account.id, None, {})]
    if verdict.candidate.contact:
        done.append(_add_contact(session, line, account, verdict.candidate.contact))
    return done


def _add_contact(session: Session, line: int, account: Account, fields: dict[str, str]) -> Change:
    contact = Contact(
        id=new_id(), account_id=account.id, territory_id=account.territory_id, is_primary=True, **fields
    )
    session.add(contact)
    return Change(line, "contact", contact.id, None, {})


def _update(session: Session, verdict: Verdict, account_id: UUID) -> list[Change]:
    account = session.get(Account, account_id)
    if account is None or account.archived_at is not None:
        return []
    said = {k: v for k, v in verdict.candidate.values.items() if k not in verdict.candidate.defaulted}
    if account.code:
        said.pop("code", None)
    changed = {name: value for name, value in said.items() if value != getattr(account, name)}
    if not {"latitude_e7", "longitude_e7"} & changed.keys():
        changed.pop("datum", None)
    if not changed:
        return []
    before = {name: _plain(getattr(account, name)) for name in (*changed, *_whole_place(changed))}
    for name, value in changed.items():
        setattr(account, name, value)
    after = {name: _plain(getattr(account, name)) for name in before}
    return [Change(verdict.candidate.line, "account", account_id, before, after)]


def _whole_place(changed: dict[str, Any]) -> Iterable[str]:
    """A position goes back as a whole or not at all."""
    return [name for name in _PLACE if changed.keys() & set(_PLACE) and name not in changed]


def _put_away(session: Session, row: Account | Contact, at: datetime) -> bool:
    if isinstance(row, Account) and _in_use(session, row.id):
        return False
    row.archived_at = at
    return True


def _in_use(session: Session, account_id: UUID) -> bool:
    used = (
        select(kind.id).where(kind.account_id == account_id, kind.archived_at.is_(None))
        for kind in (Visit, Order)
    )
    return any(session.scalar(wanted.limit(1)) is not None for wanted in used)


def _put_back(row: Account | Contact, change: Change) -> bool:
    before = change.before or {}
    same = {name for name, value in change.after.items() if _plain(getattr(row, name)) == value}
    if not set(_PLACE) & change.after.keys() <= same:
        same -= set(_PLACE)
    for name in same:
        setattr(row, name, before[name])
    return same == change.after.keys()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value
