"""Phone calls: what came of one, what follows from it, and taking it back (V8).

A call once kept never changes: ``correct`` and ``take_back`` add an event that replaces it.
What follows from a call (a to-do, a planned visit, a time to call again) is kept with it in
one transaction, and taken back with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Contact
from fieldcrm.model.calls import CallOutcome, PhoneCall
from fieldcrm.model.users import User
from fieldcrm.services import plans, todos

LATEST = 200
MAX_SECONDS = 4 * 3600
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What a rep says of one call; ``todo`` is the title of what was agreed, due on ``todo_due``."""

    outcome: CallOutcome
    contact_id: UUID | None = None
    phone: str = ""
    seconds: int = 0
    note: str = ""
    call_back_at: datetime | None = None
    visit_on: date | None = None
    todo: str = ""
    todo_due: date | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What ``keep`` added: the call, and what follows from it."""

    call_id: UUID
    todo_id: UUID | None
    plan_id: UUID | None


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call as lists show it, corrections applied."""

    id: UUID
    account_id: UUID
    started_at: datetime
    outcome: str
    seconds: int
    note: str
    call_back_at: datetime | None
    rep_id: UUID
    rep: str
    person: str
    contact_id: UUID | None = None
    phone: str = ""


def keep(session: Session, account_id: UUID, report: Report, *, me: UUID, at: datetime, today: date) -> Kept:
    """Write down a call that began at ``at``, with its next step."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    _check(report, at)
    call = _event(account_id, account.territory_id, report, me, at)
    session.add(call)
    todo_id = plan_id = None
    if report.todo.strip():
        todo_id = todos.add(session, report.todo, me=me, account_id=account_id, due_on=report.todo_due)
    if report.visit_on is not None:
        plan_id = plans.add(session, account_id, report.visit_on, rep_id=me, today=today)
    return Kept(call.id, todo_id, plan_id)


def take_back(session: Session, kept: Kept, at: datetime) -> None:
    """Undo ``keep``: the call is void, what followed from it is put away."""
    call = _call(session, kept.call_id)
    void = Report(CallOutcome.VOID, call.contact_id, call.phone)
    session.add(_event(call.account_id, call.territory_id, void, call.rep_id, call.started_at, call.id))
    if kept.todo_id is not None:
        todos.remove(session, kept.todo_id, at)
    if kept.plan_id is not None:
        plans.remove(session, kept.plan_id, at)


def correct(session: Session, call_id: UUID, report: Report, *, me: UUID) -> UUID:
    """Replace what was said of a call of one's own; its next step was kept with the first word."""
    call = _call(session, call_id)
    if call.rep_id != me:
        raise Invalid("not_the_author", field="outcome")
    _check(report, call.started_at)
    fresh = _event(call.account_id, call.territory_id, report, me, call.started_at, call_id)
    session.add(fresh)
    return fresh.id


def of_accounts(session: Session, account_ids: Sequence[UUID]) -> dict[UUID, list[CallRow]]:
    """Return the calls of these accounts that still stand, the latest first."""
    found: dict[UUID, list[CallRow]] = {}
    for start in range(0, len(account_ids), _BATCH):
        for row in _rows(session, account_ids[start : start + _BATCH]):
            found.setdefault(row.account_id, []).append(row)
    return found


def of_account(session: Session, account_id: UUID) -> tuple[CallRow, ...]:
    """Return an account's calls that still stand, the latest first."""
    return tuple(_rows(session, [account_id])[:LATEST])


def _rows(session: Session, account_ids: Sequence[UUID]) -> list[CallRow]:
    found = session.execute(
        select(PhoneCall, User.name, Contact.name)
        .outerjoin(User, User.id == PhoneCall.rep_id)
        .outerjoin(Contact, Contact.id == PhoneCall.contact_id)
        .where(PhoneCall.account_id.in_(account_ids), PhoneCall.archived_at.is_(None))
        .order_by(PhoneCall.started_at.desc(), PhoneCall.id.desc())
    ).all()
    replaced = {call.replaces_id for call, _, _ in found}
    rows = [_row(call, rep or "", person or "") for call, rep, person in found if call.id not in replaced]
    return [row for row in rows if row.outcome != CallOutcome.VOID]


def _row(call: PhoneCall, rep: str, person: str) -> CallRow:
    return CallRow(
        call.id, call.account_id, call.started_at, str(call.outcome), call.seconds, call.note,
        call.call_back_at, call.rep_id, rep, person, call.contact_id, call.phone,
    )  # fmt: skip


def _check(report: Report, at: datetime) -> None:
    if report.outcome is CallOutcome.CALL_BACK and report.call_back_at is None:
        raise Invalid("required", field="call_back_at")
    if report.call_back_at is not None and report.call_back_at <= at:
        raise Invalid("in_the_past", field="call_back_at")
    if not 0 <= report.seconds <= MAX_SECONDS:
        raise Invalid("out_of_range", field="seconds", least=0, most=MAX_SECONDS, value=report.seconds)


def _event(
    account_id: UUID, territory_id: UUID, report: Report, me: UUID, at: datetime, replaces: UUID | None = None
) -> PhoneCall:
    return PhoneCall(
        id=new_id(),
        account_id=account_id,
        territory_id=territory_id,
        rep_id=me,
        contact_id=report.contact_id,
        phone=report.phone,
        outcome=report.outcome,
        started_at=at,
        seconds=report.seconds,
        note=report.note.strip(),
        call_back_at=report.call_back_at,
        replaces_id=replaces,
    )


def _call(session: Session, call_id: UUID) -> PhoneCall:
    call = session.get(PhoneCall, call_id)
    if call is None:
        raise NotFound("phone_call", call_id)
    return call
