"""What lies on the map: the numbered discs of the stops and the line between them.

A disc keeps its size at every zoom; its state shows by sign and by colour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QStyleOptionGraphicsItem, QWidget

from fieldcrm.rules.positions import Position
from fieldcrm.ui import paint
from fieldcrm.ui.theme import color
from fieldcrm.ui.tips import plain
from fieldcrm.ui.tokens import SEMIBOLD


class Pin(StrEnum):
    """How a disc looks; each has its own sign besides its colour."""

    DONE = "done"
    NEXT = "next"
    OPEN = "open"
    AWAY = "away"
    OVERDUE = "overdue"
    STORE = "store"
    ME = "me"


@dataclass(frozen=True, slots=True)
class Mark:
    """One disc on the map; ``name`` is its tooltip."""

    position: Position
    pin: Pin
    label: str = ""
    name: str = ""


class Way(QGraphicsPathItem):
    """A line along the stops: solid where the rep has been, dashed ahead."""

    def __init__(self, points: Sequence[QPointF], travelled: bool) -> None:
        path = QPainterPath(points[0])
        for point in points[1:]:
            path.lineTo(point)
        super().__init__(path)
        self._travelled = travelled

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        pen = QPen(color("ok" if self._travelled else "accent"), 3)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if not self._travelled:
            pen.setDashPattern([2, 2])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self.path())


_FILL = {
    Pin.DONE: ("ok", "onAccent"), Pin.NEXT: ("accent", "onAccent"), Pin.OPEN: ("card", "text"),
    Pin.AWAY: ("text3", "card"), Pin.OVERDUE: ("bad", "onBad"), Pin.STORE: ("accent", "onAccent"),
    Pin.ME: ("card", "accent"),
}  # fmt: skip
_SIGN = {Pin.DONE: "check", Pin.AWAY: "minus", Pin.STORE: "storefront", Pin.ME: "crosshairs-gps"}


class Disc(QGraphicsItem):
    """A numbered disc of fixed size on the screen; ``number`` is its place among the marks."""

    def __init__(self, mark: Mark, number: int, clicked: Callable[[], None]) -> None:
        super().__init__()
        self._mark, self.number, self.clicked = mark, number, clicked
        self._radius = 15.0 if mark.pin in (Pin.NEXT, Pin.STORE) else 12.0
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setToolTip(plain(mark.name))

    def boundingRect(self) -> QRectF:
        half = self._radius + 3
        return QRectF(-half, -half, 2 * half, 2 * half)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        fill, ink = _FILL[self._mark.pin]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("card"))
        painter.drawEllipse(QPointF(0, 0), self._radius + 2, self._radius + 2)
        outlined = self._mark.pin in (Pin.OPEN, Pin.ME)
        painter.setPen(
            QPen(color("neutral" if self._mark.pin is Pin.OPEN else "accent"), 2)
            if outlined
            else Qt.PenStyle.NoPen
        )
        painter.setBrush(color(fill))
        radius = self._radius - (1 if outlined else 0)
        painter.drawEllipse(QPointF(0, 0), radius, radius)
        if self._mark.pin in _SIGN:
            paint.icon(painter, _SIGN[self._mark.pin], -8, -8, 16, ink)
        else:
            box = QRectF(-self._radius, -self._radius, 2 * self._radius, 2 * self._radius)
            paint.text(painter, box, self._mark.label, 12, SEMIBOLD, ink, paint.CENTRE)
