"""A figure of the visit board that can be chosen: its name, its value, what it is of."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from fieldcrm.ui import paint
from fieldcrm.ui.tokens import CARD_RADIUS, REGULAR, SEMIBOLD

_HIGH = 104


class Tile(QAbstractButton):
    """One figure; chosen, its rows are shown below."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._name, self._value, self._under = name, "", ""
        self._share: float | None = None
        self.setToolTip(tip)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedHeight(_HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_figure(self, value: str, under: str, share: float | None) -> None:
        """Show a value; without a share there is no bar."""
        self._value, self._under, self._share = value, under, share
        self.setAccessibleName(f"{self._name} {value}, {under}" if under else f"{self._name} {value}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, _HIGH)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        whole = QRectF(self.rect())
        chosen = self.isChecked()
        border = "accent" if chosen else "line"
        ground = "hover" if self.underMouse() and not chosen else "card"
        paint.box(painter, whole, CARD_RADIUS, ground, border, 2 if chosen else 1)
        inside = whole.adjusted(16, 12, -16, -12)
        top = inside.y()
        paint.text(painter, QRectF(inside.x(), top, inside.width(), 20), self._name, 13, REGULAR, "text2")
        middle = QRectF(inside.x(), top + 22, inside.width(), 32)
        paint.text(painter, middle, self._value, 24, SEMIBOLD)
        below = QRectF(inside.x(), top + 54, inside.width(), 16)
        paint.text(painter, below, self._under, 12, REGULAR, "text3")
        if self._share is not None:
            paint.bar(painter, QRectF(inside.x(), inside.bottom() - 4, inside.width(), 4), self._share)
        if self.hasFocus():
            paint.focus(painter, whole.adjusted(2, 2, -2, -2), CARD_RADIUS - 2)
        painter.end()
