"""The cards at the right of Today: map, month, what needs attention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout

from fieldcrm.rules.positions import Position
from fieldcrm.services.attention import Item
from fieldcrm.services.month import Month
from fieldcrm.services.today import Day, Stop, StopState
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.map.tiles import Sheet
from fieldcrm.ui.paint import SIGN, Status
from fieldcrm.ui.tips import plain
from fieldcrm.ui.today import words
from fieldcrm.ui.today.gone import Gone
from fieldcrm.ui.today.gone import lines as gone_lines
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Sign, caption, secondary, section_title
from fieldcrm.ui.widgets.marks import Badge, Meter

SHOWN_CONCERNS = 3
_PIN = {
    StopState.DONE: Pin.DONE,
    StopState.CURRENT: Pin.NEXT,
    StopState.NEXT: Pin.NEXT,
    StopState.SKIPPED: Pin.AWAY,
    StopState.MOVED: Pin.AWAY,
}


class MapCard(QFrame):
    """The day on the map; a click on a disc picks its stop."""

    picked = Signal(int)  # the stop's number
    choose_map = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.canvas = MapCanvas(tr("Map of today's route"))
        self.canvas.setMinimumHeight(150)
        self.canvas.mark_clicked.connect(self._on_mark)
        self._file = Button(tr("Add map"), "link", height=24, on_click=self.choose_map.emit)
        self._file.setToolTip(tr("Use a map file under the route"))
        legend = row(gap=4)
        for status, text in (
            (Status.DONE, tr("Done")),
            (Status.CURRENT, tr("Next")),
            (Status.OPEN, tr("Not started")),
        ):
            icon, tone = SIGN[status]
            legend.addWidget(Sign(icon, 16, tone))
            legend.addWidget(caption(text, "text2"))
            legend.addSpacing(8)
        legend.addStretch(1)
        legend.addWidget(self._file)
        layout = column(self.canvas, legend, gap=8, margins=(12, 12, 12, 8))
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self._numbers: list[int] = []

    def use_sheet(self, sheet: Sheet | None) -> None:
        """Draw the route over a map file, or over bare land."""
        self.canvas.use_sheet(sheet)
        self._file.setText(tr("Add map") if sheet is None else tr("Other map"))

    def show_day(self, day: Day, chosen: Stop | None) -> None:
        """Show the day's stops and the line between them; ``chosen`` is the large disc."""
        placed = [(stop, stop.position) for stop in day.stops if stop.position is not None]
        self._numbers = [stop.number for stop, _ in placed]
        self.setVisible(bool(placed))
        marks = [Mark(position, _pin(stop, chosen), str(stop.number), stop.name) for stop, position in placed]
        gone, ahead = ways(day)
        self.canvas.show_marks(marks, gone, ahead)
        self.canvas.setAccessibleDescription(
            tr("{done} done, {left} left, {late} late", done=day.done, left=day.left, late=day.late)
        )

    def _on_mark(self, number: int) -> None:
        self.picked.emit(self._numbers[number])


def _pin(stop: Stop, chosen: Stop | None) -> Pin:
    if stop.is_open and chosen is not None and stop.number == chosen.number:
        return Pin.NEXT
    if stop.is_open and (stop.state is StopState.LATE or stop.facts.overdue_since is not None):
        return Pin.OVERDUE
    pin = _PIN.get(stop.state, Pin.OPEN)
    if pin is Pin.NEXT and chosen is not None and stop.is_open:
        return Pin.OPEN
    return pin


def ways(day: Day) -> tuple[list[Position], list[Position]]:
    """Return the way gone and the way ahead; they meet at the last store visited."""
    gone, ahead = list[Position](), list[Position]()
    for stop in day.stops:
        if stop.position is None or stop.state in (StopState.SKIPPED, StopState.MOVED):
            continue
        (gone if stop.visit_id is not None else ahead).append(stop.position)
    return gone, [*gone[-1:], *ahead]


