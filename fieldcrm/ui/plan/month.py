"""A month as a grid: how many stores each day has, and how much of it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fieldcrm.services.plan_board import DayPlan, StopState
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.plan.board import FULL_DAY_MINUTES, load
from fieldcrm.ui.tokens import SEMIBOLD

_HEAD = 32
_OUT = (StopState.SKIPPED, StopState.MOVED)


class MonthGrid(QWidget):
    """Weeks as rows; a click or Enter opens the week of a day."""

    opened = Signal(object)  # date

    def __init__(self) -> None:
        super().__init__()
        self._days: Sequence[DayPlan] = ()
        self._month = self._today = self._current = date.min
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Month"))

    def show_month(self, month: date, days: Sequence[DayPlan], today: date) -> None:
        """Show whole weeks around ``month``; ``days`` begin on a Monday."""
        self._month, self._days, self._today = month, days, today
        shown = [day.on for day in days]
        if self._current not in shown:
            self._current = today if today in shown else month
        self.update()

    def _rect(self, number: int) -> QRectF:
        weeks = max(1, len(self._days) // 7)
        wide, high = self.width() / 7, (self.height() - _HEAD) / weeks
        return QRectF(number % 7 * wide, _HEAD + number // 7 * high, wide, high).adjusted(4, 4, -4, -4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for number, day in enumerate(self._days):
            if number < 7:
                head = self._rect(number)
                head.moveTop(4)
                head.setHeight(20)
                paint.text(
                    painter, head.adjusted(8, 0, 0, 0), formats.short_weekday(day.on), 12, SEMIBOLD, "text3"
                )
            self._draw_day(painter, self._rect(number), day)
        painter.end()

    def _draw_day(self, painter: QPainter, rect: QRectF, day: DayPlan) -> None:
        inside = day.on.month == self._month.month
        is_today = day.on == self._today
        paint.box(painter, rect, 8, "accentSoft" if is_today else "card" if inside else "sunken", "line")
        if self.hasFocus() and day.on == self._current:
            paint.focus(painter, rect)
        tone = "accent" if is_today else "text" if inside else "text3"
        top = QRectF(rect.x() + 12, rect.y() + 8, rect.width() - 24, 20)
        paint.text(painter, top, str(day.on.day), 14, SEMIBOLD, tone)
        planned = [stop for stop in day.stops if stop.state not in _OUT]
        if not planned:
            return
        done = sum(stop.state == StopState.DONE for stop in planned)
        missed = sum(stop.state == StopState.OVERDUE for stop in planned)
        words = ntr("{n} store", "{n} stores", len(planned))
        paint.text(painter, top, words, 12, 400, "text2", paint.RIGHT)
        bar = QRectF(rect.x() + 12, rect.y() + 36, rect.width() - 24, 6)
        paint.bar(painter, bar, done / len(planned), "ok")
        if rect.height() < 68:
            return
        minutes, _ = load(day)
        note, tone = formats.hours(minutes), "bad" if minutes > FULL_DAY_MINUTES else "text2"
        if missed:
            note, tone = tr("{n} missed", n=missed), "bad"
        elif done:
            note = tr("{done} done", done=done)
        low = QRectF(rect.x() + 12, rect.y() + 48, rect.width() - 24, 16)
        paint.text(painter, low, note, 12, 400, tone)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position().toPoint())
        if number >= 0:
            self._current = self._days[number].on
            self.opened.emit(self._current)

    def _at(self, point: QPoint) -> int:
        hits = (n for n in range(len(self._days)) if self._rect(n).contains(point))
        return next(hits, -1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7,
        }.get(Qt.Key(event.key()), 0)  # fmt: skip
        shown = [day.on for day in self._days]
        if step and self._current in shown:
            place = min(max(0, shown.index(self._current) + step), len(shown) - 1)
            self._current = shown[place]
            self.setAccessibleDescription(formats.day(self._current, self._today))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self._current)
        else:
            super().keyPressEvent(event)
