"""What phone work reads: the stores of a list, in order of due date.

A list keeps no stores: it is asked anew each time, so a store that was visited meanwhile is
no longer due. A time to call again comes before the store's own rhythm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.services import call_lists, calls
from fieldcrm.services.call_lists import Saved
from fieldcrm.services.calls import CallRow
from fieldcrm.storage import account_list
from fieldcrm.storage.account_list import AccountRow, Chip, Query, Sort

LONGEST = 200


@dataclass(frozen=True, slots=True)
class View:
    """What one read brings."""

    entries: list[Entry]
    lists: list[Saved]


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


def filters_of(query: Query) -> dict[str, str]:
    """Return a filter as it is kept."""
    return {
        "chip": str(query.chip), "text": query.text, "channel": query.channel,
        "grade": query.grade, "city": query.city,
    }  # fmt: skip


def query_of(filters: Mapping[str, str]) -> Query:
    """Read a filter; a chip of a newer version shows all."""
    chip = str(filters.get("chip", ""))
    text, channel, grade, city = (str(filters.get(name, "")) for name in ("text", "channel", "grade", "city"))
    return Query(Chip(chip) if chip in set(Chip) else Chip.ALL, text, channel, grade, city)


def view(session: Session, query: Query, one: UUID | None, me: UUID, today: date) -> View:
    """Read a list, or one store, and the names of the lists."""
    found = entry(session, one, today) if one else entries(session, query, today)
    return View(found, call_lists.of_user(session, me))