class MonthCard(QFrame):
    """The month so far: only figures this laptop can count."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._tick = caption(tr("Tick = planned by today"))
        self._sales = secondary("", "text")
        self._meters = [Meter() for _ in range(4)]
        self._grades, self._short = 0, False
        self.setLayout(
            column(
                row(section_title(tr("This month")), None, self._tick),
                row(secondary(tr("Sales")), None, self._sales),
                *self._meters,
                gap=10,
                margins=(20, 16, 20, 14),
            )
        )

    def show_month(self, month: Month) -> None:
        """Show sales, visits against the plan, and coverage by grade."""
        self._sales.show_text(formats.money(month.sales))
        planned = month.visits_planned
        share = month.visits_done / planned if planned else 0.0
        tick = month.visits_expected / planned if planned else None
        self._meters[0].show_meter(
            tr("Visits"),
            formats.count(month.visits_done),
            formats.count(planned) if planned else "",
            share,
            tick,
        )
        for meter, each in zip(self._meters[1:], month.coverage[:3], strict=False):
            name = tr("Grade {grade} stores visited", grade=each.grade)
            goal = ntr("{n} store", "{n} stores", each.stores)
            meter.show_meter(name, formats.count(each.visited), goal, each.visited / each.stores, None)
        self._grades = len(month.coverage)
        self._show_grades()

    def set_short(self, short: bool) -> None:
        """Show only the first grade, for a low window."""
        self._short = short
        self._show_grades()

    def _show_grades(self) -> None:
        shown = min(self._grades, 1) if self._short else self._grades
        for number, meter in enumerate(self._meters[1:]):
            meter.setVisible(number < shown)


class AttentionCard(QFrame):
    """What needs settling; hidden while there is nothing."""

    opened = Signal(object)  # attention.Item, or a Gone

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._count = Badge("0", status=Status.OVERDUE)
        self._shown: tuple[Sequence[Item], Sequence[Gone], date] = ((), (), date.min)
        self._short = False
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.setLayout(
            column(
                row(section_title(tr("Needs attention")), None, self._count),
                self._rows,
                gap=8,
                margins=(20, 16, 12, 12),
            )
        )
        self.hide()

    def show_concerns(self, concerns: Sequence[Item], gone: Sequence[Gone], today: date) -> None:
        """Show the most urgent ones, how many more there are, and which stores moved away."""
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self._shown = concerns, gone, today
        away = gone_lines(gone, today)
        room = max((SHOWN_CONCERNS - 1 if self._short else SHOWN_CONCERNS) - len(away), 1)
        for concern in concerns[:room]:
            self._add(concern, words.CONCERN_STATUS[concern.concern], *words.concern(concern))
        for each, title, text in away:
            self._add(each, Status.INFO, title, text)
        more = len(concerns) - room
        if more > 0:
            self._rows.addWidget(caption(ntr("and {n} more", "and {n} more", more), "text2"))
        self._count.show_badge(
            formats.count(len(concerns) + len(gone)), status=Status.OVERDUE if concerns else Status.INFO
        )
        self.setVisible(bool(concerns or gone))

    def _add(self, what: Item | Gone, status: Status, title: str, text: str) -> None:
        line = _ConcernRow(status, title, text)
        line.clicked.connect(lambda: self.opened.emit(what))
        self._rows.addWidget(line)

    def set_short(self, short: bool) -> None:
        """Show one line less, for a low window."""
        if short != self._short:
            self._short = short
            self.show_concerns(*self._shown)


class _ConcernRow(QAbstractButton):
    """One concern; pressing it goes where it is settled."""

    def __init__(self, status: Status, title: str, text: str) -> None:
        super().__init__()
        self._status, self._title, self._text = status, title, text
        self.setAccessibleName(f"{self._title}, {self._text}")
        self.setToolTip(plain(f"{self._title}\n{self._text}"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(44)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.status(painter, self._status, 2, 12, 20)
        wide = self.width() - 64
        paint.text(painter, QRectF(34, 2, wide, 20), self._title, 13, SEMIBOLD)
        paint.text(painter, QRectF(34, 22, wide, 18), self._text, 12, REGULAR, "text2")
        paint.icon(painter, "chevron-right", self.width() - 22, 13, 18, "text3")
        if self.hasFocus():
            paint.focus(painter, QRectF(self.rect()), 6)
        painter.end()
