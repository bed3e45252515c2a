"""What Today says: kinds of store, states of a stop, reasons, concerns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fieldcrm.services.attention import Concern, Item
from fieldcrm.services.store_facts import Agreed
from fieldcrm.services.today import Day, Stop, StopState
from fieldcrm.services.todos import TodoRow
from fieldcrm.ui import formats
from fieldcrm.ui.channels import CHANNEL
from fieldcrm.ui.i18n import listed, mark, ntr, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.quotes import words as quote_words
from fieldcrm.ui.sync import reasons
from fieldcrm.ui.today.stages import Stage

STATUS = {
    StopState.DONE: Status.DONE,
    StopState.CURRENT: Status.CURRENT,
    StopState.NEXT: Status.CURRENT,
    StopState.PLANNED: Status.OPEN,
    StopState.LATE: Status.DUE,
    StopState.SKIPPED: Status.SKIPPED,
    StopState.MOVED: Status.SKIPPED,
}

STATE = {
    StopState.DONE: mark("Done"),
    StopState.CURRENT: mark("Visit running"),
    StopState.NEXT: mark("Next"),
    StopState.PLANNED: mark("Not started"),
    StopState.LATE: mark("Late"),
    StopState.SKIPPED: mark("Skipped"),
    StopState.MOVED: mark("Moved"),
}

SKIP_REASONS = (
    mark("Store closed today"),
    mark("Nobody to talk to"),
    mark("No time left"),
    mark("Road blocked"),
)

STAGE = {
    Stage.SAVED: (Status.SAVED, mark("Saved")),
    Stage.SENDING: (Status.QUEUED, mark("Sending")),
    Stage.SENT: (Status.SENT, mark("Sent")),
    Stage.REFUSED: (Status.WARNING, mark("Refused")),
}

CONCERN_STATUS = {
    Concern.MISSED_CHECK_OUT: Status.DUE,
    Concern.RETURNED: Status.RETURNED,
    Concern.CONFLICT: Status.CONFLICT,
    Concern.REFUSED: Status.OVERDUE,
    Concern.ORDER: Status.WARNING,
    Concern.QUOTE: Status.INFO,
    Concern.QUOTE_ENDS: Status.DUE,
    Concern.RECEIVABLE: Status.OVERDUE,
    Concern.TODO: Status.DUE,
}


def kind(channel: str, grade: str) -> str:
    """Return what sort of store it is: Supermarket · A."""
    return f"{tr(CHANNEL.get(channel, channel))} · {tr('Grade {grade}', grade=grade)}"


def day_facts(day: Day) -> str:
    """Return the line under the title: the date, the area, how many stores and how far."""
    words = [formats.day(day.on, day.on), day.territory]
    if day.stops:
        words.append(ntr("{n} store", "{n} stores", len(day.stops)))
        words.append(tr("{n} done", n=day.done))
        words.append(tr("{n} left", n=day.left))
    if day.late:
        words.append(tr("{n} late", n=day.late))
    return " · ".join(word for word in words if word)


def fact(stop: Stop) -> str:
    """Return the figure at the right of a stop's row."""
    if stop.state in (StopState.SKIPPED, StopState.MOVED):
        return stop.reason or tr(STATE[stop.state])
    if stop.state is StopState.DONE:
        if stop.facts.orders_today:
            return tr("Order {amount}", amount=formats.money(stop.facts.ordered_today))
        return tr("No order")
    if stop.leg_km is None:
        return ""
    return formats.distance(stop.leg_km * 1000)


def moved(stop: Stop, today: date) -> str:
    """Return where a moved stop went."""
    if stop.moved_to is None:
        return tr("Moved")
    if 0 < (stop.moved_to - today).days < 7:
        return tr("Moved to {weekday}", weekday=formats.short_weekday(stop.moved_to))
    return tr("Moved to {day}", day=formats.plain_day(stop.moved_to, today))


def concern(item: Item) -> tuple[str, str]:
    """Return a concern as a title and one line of what to do."""
    match item.concern:
        case Concern.MISSED_CHECK_OUT:
            return tr("{store}: no check-out", store=item.account), tr("Say when you left")
        case Concern.RETURNED:
            return tr("{store}: report sent back", store=item.account), item.fact or tr("Open the visit")
        case Concern.CONFLICT:
            who = item.account or tr("A record")
            return tr("{store}: changed on both sides", store=who), tr("Choose one value")
        case Concern.REFUSED if item.account:
            why, _ = reasons.why(item.text, "order")
            return tr("{store}: change to the order refused", store=item.account), why
        case Concern.REFUSED:
            return tr("The office refused a change"), tr("Look at it in Sync")
        case Concern.ORDER:
            return tr("{store}: order needs attention", store=item.account), tr(
                "{number}, {amount}", number=item.fact, amount=formats.money(item.amount)
            )
        case Concern.QUOTE | Concern.QUOTE_ENDS:
            return quote_words.news(item)
        case Concern.RECEIVABLE:
            owed = formats.money(item.amount)
            return tr("{store}: payment overdue", store=item.account), ntr(
                "{amount}, {n} day; collect before the order",
                "{amount}, {n} days; collect before the order",
                item.days,
                amount=owed,
            )
        case Concern.TODO:
            late = ntr("{n} day late", "{n} days late", item.days) if item.days else tr("due today")
            giver = tr("from {person}", person=item.giver) if item.giver else ""
            return item.fact, " · ".join(part for part in (item.account, giver, late) if part)


def reminder(todos: Sequence[TodoRow], on: date) -> str:
    """Return what is due, in one line, the overdue first."""
    late = sum(todo.is_overdue(on) for todo in todos)
    said = [ntr("{n} to-do overdue", "{n} to-dos overdue", late)] if late else []
    if len(todos) > late:
        said.append(ntr("{n} to-do due today", "{n} to-dos due today", len(todos) - late))
    givers = dict.fromkeys(todo.giver for todo in todos if todo.giver)
    if givers:
        said.append(tr("from {person}", person=listed(givers)))
    return " · ".join(said)


def agreed(todo: Agreed) -> str:
    """Return a store's to-do with who gave it."""
    return tr("{title} (from {person})", title=todo.title, person=todo.giver) if todo.giver else todo.title
