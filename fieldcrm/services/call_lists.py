"""Call lists: a filter of the account list under a name, worked through in order of due date (V8).

A list keeps no stores: it is asked anew each time, so a store that was visited meanwhile is
no longer due. A time to call again comes before the store's own rhythm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.calls import CallList
from fieldcrm.services import calls
from fieldcrm.services.calls import CallRow
from fieldcrm.storage import account_list
from fieldcrm.storage.account_list import AccountRow, Chip, Query, Sort

LONGEST = 200
MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Saved:
    """A list by its name."""

    id: UUID
    name: str
    query: Query


@dataclass(frozen=True, slots=True)
class Entry:
    """One store to call; ``called`` is today's latest call, ``last`` the latest of all."""

    account: AccountRow
    due_on: date | None
    last: CallRow | None
    called: CallRow | None

    @property
    def id(self) -> UUID:
        """Return the store."""
        return self.account.id


def save(session: Session, name: str, query: Query, *, me: UUID) -> UUID:
    """Keep a filter under a name; the same name again means the new filter."""
    name = name.strip()
    if not name:
        raise Invalid("required", field="name")
    wanted = select(CallList).where(
        CallList.rep_id == me, CallList.name == name[:MAX_NAME], CallList.archived_at.is_(None)
    )
    known = session.scalars(wanted).first()
    if known is None:
        known = CallList(id=new_id(), rep_id=me, name=name[:MAX_NAME])
        session.add(known)
    known.filters = _filters(query)
    return known.id


def remove(session: Session, list_id: UUID, at: datetime | None) -> None:
    """Put a list away, or bring it back with ``at=None``."""
    found = session.get(CallList, list_id)
    if found is None:
        raise NotFound("call_list", list_id)
    found.archived_at = at


def of_user(session: Session, me: UUID) -> list[Saved]:
    """Return one's own lists by name."""
    wanted = select(CallList).where(CallList.rep_id == me, CallList.archived_at.is_(None))
    return [Saved(each.id, each.name, _query(each.filters)) for each in session.scalars(wanted.order_by(CallList.name))]


def entries(session: Session, query: Query, today: date) -> list[Entry]:
    """Return the stores of a list, those that are due first on top; the longest list has 200."""
    keys = account_list.first(session, _by_due(query), today, LONGEST)
    return _entries(session, account_list.rows(session, keys, today), today)


def entry(session: Session, account_id: UUID, today: date) -> list[Entry]:
    """Return a list of one store."""
    key = account_list.key_of(session, account_id)
    rows = () if key is None else account_list.rows(session, [key], today)
    return _entries(session, rows, today)


def _entries(session: Session, rows: tuple[AccountRow, ...], today: date) -> list[Entry]:
    made = calls.of_accounts(session, [row.id for row in rows])
    found = [_entry(row, made.get(row.id, []), today) for row in rows]
    return sorted(found, key=lambda each: (each.due_on or date.min, each.account.name))


def _entry(row: AccountRow, made: list[CallRow], today: date) -> Entry:
    last = made[0] if made else None
    due = row.due_on
    if last is not None and last.call_back_at is not None:
        due = business_day(last.call_back_at)
    is_today = last is not None and business_day(last.started_at) == today
    return Entry(row, due, last, last if is_today else None)


def _by_due(query: Query) -> Query:
    return replace(query, sort=Sort.DUE, descending=False)


def _filters(query: Query) -> dict[str, str]:
    return {
        "chip": str(query.chip), "text": query.text, "channel": query.channel,
        "grade": query.grade, "city": query.city,
    }  # fmt: skip


def _query(filters: dict[str, str]) -> Query:
    """Read a filter; a chip of a newer version shows all."""
    words = {name: str(filters.get(name, "")) for name in ("text", "channel", "grade", "city")}
    chip = str(filters.get("chip", ""))
    return Query(chip=Chip(chip) if chip in set(Chip) else Chip.ALL, **words)
