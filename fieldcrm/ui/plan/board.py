"""A week as columns of cards that can be dragged, or sent to another day by a digit.

A dragged card carries a plan's or an account's id as ``MIME``; the drop slot shows its
place. Everything a drag does has a key: digits send a card to a day, Alt+arrows reorder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from PySide6.QtCore import QMimeData, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from fieldcrm.services.plan_board import DayPlan, DueAccount, PlannedVisit, StopState
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.plan.cards import CARD, draw_due, draw_stop, due_words, spoken
from fieldcrm.ui.theme import color
from fieldcrm.ui.tips import plain
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.frames import scrolling

MIME = "application/x-fieldcrm-visit"
FULL_DAY_MINUTES = 8 * 60
TRAVEL_MINUTES = 12
_GAP, _HEAD = 8, 76


class Cards(QWidget):
    """A column of painted cards; the current one has the focus border."""

    opened = Signal(object)  # the row
    sent = Signal(object, int)  # the row, digit of the day
    nudged = Signal(object, int)  # the row, -1 or +1
    dropped = Signal(str, object, int)  # plan or account, its id, place
    asked = Signal(object, QPoint)  # the row, where its menu goes

    def __init__(self, name: str, *, takes_drops: bool, room_for_bar: int = 0) -> None:
        super().__init__()
        self._room = room_for_bar
        self.rows: Sequence[PlannedVisit | DueAccount] = ()
        self.current = -1
        self.today = date.min
        self._pressed: QPoint | None = None
        self._slot = -1
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(takes_drops)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setMouseTracking(True)

    def show_rows(self, rows: Sequence[PlannedVisit | DueAccount], today: date) -> None:
        """Show these cards; the same card stays current."""
        kept = self._key(self.current)
        self.rows, self.today = rows, today
        keys = [self._key(n) for n in range(len(rows))]
        self.current = keys.index(kept) if kept in keys else (-1 if not self.hasFocus() else 0)
        self._make_room(0)
        self._speak()
        self.update()

    def row(self) -> PlannedVisit | DueAccount | None:
        """Return the current card, or None."""
        return self.rows[self.current] if 0 <= self.current < len(self.rows) else None

    def sizeHint(self) -> QSize:
        return QSize(160, self._top(len(self.rows)))

    def _make_room(self, extra: int) -> None:
        """Be as high as the cards, with room below them for one that is being dragged here."""
        self.setMinimumHeight(self._top(len(self.rows)) + extra)

    def _key(self, number: int) -> object:
        if not 0 <= number < len(self.rows):
            return None
        row = self.rows[number]
        return row.plan_id if isinstance(row, PlannedVisit) else row.account_id

    def _speak(self) -> None:
        row = self.row()
        if isinstance(row, PlannedVisit):
            self.setAccessibleDescription(spoken(row))
        elif row is not None:
            self.setAccessibleDescription(f"{row.account}, {due_words(row, self.today)}")

    def _top(self, number: int) -> int:
        return number * (CARD + _GAP)

    def _rect(self, number: int) -> QRect:
        return QRect(0, self._top(number), self.width() - self._room, CARD)

    def _at(self, point: QPoint) -> int:
        number = point.y() // (CARD + _GAP)
        return number if number < len(self.rows) and self._rect(number).contains(point) else -1

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, row in enumerate(self.rows):
            rect = QRectF(self._rect(number))
            if not event.rect().intersects(rect.toRect()):
                continue
            focused = self.hasFocus() and number == self.current
            if isinstance(row, PlannedVisit):
                draw_stop(painter, rect, row, selected=focused, focused=focused)
            else:
                draw_due(painter, rect, row, self.today, selected=focused, focused=focused)
        if self._slot >= 0:
            self._draw_slot(painter)
        painter.end()

    def _draw_slot(self, painter: QPainter) -> None:
        rect = QRectF(0, self._top(self._slot) - _GAP / 2 - 2, self.width() - self._room, 4)
        if self._slot >= len(self.rows):
            rect = QRectF(1, self._top(self._slot) + 1, self.width() - self._room - 2, CARD - 2)
            pen = QPen(color("accent"), 2, Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(color("accentSoft"))
            painter.drawRoundedRect(rect, 8, 8)
            paint.text(painter, rect, tr("Put it here"), 13, SEMIBOLD, "accent", paint.CENTRE)
            return
        paint.box(painter, rect, 2, "accent")

    # -- pointer --------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        number = self._at(point)
        if number >= 0:
            self.current = number
            self._speak()
            self.update()
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = point if number >= 0 else None
        elif event.button() == Qt.MouseButton.RightButton and self.row() is not None:
            self.asked.emit(self.row(), event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.row() is not None:
            self.opened.emit(self.row())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        number = self._at(point)
        self.setToolTip(plain(self.rows[number].account) if number >= 0 else "")
        if self._pressed is None:
            return
        if (point - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None

    def _drag(self) -> None:
        row = self.row()
        if row is None or (isinstance(row, PlannedVisit) and row.state not in _MOVABLE):
            return
        kind, key = ("plan", row.plan_id) if isinstance(row, PlannedVisit) else ("account", row.account_id)
        data = QMimeData()
        data.setData(MIME, f"{kind}:{key}".encode())
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(self._picture(self.current))
        drag.setHotSpot(QPoint(self.width() // 2, CARD // 2))
        drag.exec(Qt.DropAction.MoveAction)

    def _picture(self, number: int) -> QPixmap:
        return self.grab(self._rect(number))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            self._make_room(CARD)
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._slot = min(round(event.position().y() / (CARD + _GAP)), len(self.rows))
        self.update()
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._slot = -1
        self._make_room(0)
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        place, self._slot = self._slot, -1
        self._make_room(0)
        self.update()
        kind, _, key = bytes(event.mimeData().data(MIME).data()).decode().partition(":")
        event.acceptProposedAction()
        self.dropped.emit(kind, UUID(key), place)

    # -- keys -----------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self.current < 0 and self.rows:
            self.current = 0
        self._speak()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.row(), event.key()
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(key), 0)
        if step and event.modifiers() & Qt.KeyboardModifier.AltModifier and row is not None:
            self.nudged.emit(row, step)
        elif step:
            self.current = max(0, min(len(self.rows) - 1, self.current + step))
            self._speak()
            self.update()
        elif row is not None and Qt.Key.Key_1 <= key <= Qt.Key.Key_7 and not event.modifiers():
            self.sent.emit(row, key - Qt.Key.Key_1)
        elif row is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(row)
        elif row is not None and key in (Qt.Key.Key_Menu, Qt.Key.Key_Space):
            self.asked.emit(row, self.mapToGlobal(self._rect(self.current).center()))
        else:
            super().keyPressEvent(event)


_MOVABLE = (StopState.PLANNED, StopState.OVERDUE)


class DayColumn(QWidget):
    """One day: its name, how full it is, and its cards."""

    def __init__(self) -> None:
        super().__init__()
        self._day = DayPlan(date.min, ())
        self._today = date.min
        self.cards = Cards("", takes_drops=True, room_for_bar=12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, _HEAD, 0, 8)
        layout.addWidget(scrolling(self.cards))

    def show_day(self, day: DayPlan, today: date) -> None:
        """Show another day; days before today take no drops."""
        self._day, self._today = day, today
        self.cards.setAccessibleName(formats.day(day.on, today))
        self.cards.setAcceptDrops(day.on >= today)
        self.cards.show_rows(day.stops, today)
        self.update()

    @property
    def day(self) -> DayPlan:
        """The day shown."""
        return self._day

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        is_today = self._day.on == self._today
        paint.box(painter, rect, 10, "accentSoft" if is_today else "sunken")
        name = formats.short_weekday(self._day.on)
        if is_today:
            name = f"{name} {tr('today')}"
        top = QRectF(12, 12, rect.width() - 24, 20)
        paint.text(painter, top, name, 14, SEMIBOLD, "accent" if is_today else "text")
        paint.text(painter, top, formats.table_day(self._day.on), 13, 400, "text2", paint.RIGHT)
        self._draw_load(painter, rect)
        painter.end()

    def _draw_load(self, painter: QPainter, rect: QRectF) -> None:
        minutes, stops = load(self._day)
        over = minutes > FULL_DAY_MINUTES
        words = f"{ntr('{n} store', '{n} stores', stops)} · {formats.hours(minutes)}"
        line = QRectF(12, 34, rect.width() - 24, 18)
        if over:
            paint.status(painter, paint.Status.OVERDUE, rect.right() - 28, 35, 16)
            over_by = tr("{hours} over", hours=formats.hours(minutes - FULL_DAY_MINUTES))
            words = f"{ntr('{n} store', '{n} stores', stops)} · {over_by}"
            line.setRight(line.right() - 22)
        paint.text(painter, line, words, 12, SEMIBOLD if over else 400, "bad" if over else "text2")
        bar = QRectF(12, 58, rect.width() - 24, 6)
        past = self._day.on < self._today
        tone = "bad" if over else "text3" if past else "accent"
        longest = FULL_DAY_MINUTES * 1.25
        paint.bar(painter, bar, min(1.0, minutes / longest), tone, FULL_DAY_MINUTES / longest)


def load(day: DayPlan) -> tuple[int, int]:
    """Return a day's minutes, travel included, and its stores."""
    out = (StopState.SKIPPED, StopState.MOVED)
    stops = sum(stop.state not in out for stop in day.stops)
    return day.minutes + stops * TRAVEL_MINUTES, stops


class WeekBoard(QWidget):
    """Five columns, or as many as the week has work on."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)
        self.columns = [DayColumn() for _ in range(7)]
        for column in self.columns:
            self._layout.addWidget(column, 1)

    def show_days(self, days: Sequence[DayPlan], today: date) -> None:
        """Show seven days; an empty weekend is left out."""
        for place, (column, day) in enumerate(zip(self.columns, days, strict=True)):
            column.show_day(day, today)
            column.setVisible(place < 5 or bool(day.stops) or day.on == today)
