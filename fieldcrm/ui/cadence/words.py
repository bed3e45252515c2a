"""How rhythms and their rules are said."""

from __future__ import annotations

from datetime import date

from fieldcrm.rules.cadence import Outlook, Pace, Rhythm, Season, Source, Standing
from fieldcrm.ui import formats
from fieldcrm.ui.accounts.words import CHANNEL
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.paint import Status

SOURCE = {
    Source.ACCOUNT: mark("its own rhythm"),
    Source.CHANNEL_AND_GRADE: mark("by its channel and grade"),
    Source.CHANNEL: mark("by its channel"),
    Source.GRADE: mark("by its grade"),
    Source.EVERYONE: mark("by the rule for every store"),
    Source.USUAL: mark("as usual for its grade"),
}
STANDING = {
    Standing.NEW: mark("Never visited"),
    Standing.DONE: mark("Visited in time"),
    Standing.DUE: mark("Due"),
    Standing.OVERDUE: mark("Overdue"),
}
STATUS = {
    Standing.NEW: Status.OPEN,
    Standing.DONE: Status.DONE,
    Standing.DUE: Status.DUE,
    Standing.OVERDUE: Status.OVERDUE,
}


def every(days: int) -> str:
    """Return: every 7 days."""
    return ntr("every {n} day", "every {n} days", days)


def pace(found: Pace) -> str:
    """Return: every 7 days, 4 to 11."""
    return tr("{every}, {least} to {most}", every=every(found.every), least=found.least, most=found.most)


def season(found: Season) -> str:
    """Return: 1 Jun – 31 Aug every 5 days."""
    first, last = (
        formats.plain_day(date.fromisoformat(f"2024-{text}")) for text in (found.first, found.last)
    )
    return tr("{first} – {last} {every}", first=first, last=last, every=every(found.pace.every))


def rhythm(found: Rhythm, today: date) -> str:
    """Return the rhythm of today and what says so."""
    return tr(" · ").join((every(found.on(today).every), tr(SOURCE[found.source])))


def outlook(found: Outlook, today: date) -> str:
    """Return when the next visit is due."""
    if found.standing is Standing.NEW:
        return tr(STANDING[Standing.NEW])
    day = formats.day(found.due_on, today)
    return tr("{standing}, next visit {day}", standing=tr(STANDING[found.standing]), day=day)


def subject(channel: str, grade: str) -> str:
    """Return which stores a rule speaks of."""
    kind = tr(CHANNEL[channel]) if channel in CHANNEL else channel
    said = [tr("Grade {grade}", grade=grade)] if grade else []
    return tr(", ").join([*([kind] if kind else []), *said]) or tr("Every store")
