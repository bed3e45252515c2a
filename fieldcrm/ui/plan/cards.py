"""How a planned visit and a waiting store are drawn, and what they are called."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from fieldcrm.services.plan_board import DueAccount, PlannedVisit, StopState
from fieldcrm.ui import formats, paint
from fieldcrm.ui.channels import CHANNEL
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.tokens import SEMIBOLD

CARD = 58
STATES: dict[StopState, tuple[Status, str]] = {
    StopState.DONE: (Status.DONE, mark("Done")),
    StopState.CURRENT: (Status.CURRENT, mark("In progress")),
    StopState.PLANNED: (Status.OPEN, mark("Planned")),
    StopState.OVERDUE: (Status.OVERDUE, mark("Missed")),
    StopState.SKIPPED: (Status.SKIPPED, mark("Skipped")),
    StopState.MOVED: (Status.SKIPPED, mark("Moved")),
}


def channel(code: str) -> str:
    """Return what a kind of store is called."""
    return tr(CHANNEL.get(code, code))


def told(stop: PlannedVisit) -> str:
    """Return the second line of a card."""
    kind = tr("{grade}, {channel}", grade=stop.grade, channel=channel(stop.channel))
    if stop.state == StopState.MOVED and stop.moved_to:
        return tr("Moved to {day}", day=formats.table_day(stop.moved_to))
    if stop.state == StopState.SKIPPED:
        return stop.reason or tr("Skipped")
    if stop.partner:
        kind = tr("with {person}", person=stop.partner)
    return f"{stop.start_time} · {kind}" if stop.start_time else kind


def spoken(stop: PlannedVisit) -> str:
    """Return a card for screen readers."""
    return ", ".join((stop.account, tr(STATES[stop.state][1]), told(stop)))


def draw_stop(painter: QPainter, rect: QRectF, stop: PlannedVisit, *, selected: bool, focused: bool) -> None:
    """Draw one card of a day."""
    status, _ = STATES[stop.state]
    current = stop.state == StopState.CURRENT
    border = "accent" if selected or focused or current else "line"
    ground = "accentSoft" if selected or current else "card"
    paint.box(painter, rect, 8, ground, border, 2 if selected or focused else 1)
    paint.status(painter, status, rect.x() + 10, rect.y() + 10, 16)
    faint = stop.state in (StopState.SKIPPED, StopState.MOVED)
    first = QRectF(rect.x() + 32, rect.y() + 8, rect.width() - 40, 20)
    paint.text(painter, first, stop.account, 13, SEMIBOLD, "text2" if faint else "text")
    second = QRectF(rect.x() + 32, rect.y() + 29, rect.width() - 40, 18)
    paint.text(painter, second, told(stop), 12, 400, "bad" if stop.state == StopState.OVERDUE else "text2")


def draw_due(
    painter: QPainter, rect: QRectF, due: DueAccount, today: date, *, selected: bool, focused: bool
) -> None:
    """Draw one store that waits for a day."""
    late = due.due_on < today
    border = "accent" if selected or focused else "line"
    paint.box(
        painter,
        rect,
        8,
        "accentSoft" if selected else "card",
        border,
        2 if selected or focused else 1,
    )
    paint.icon(painter, "drag-vertical", rect.x() + 6, rect.y() + 19, 18, "text3")
    first = QRectF(rect.x() + 28, rect.y() + 8, rect.width() - 36 - (22 if late else 0), 20)
    paint.text(painter, first, due.account, 13, SEMIBOLD)
    if late:
        paint.status(painter, Status.OVERDUE, rect.right() - 26, rect.y() + 10, 16)
    second = QRectF(rect.x() + 28, rect.y() + 29, rect.width() - 36, 18)
    paint.text(painter, second, due_words(due, today), 12, 400, "bad" if late else "text2")


def due_words(due: DueAccount, today: date) -> str:
    """Return the second line of a waiting store."""
    kind = tr("{grade}, {channel}", grade=due.grade, channel=channel(due.channel))
    if due.last_visit_on is None:
        return f"{kind} · {tr('never visited')}"
    if due.due_on < today:
        return f"{kind} · {tr('{n} days away', n=(today - due.last_visit_on).days)}"
    return f"{kind} · {tr('by {day}', day=formats.table_day(due.due_on))}"
