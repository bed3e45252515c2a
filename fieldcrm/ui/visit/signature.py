"""A pad to sign on with mouse, pen or finger; the drawing is kept as a picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QTabletEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from fieldcrm.rules.sop import Field
from fieldcrm.ui import paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.theme import color
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label, Sign, secondary

SIZE = QSize(800, 240)
_SHORTEST = 24.0


class SignatureBox(QFrame):
    """A signature field: signed, or a pad with Keep and Clear."""

    signed = Signal(str, object)  # field key, QImage

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self._key = asked.key
        self.setProperty("surface", "card")
        self.pad = Pad(asked.label)
        self._state, self._sign = secondary(""), Sign("check-circle", 18, "ok")
        self._clear = Button(tr("Clear"), "ghost", height=36, on_click=self.pad.clear)
        self._keep = Button(tr("Keep signature"), icon="check", height=36, on_click=self._on_keep)
        self._again = Button(tr("Sign again"), "link", height=36, on_click=lambda: self.show_signed(False))
        self.setLayout(
            column(
                row(Label(asked.label, 15, SEMIBOLD), None, self._sign, self._state, self._again),
                self.pad,
                row(None, self._clear, self._keep),
                gap=8,
                margins=(20, 12, 20, 12),
            )
        )
        self.show_signed(False)

    def show_signed(self, signed: bool) -> None:
        """Show the pad, or that there is a signature."""
        drawing: tuple[QWidget, ...] = (self.pad, self._clear, self._keep)
        kept: tuple[QWidget, ...] = (self._sign, self._again)
        for widget in drawing + kept:
            widget.setVisible(signed if widget in kept else not signed)
        self._state.show_text(tr("Signed") if signed else tr("Sign in the box"))

    def take_focus(self) -> None:
        """Go to the pad."""
        (self.pad if self.pad.isVisible() else self._again).setFocus()

    def _on_keep(self) -> None:
        if self.pad.is_empty:
            self._state.show_text(tr("Nothing is drawn yet."), "bad")
            return
        self.signed.emit(self._key, self.pad.image())
        self.pad.clear()


class Pad(QWidget):
    """Drawn in the theme's colours; what is kept is black on white."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._strokes: list[QPainterPath] = []
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(180)
        self.setMinimumWidth(320)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def is_empty(self) -> bool:
        """Whether less is drawn than a signature takes."""
        return sum(stroke.length() for stroke in self._strokes) < _SHORTEST

    def clear(self) -> None:
        """Take a fresh sheet."""
        self._strokes = []
        self.update()

    def image(self) -> QImage:
        """Return the drawing on white."""
        image = QImage(SIZE, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        scale = min(SIZE.width() / self.width(), SIZE.height() / self.height())
        painter.scale(scale, scale)
        self._draw(painter, QColor("black"))
        painter.end()
        return image

    def _draw(self, painter: QPainter, ink: QColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(ink, 2.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for stroke in self._strokes:
            painter.drawPath(stroke)

    def _begin(self, at: QPointF) -> None:
        self._strokes.append(QPainterPath(at))

    def _go(self, at: QPointF) -> None:
        if self._strokes:
            self._strokes[-1].lineTo(at)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._begin(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def tabletEvent(self, event: QTabletEvent) -> None:
        if event.type() == QTabletEvent.Type.TabletPress:
            self._begin(event.position())
        elif event.type() == QTabletEvent.Type.TabletMove and event.pressure() > 0:
            self._go(event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.clear()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("lineStrong"), 1))
        painter.setBrush(color("card"))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.fillRect(QRectF(32, rect.height() - 44, rect.width() - 64, 1), color("lineStrong"))
        self._draw(painter, color("text"))
        if self.hasFocus():
            paint.focus(painter, rect)
        painter.end()
