"""One photo as large as the window allows, with the spots that comments point at.

A click takes a spot, in thousandths of the photo's width and height; the arrows move a cross
and Enter takes it, so nothing needs the pointer.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from fieldcrm.ui import paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.theme import color
from fieldcrm.ui.tokens import SEMIBOLD

WHOLE = 1000
_STEP = 20
_STRIP = 32
_MOVES = {
    Qt.Key.Key_Left: (-_STEP, 0), Qt.Key.Key_Right: (_STEP, 0),
    Qt.Key.Key_Up: (0, -_STEP), Qt.Key.Key_Down: (0, _STEP),
}  # fmt: skip


class LargePhoto(QWidget):
    """A photo; ``spots`` are shown as numbered pins, first to last."""

    taken = Signal(int, int)

    def __init__(self, image: QImage, room: QSize, spots: Sequence[tuple[int, int]] = ()) -> None:
        super().__init__()
        size = image.size().scaled(room * 0.86, Qt.AspectRatioMode.KeepAspectRatio)
        self._pixmap, self._spots = QPixmap.fromImage(image), tuple(spots)
        self._cross: tuple[int, int] | None = None
        self.setFixedSize(size.width(), size.height() + _STRIP)
        self.setAccessibleName(tr("Photo"))
        self.setAccessibleDescription(self._hint())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def _hint(self) -> str:
        return tr("Click a spot to comment on it, or arrows and Enter · Esc closes")

    def _area(self) -> QRectF:
        return QRectF(0, 0, self.width(), self.height() - _STRIP)

    def _at(self, spot: tuple[int, int]) -> QPointF:
        area = self._area()
        return QPointF(area.width() * spot[0] / WHOLE, area.height() * spot[1] / WHOLE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(self._area(), self._pixmap, QRectF(self._pixmap.rect()))
        strip = QRectF(0, self.height() - _STRIP, self.width(), _STRIP)
        painter.fillRect(strip, color("card"))
        paint.text(painter, strip.adjusted(12, 0, -12, 0), self._hint(), 13, 400, "text2")
        for number, spot in enumerate(self._spots, start=1):
            self._draw_pin(painter, self._at(spot), str(number))
        if self._cross is not None:
            self._draw_cross(painter, self._at(self._cross))
        painter.end()

    def _draw_pin(self, painter: QPainter, point: QPointF, number: str) -> None:
        painter.setPen(QPen(color("onBad"), 2))
        painter.setBrush(color("bad"))
        painter.drawEllipse(point, 13, 13)
        paint.text(painter, QRectF(point.x() - 13, point.y() - 13, 26, 26), number, 13, SEMIBOLD, "onBad",
                   paint.CENTRE)  # fmt: skip

    def _draw_cross(self, painter: QPainter, point: QPointF) -> None:
        for tone, thick in (("card", 4), ("bad", 2)):
            painter.setPen(QPen(color(tone), thick))
            painter.drawLine(point - QPointF(16, 0), point + QPointF(16, 0))
            painter.drawLine(point - QPointF(0, 16), point + QPointF(0, 16))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        area, point = self._area(), event.position()
        if area.contains(point):
            self.taken.emit(round(point.x() / area.width() * WHOLE), round(point.y() / area.height() * WHOLE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _MOVES:
            x, y = self._cross or (WHOLE // 2, WHOLE // 2)
            across, down = _MOVES[key]
            self._cross = max(0, min(WHOLE, x + across)), max(0, min(WHOLE, y + down))
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cross is not None:
            self.taken.emit(*self._cross)
        else:
            super().keyPressEvent(event)
