"""What the window shows in its first moments: the colours of the shell and the name."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fieldcrm.ui import paint
from fieldcrm.ui.theme import color
from fieldcrm.ui.tokens import SEMIBOLD


class Splash(QWidget):
    """Painted before anything is imported."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color("canvas"))
        middle = QRectF(self.rect()).center()
        paint.box(painter, QRectF(middle.x() - 20, middle.y() - 48, 40, 40), 10, "accent")
        paint.text(
            painter, QRectF(0, middle.y(), self.width(), 28), "fieldcrm", 20, SEMIBOLD, "text", paint.CENTRE
        )
        painter.end()
