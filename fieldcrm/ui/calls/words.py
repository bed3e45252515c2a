"""How phone work calls things: outcomes, next steps, lists."""

from __future__ import annotations

from datetime import date, datetime

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.model.calls import CallOutcome
from fieldcrm.services.calls import CallRow
from fieldcrm.ui import formats
from fieldcrm.ui.calls.reading import Entry
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.paint import Status

OUTCOMES = {
    CallOutcome.REACHED: mark("Reached"),
    CallOutcome.NOT_REACHED: mark("Not reached"),
    CallOutcome.CALL_BACK: mark("Call back at"),
    CallOutcome.WRONG_NUMBER: mark("Wrong number"),
    CallOutcome.REFUSED: mark("Does not want calls"),
}

NOTHING, TODO, VISIT, AGAIN = "nothing", "todo", "visit", "again"
STEPS = {
    NOTHING: mark("Nothing"), TODO: mark("To-do"), VISIT: mark("Visit"), AGAIN: mark("Next call"),
}  # fmt: skip


def outcome(code: str) -> str:
    """Return what came of a call; a word of a newer version is shown as a plain call."""
    known = {str(key): text for key, text in OUTCOMES.items()}
    return tr(known.get(code, mark("Phone call")))


def title(call: CallRow) -> str:
    """Return a call in the history: Call, reached, 2 min."""
    length = formats.duration(call.seconds) if call.seconds >= 60 else ""
    return tr(", ").join(part for part in (tr("Call"), outcome(call.outcome), length) if part)


def status(entry: Entry, today: date) -> Status:
    """Return the sign of a store in the list."""
    if entry.called is not None:
        return Status.DONE
    return Status.DUE if entry.due_on is None or entry.due_on <= today else Status.OPEN


def under(entry: Entry, today: date) -> str:
    """Return the second line of a store in the list: today's outcome, or when it is due."""
    if entry.called is not None:
        return tr("Called: {outcome}", outcome=outcome(entry.called.outcome))
    if entry.last is not None and entry.last.call_back_at is not None:
        return tr("Call back {when}", when=when(entry.last.call_back_at, today))
    if entry.due_on is None:
        return tr("Never visited")
    return tr("Due {day}", day=formats.plain_day(entry.due_on, today))


def when(at: datetime, today: date) -> str:
    """Return a day and a time."""
    return f"{formats.plain_day(business_day(at), today)} {formats.clock(at)}"


def local(at: datetime) -> datetime:
    """Return a moment as clocks here show it."""
    return at.astimezone(DEFAULT_ZONE)
